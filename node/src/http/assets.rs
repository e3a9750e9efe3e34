//! The embedded pages: compressed once, at first use, and revalidated by their hash.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, LazyLock, OnceLock};

use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use self::bundle::Bundle;
use super::ApiError;

#[expect(
    clippy::same_name_method,
    reason = "the derive names its functions like its trait's"
)]
mod bundle {
    //! The built web client; a missing folder is a compile error.

    use rust_embed::RustEmbed;

    #[derive(RustEmbed)]
    #[folder = "../web/dist"]
    pub(super) struct Bundle;
}

/// Below this many bytes compression costs more than it saves: one packet either way.
const WORTH_COMPRESSING: usize = 1024;

/// Brotli quality: a one-off of some tens of milliseconds per file.
const BROTLI_QUALITY: u32 = 9;

struct Asset {
    bytes: Bytes,
    mime: String,
    etag: String,
    is_text: bool,
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

static ASSETS: LazyLock<HashMap<String, Arc<Asset>>> = LazyLock::new(load);

fn load() -> HashMap<String, Arc<Asset>> {
    Bundle::iter()
        .filter_map(|path| {
            let file = Bundle::get(&path)?;
            let hash = file.metadata.sha256_hash();
            let bytes = Bytes::from(file.data.into_owned());
            let asset = Asset::new(&path, bytes, &hash);
            Some((path.into_owned(), Arc::new(asset)))
        })
        .collect()
}

impl Asset {
    fn new(path: &str, bytes: Bytes, hash: &[u8]) -> Self {
        let mime = mime_guess::from_path(path).first_or_octet_stream();
        let is_text = mime.type_() == "text"
            || [
                "javascript",
                "json",
                "wasm",
                "xml",
                "manifest+json",
                "svg+xml",
            ]
            .iter()
            .any(|subtype| mime.subtype() == *subtype || mime.essence_str().ends_with(subtype));
        let mime = if mime.type_() == "text" || mime.subtype() == "javascript" {
            format!("{}; charset=utf-8", mime.essence_str())
        } else {
            mime.essence_str().to_owned()
        };
        let etag = URL_SAFE_NO_PAD.encode(hash.get(..16).unwrap_or(hash));
        Self {
            bytes,
            mime,
            etag,
            is_text,
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    /// The smallest form the client takes, and its name.
    fn encoded(&self, accepted: &str) -> (Bytes, Option<&'static str>) {
        if self.is_text && self.bytes.len() >= WORTH_COMPRESSING {
            if accepts(accepted, "br")
                && let Some(bytes) = self.brotli.get_or_init(|| brotli(&self.bytes))
            {
                return (bytes.clone(), Some("br"));
            }
            if accepts(accepted, "gzip")
                && let Some(bytes) = self.gzip.get_or_init(|| gzip(&self.bytes))
            {
                return (bytes.clone(), Some("gzip"));
            }
        }
        (self.bytes.clone(), None)
    }
}

/// Whether `Accept-Encoding` names a coding without refusing it (RFC 9110 §12.5.3).
fn accepts(header: &str, coding: &str) -> bool {
    header.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|c| c.eq_ignore_ascii_case(coding));
        let is_refused = parts.any(|p| {
            p.strip_prefix("q=")
                .is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0))
        });
        is_named && !is_refused
    })
}

fn brotli(bytes: &[u8]) -> Option<Bytes> {
    let mut packed = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, BROTLI_QUALITY, 22);
        writer.write_all(bytes).ok()?;
        writer.flush().ok()?;
    }
    (packed.len() < bytes.len()).then(|| Bytes::from(packed))
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(bytes).ok()?;
    let packed = writer.finish().ok()?;
    (packed.len() < bytes.len()).then(|| Bytes::from(packed))
}

/// Serves a file of the bundle; `/` is the page. Names are stable, so that everything is
/// revalidated by its hash.
pub(super) async fn serve(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ApiError::of_status(
            actix_web::http::StatusCode::METHOD_NOT_ALLOWED,
        ));
    }
    let path = request.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let asset = ASSETS.get(path).ok_or_else(ApiError::not_found)?;
    let accepted = request
        .headers()
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (bytes, coding) = asset.encoded(accepted);
    let etag = format!("\"{}{}\"", asset.etag, coding.unwrap_or_default());
    let mut response = HttpResponse::Ok();
    response
        .insert_header((ETAG, etag.as_str()))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((VARY, "accept-encoding"));
    if is_fresh(&request, &etag) {
        response.status(actix_web::http::StatusCode::NOT_MODIFIED);
        return Ok(response.finish());
    }
    response.insert_header((CONTENT_TYPE, asset.mime.as_str()));
    if let Some(coding) = coding {
        response.insert_header((CONTENT_ENCODING, coding));
    }
    Ok(response.body(bytes))
}

fn is_fresh(request: &HttpRequest, etag: &str) -> bool {
    request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_coding_is_not_used() {
        assert!(accepts("gzip, br;q=1.0", "br"));
        assert!(!accepts("br;q=0, gzip", "br"));
        assert!(!accepts("brotli", "br"));
        assert!(!accepts("", "gzip"));
    }

    #[test]
    fn the_same_text_comes_compressed_and_plain() {
        let text = Bytes::from("let a = 1;\n".repeat(500));
        let asset = Asset::new("app.js", text.clone(), &[1, 2]);
        assert_eq!(asset.mime, "text/javascript; charset=utf-8");
        for (accepted, coding) in [("br, gzip", Some("br")), ("gzip", Some("gzip")), ("", None)] {
            let (bytes, got) = asset.encoded(accepted);
            assert_eq!(got, coding);
            assert_eq!(bytes.len() < text.len(), coding.is_some());
        }
    }
}
