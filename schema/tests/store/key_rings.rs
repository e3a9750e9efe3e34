//! Key rings: files for their owner only, rotated under a running node.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use schema::seal::{KeyId, KeyRing, Place, SealError};
use tempfile::TempDir;
use uuid::Uuid;

use crate::fixture::key;

const PLACE: Place<'static> = Place {
    table: "credential",
    row: Uuid::from_u128(1),
    column: "sealed",
    version: 1,
};

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join("keys.toml")
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_generated_file_is_private_and_loads_again() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory);
    let made = KeyRing::generate(&path).unwrap();
    let sealed = made.seal(&PLACE, b"secret").unwrap();

    let loaded = KeyRing::load(&path).unwrap();

    assert_eq!(loaded.open(&PLACE, &sealed).unwrap().expose(), b"secret");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = KeyRing::generate(&path);
    assert!(matches!(again, Err(SealError::File { .. })), "{again:?}");
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory);
    KeyRing::generate(&path).unwrap();
    for mode in [0o640, 0o604, 0o644, 0o660, 0o444] {
        let text = std::fs::read_to_string(&path).unwrap();
        write(&path, &text, mode);
        let loaded = KeyRing::load(&path);
        let error = loaded.unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    // Read-only for owner and group is how systemd hands over a credential.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440)).unwrap();
    KeyRing::load(&path).unwrap();
}

#[test]
fn a_bad_file_is_refused_without_showing_keys() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory);
    let good = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let twice = format!("[[key]]\nid = \"a\"\nsecret = \"{good}\"\n").repeat(2);
    for (text, says) in [
        (String::new(), "the key ring is empty"),
        ("nonsense".to_owned(), "line 1"),
        (format!("[[key]]\nid = \"a\"\nsecret = {good}\n"), "line 3"),
        (
            format!("[[key]]\nid = \"A B\"\nsecret = \"{good}\"\n"),
            "an `id` has other",
        ),
        (
            "[[key]]\nid = \"a\"\nsecret = \"AAEC\"\n".to_owned(),
            "is not 32 bytes",
        ),
        (twice, "key a stands twice"),
        (
            format!("[[key]]\nid = \"a\"\nsecret = \"{good}\"\nother = 1\n"),
            "line",
        ),
        ("x".repeat(100_000), "not a small regular file"),
    ] {
        write(&path, &text, 0o600);
        let error = KeyRing::load(&path).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(says), "{shown}");
        assert!(!shown.contains("AAEC"), "a key is in {shown}");
    }
    let missing = KeyRing::load(&directory.path().join("none.toml"));
    let is_missing = matches!(
        &missing,
        Err(SealError::File { source, .. }) if source.kind() == std::io::ErrorKind::NotFound
    );
    assert!(is_missing, "{missing:?}");
    let directory_itself = KeyRing::load(directory.path());
    assert!(directory_itself.is_err());
}

#[test]
fn a_running_ring_learns_of_a_rotation_by_another_process() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory);
    let running = KeyRing::generate(&path).unwrap();
    let old = running.current().unwrap();
    let before = running.seal(&PLACE, b"before").unwrap();
    let operator = KeyRing::load(&path).unwrap();

    let new = operator.add_key().unwrap();

    let after = operator.seal(&PLACE, b"after").unwrap();
    assert_eq!(KeyRing::key_of(&after).unwrap(), new);
    assert_eq!(running.open(&PLACE, &after).unwrap().expose(), b"after");
    assert_eq!(running.current().unwrap(), new);
    assert_eq!(running.ids(), [new.clone(), old.clone()]);

    let rewrapped = running.rewrap(&PLACE, &before).unwrap().unwrap();
    assert_eq!(running.rewrap(&PLACE, &rewrapped).unwrap(), None);
    operator.retire(&old).unwrap();
    assert_eq!(
        running.open(&PLACE, &rewrapped).unwrap().expose(),
        b"before"
    );
    let lost = running.open(&PLACE, &before);
    assert!(
        matches!(lost, Err(SealError::UnknownKey { .. })),
        "{lost:?}"
    );
    assert!(matches!(
        operator.retire(&new),
        Err(SealError::Unretirable { .. })
    ));
    assert!(matches!(
        operator.retire(&old),
        Err(SealError::Unretirable { .. })
    ));
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(left, 1, "no half-written file stays behind");
}

