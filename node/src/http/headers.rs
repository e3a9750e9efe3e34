//! Security headers: the same strict set on every answer (OWASP ASVS 5.0, 3.4).

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// Nothing is allowed but what is named. Inline styles are needed by xterm.js, which places its
/// rows with them; inline scripts never are. `wasm-unsafe-eval` lets the page compile WebAssembly of
/// our own, the decoder of desktops, and nothing else.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
     script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'self'";

/// What powerful features pages may use: none but those a remote desktop needs.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), \
     gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), \
     clipboard-read=(self), clipboard-write=(self), fullscreen=(self), keyboard-map=(self)";

/// A year: the least that ASVS asks for (3.4.1).
const STRICT_TRANSPORT: &str = "max-age=31536000; includeSubDomains";

/// Every header of the set; `is_https` adds the one that only makes sense there.
pub fn security_headers(is_https: bool) -> Vec<(&'static str, &'static str)> {
    let mut set = vec![
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", PERMISSIONS),
    ];
    if is_https {
        set.push(("strict-transport-security", STRICT_TRANSPORT));
    }
    set
}

/// Writes the set; nothing below may have chosen otherwise.
pub(super) fn apply(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in security_headers(is_https) {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
}
