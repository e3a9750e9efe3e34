//! Every kind and format of private key.

use std::path::Path;

use node::driver::{AskKind, Credential, GrantParts};
use russh::keys::{decode_secret_key, encode_pkcs8_pem, encode_pkcs8_pem_encrypted};
use shared::close::CloseReason;
use shared::secret::Secret;

use crate::harness::{Account, Sshd, can_run_sshd, must};
use crate::session::{Session, failure};

const PASSPHRASE: &str = "open sesame";

/// A key as some tool writes it.
struct Made {
    name: String,
    pem: String,
    public: String,
    passphrase: Option<&'static str>,
}

fn make(
    directory: &Path,
    kind: &str,
    bits: &str,
    format: &str,
    phrase: Option<&'static str>,
) -> Made {
    let name = format!("{kind}-{bits}-{format}-{}", phrase.is_some());
    let file = directory.join(&name);
    let path = file.to_str().unwrap();
    let mut arguments = vec![
        "-q",
        "-t",
        kind,
        "-N",
        phrase.unwrap_or_default(),
        "-f",
        path,
    ];
    if bits != "0" {
        arguments.extend(["-b", bits]);
    }
    if format != "OPENSSH" {
        arguments.extend(["-m", format]);
    }
    must("ssh-keygen", &arguments);
    Made {
        name,
        pem: std::fs::read_to_string(&file).unwrap(),
        public: std::fs::read_to_string(file.with_extension("pub")).unwrap(),
        passphrase: phrase,
    }
}

fn every_key(directory: &Path) -> Vec<Made> {
    let mut made = Vec::new();
    for (kind, bits) in [
        ("ed25519", "0"),
        ("ecdsa", "256"),
        ("ecdsa", "384"),
        ("ecdsa", "521"),
        ("rsa", "2048"),
    ] {
        made.push(make(directory, kind, bits, "OPENSSH", None));
        made.push(make(directory, kind, bits, "OPENSSH", Some(PASSPHRASE)));
        if kind == "ed25519" {
            // This version of ssh-keygen writes no PKCS#8 for it.
            let key = decode_secret_key(&made[0].pem, None).unwrap();
            let (mut plain, mut locked) = (Vec::new(), Vec::new());
            encode_pkcs8_pem(&key, &mut plain).unwrap();
            encode_pkcs8_pem_encrypted(&key, PASSPHRASE.as_bytes(), 16, &mut locked).unwrap();
            for (pem, passphrase) in [(plain, None), (locked, Some(PASSPHRASE))] {
                made.push(Made {
                    name: "ed25519 PKCS8".to_owned(),
                    pem: String::from_utf8(pem).unwrap(),
                    public: made[0].public.clone(),
                    passphrase,
                });
            }
        } else {
            made.push(make(directory, kind, bits, "PKCS8", None));
            made.push(make(directory, kind, bits, "PKCS8", Some(PASSPHRASE)));
        }
    }
    made.push(make(directory, "rsa", "2048", "PEM", None));
    made
}

fn with_key(mut parts: GrantParts, pem: &str, passphrase: Option<&str>) -> GrantParts {
    parts.identity.credentials = vec![Credential::PrivateKey {
        pem: Secret::new(pem.to_owned()),
        passphrase: passphrase.map(|text| Secret::new(text.to_owned())),
    }];
    parts
}

#[tokio::test]
async fn every_kind_and_format_of_key_signs_in() {
    if !can_run_sshd() {
        return;
    }
    let sshd = Sshd::start("PasswordAuthentication no");
    let account = Account::create();
    let keys = every_key(sshd.directory.path());
    let public: Vec<&str> = keys.iter().map(|key| key.public.as_str()).collect();
    account.authorize(&public.concat());

    for key in &keys {
        let parts = with_key(sshd.parts(&account), &key.pem, key.passphrase);
        let mut session = Session::dial(parts);
        while !matches!(session.next().await, Some(node::driver::DriverEvent::Live)) {
            assert!(
                !session.link.events.is_closed(),
                "{}: {session:?}",
                key.name
            );
        }
        session.cancel().await;
    }
}

#[tokio::test]
async fn a_locked_key_asks_for_its_passphrase_until_it_opens() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start("PasswordAuthentication no"), Account::create());
    for format in ["OPENSSH", "PKCS8"] {
        let key = make(
            sshd.directory.path(),
            "ecdsa",
            "256",
            format,
            Some(PASSPHRASE),
        );
        account.authorize(&key.public);
        let mut session = Session::dial(with_key(sshd.parts(&account), &key.pem, None));

        let first = session.asked().await;
        session.answer(&first, &["wrong"]).await;
        let second = session.asked().await;
        session.answer(&second, &[PASSPHRASE]).await;
        session.until_live().await;

        assert_eq!(first.kind, AskKind::Passphrase);
        assert!(second.text.contains("does not open"), "{}", second.text);
        session.cancel().await;
    }
}

#[tokio::test]
async fn keys_that_are_none_are_named_in_the_failure() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start("PasswordAuthentication no"), Account::create());
    for (text, part) in [
        (
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none",
            "PuTTY",
        ),
        ("not a key", "not a private key"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
            "damaged",
        ),
    ] {
        let exit = failure(with_key(sshd.parts(&account), text, None)).await;

        assert_eq!(exit.reason, CloseReason::AuthenticationFailed);
        assert!(exit.text.contains(part), "{}", exit.text);
    }
}