#[test]
fn a_file_that_vanishes_takes_no_keys_away() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory);
    let ring = KeyRing::generate(&path).unwrap();
    let sealed = ring.seal(&PLACE, b"secret").unwrap();

    std::fs::remove_file(&path).unwrap();

    assert_eq!(ring.open(&PLACE, &sealed).unwrap().expose(), b"secret");
}

#[test]
fn a_file_that_can_no_longer_be_read_takes_no_keys_away() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory);
    let ring = KeyRing::generate(&path).unwrap();
    let sealed = ring.seal(&PLACE, b"secret").unwrap();
    let good = std::fs::read_to_string(&path).unwrap();

    for (text, mode) in [("nonsense", 0o600), (good.as_str(), 0o644)] {
        write(&path, text, mode);
        assert_eq!(ring.open(&PLACE, &sealed).unwrap().expose(), b"secret");
        ring.seal(&PLACE, b"more").unwrap();
        assert!(
            ring.add_key().is_err(),
            "what cannot be read is not replaced"
        );
    }

    write(&path, &good, 0o600);
    ring.add_key().unwrap();
    assert_eq!(ring.open(&PLACE, &sealed).unwrap().expose(), b"secret");
}

#[test]
fn a_replaced_file_keeps_owner_group_and_mode() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory);
    let ring = KeyRing::generate(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    // Only root may give files away; anybody else's replacement is theirs as before.
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if is_root {
        std::os::unix::fs::chown(&path, Some(4711), Some(4712)).unwrap();
    }
    let owner = |path: &Path| {
        let metadata = std::fs::metadata(path).unwrap();
        (metadata.uid(), metadata.gid(), metadata.mode() & 0o777)
    };
    let before = owner(&path);

    ring.add_key().unwrap();

    assert_eq!(owner(&path), before);
}

#[test]
fn an_empty_ring_seals_nothing() {
    let ring = KeyRing::empty();
    assert!(matches!(ring.seal(&PLACE, b"x"), Err(SealError::NoKeys)));
    assert!(matches!(ring.current(), Err(SealError::NoKeys)));
    assert!(ring.ids().is_empty());
}

#[test]
fn a_value_opens_only_in_its_place() {
    let ring = KeyRing::from_keys(vec![key(1)]).unwrap();
    let sealed = ring.seal(&PLACE, b"secret").unwrap();
    for place in [
        Place {
            table: "other",
            ..PLACE
        },
        Place {
            row: Uuid::from_u128(2),
            ..PLACE
        },
        Place {
            column: "other",
            ..PLACE
        },
        Place {
            version: 2,
            ..PLACE
        },
        // The same letters, cut elsewhere.
        Place {
            table: "credentials",
            column: "ealed",
            ..PLACE
        },
    ] {
        let opened = ring.open(&place, &sealed);
        assert!(matches!(opened, Err(SealError::Broken)), "{place:?}");
    }
    assert_eq!(ring.open(&PLACE, &sealed).unwrap().expose(), b"secret");
}

#[test]
fn a_ring_without_a_file_cannot_be_changed() {
    let ring = KeyRing::from_keys(vec![key(1)]).unwrap();
    assert!(matches!(ring.add_key(), Err(SealError::NoFile)));
    assert!(matches!(
        KeyRing::from_keys(Vec::new()),
        Err(SealError::NoKeys)
    ));
    let twice = KeyRing::from_keys(vec![key(1), key(1)]);
    assert!(matches!(twice, Err(SealError::Twice { .. })));
}

#[test]
fn key_names_are_plain() {
    for bad in ["", "A", "a b", "ä", "a/b", &"a".repeat(33)] {
        assert_eq!(KeyId::new(bad), None, "{bad:?}");
    }
    assert!(KeyId::new("key-2026_11").is_some());
}

#[test]
fn garbage_is_not_a_sealed_value() {
    let ring = KeyRing::from_keys(vec![key(1)]).unwrap();
    for garbage in [
        &b""[..],
        b"\x01",
        b"\x01\xff",
        b"\x02rest",
        &[1; 300],
        &[0; 300],
    ] {
        assert!(ring.open(&PLACE, garbage).is_err());
    }
}
