//! Security types: which one to choose, and their names.

use super::broken::Broken;

/// Security types (RFC 6143 §7.1.2).
pub(super) const NONE: u8 = 1;
pub(super) const VNC_AUTH: u8 = 2;
pub(super) const VENCRYPT: u8 = 19;

/// What we would rather show, when the server leaves the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
pub(crate) struct Preference {
    /// A user name is known.
    pub(crate) has_user: bool,
    /// A password is known.
    pub(crate) has_password: bool,
    /// Nothing goes in the clear.
    pub(crate) needs_encryption: bool,
    /// `VeNCrypt` turned out to be of no use with this server.
    pub(crate) avoids_vencrypt: bool,
}

/// How to prove who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    None,
    VncAuth,
    Plain,
}

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) is_tls: bool,
    pub(super) proof: Proof,
}

/// A `VeNCrypt` subtype that we can do.
const fn way(subtype: u32) -> Option<Way> {
    let (is_tls, proof) = match subtype {
        1 => (false, Proof::None),
        2 => (false, Proof::VncAuth),
        256 => (false, Proof::Plain),
        260 => (true, Proof::None),
        261 => (true, Proof::VncAuth),
        262 => (true, Proof::Plain),
        _ => return None,
    };
    Some(Way { is_tls, proof })
}

/// Lower is better: encryption first, then what fits what we know.
const fn rank(way: Way, preference: Preference) -> u8 {
    let order = match (way.proof, preference.has_user, preference.has_password) {
        (Proof::Plain, true, _) | (Proof::VncAuth, false, true) | (Proof::None, false, false) => 0,
        (Proof::VncAuth, true, _) | (Proof::None, false, true) => 1,
        (Proof::VncAuth, false, false) => 2,
        (Proof::None, true, _) | (Proof::Plain, false, _) => 3,
    };
    if way.is_tls { order } else { order + 8 }
}

/// Chooses among security types.
pub(super) fn choose(offered: &[u8], preference: Preference) -> Result<u8, Broken> {
    let has = |kind: u8| offered.contains(&kind);
    if has(VENCRYPT) && !preference.avoids_vencrypt {
        return Ok(VENCRYPT);
    }
    let names = || list(offered.iter().map(|kind| name(u32::from(*kind))));
    if preference.needs_encryption {
        return Err(Broken::NoEncryption { offered: names() });
    }
    let candidates = [(NONE, Proof::None), (VNC_AUTH, Proof::VncAuth)];
    candidates
        .into_iter()
        .filter(|(kind, _)| has(*kind))
        .min_by_key(|(_, proof)| {
            let way = Way {
                is_tls: false,
                proof: *proof,
            };
            rank(way, preference)
        })
        .map(|(kind, _)| kind)
        .ok_or_else(|| Broken::NoCommonSecurity { offered: names() })
}

/// Chooses among `VeNCrypt` subtypes; `has_others` tells whether the server offers more than
/// `VeNCrypt`.
pub(super) fn choose_subtype(
    offered: &[u32],
    preference: Preference,
    has_others: bool,
) -> Result<(u32, Way), Broken> {
    let best = offered
        .iter()
        .filter_map(|subtype| Some((*subtype, way(*subtype)?)))
        .filter(|(_, way)| way.is_tls || !preference.needs_encryption)
        .min_by_key(|(_, way)| rank(*way, preference));
    if let Some(best) = best {
        return Ok(best);
    }
    let names = list(offered.iter().map(|subtype| name(*subtype)));
    let is_anonymous = offered.iter().any(|subtype| (257..=259).contains(subtype));
    Err(if is_anonymous {
        Broken::AnonymousOnly {
            offered: names,
            has_others,
        }
    } else if preference.needs_encryption {
        Broken::NoEncryption { offered: names }
    } else {
        Broken::NoCommonSecurity { offered: names }
    })
}

fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.take(32).collect();
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names.join(", ")
}

/// The name of a security type or `VeNCrypt` subtype, as servers' manuals spell it.
fn name(number: u32) -> String {
    let known = match number {
        1 => "None",
        2 => "VncAuth",
        5 => "RA2",
        6 => "RA2ne",
        13 => "RA2_256",
        16 => "Tight",
        17 => "UltraVNC",
        18 => "TLS",
        19 => "VeNCrypt",
        20 => "SASL",
        22 => "xvp",
        30 => "Apple Remote Desktop",
        113 => "MSLogonII",
        256 => "Plain",
        257 => "TLSNone",
        258 => "TLSVnc",
        259 => "TLSPlain",
        260 => "X509None",
        261 => "X509Vnc",
        262 => "X509Plain",
        263 => "TLSSASL",
        264 => "X509SASL",
        other => return format!("type {other}"),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Preference = Preference {
        has_user: false,
        has_password: false,
        needs_encryption: false,
        avoids_vencrypt: false,
    };

    #[test]
    fn encryption_wins_then_what_fits_the_credentials() {
        let all = [1, 2, 256, 257, 258, 259, 260, 261, 262];
        let with = |has_user, has_password| Preference {
            has_user,
            has_password,
            ..NOBODY
        };
        for (preference, offered, subtype) in [
            (with(true, true), &all[..], 262),
            (with(false, true), &all, 261),
            (with(false, false), &all, 260),
            (with(false, true), &[262, 2], 262),
            (with(false, true), &[258, 256, 2], 2),
            (with(true, true), &[258, 256, 2], 256),
        ] {
            let chosen = choose_subtype(offered, preference, false);
            assert_eq!(chosen.unwrap().0, subtype, "{preference:?} {offered:?}");
        }
        assert_eq!(choose(&[1, 2, 19], NOBODY), Ok(VENCRYPT));
        assert_eq!(choose(&[2, 1], NOBODY), Ok(NONE));
        assert_eq!(choose(&[2, 1], with(false, true)), Ok(VNC_AUTH));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert_eq!(
            choose(&[30, 16, 99], NOBODY),
            Err(Broken::NoCommonSecurity {
                offered: "Apple Remote Desktop, Tight, type 99".to_owned()
            })
        );
        assert_eq!(
            choose_subtype(&[257, 258], NOBODY, true),
            Err(Broken::AnonymousOnly {
                offered: "TLSNone, TLSVnc".to_owned(),
                has_others: true
            })
        );
        let strict = Preference {
            needs_encryption: true,
            ..NOBODY
        };
        assert!(matches!(
            choose(&[1, 2], strict),
            Err(Broken::NoEncryption { .. })
        ));
        let plain = choose_subtype(&[256, 2], strict, false);
        assert!(matches!(plain, Err(Broken::NoEncryption { .. })));
    }
}
