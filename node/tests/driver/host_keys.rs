//! Host key policies against a real server.

use node::driver::{AskAnswer, AskKind, DriverEvent, GrantParts, HostKeyPolicy};
use shared::close::CloseReason;

use crate::harness::{Account, Sshd, can_run_sshd, must};
use crate::session::{Session, failure};

fn with(sshd: &Sshd, account: &Account, policy: HostKeyPolicy) -> GrantParts {
    let mut parts = sshd.parts(account);
    parts.ssh.host_keys = policy;
    parts
}

fn trusted(session: &Session) -> Option<String> {
    session.events.iter().find_map(|event| match event {
        DriverEvent::HostKeyTrusted { public_key, .. } => Some(public_key.clone()),
        _ => None,
    })
}

#[tokio::test]
async fn the_first_key_is_reported_and_then_required() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());

    let first = Session::live(sshd.parts(&account)).await;
    let key = trusted(&first).unwrap();
    assert_eq!(key, sshd.host_key("ed25519"));
    first.cancel().await;

    let policy = HostKeyPolicy::TrustOnFirstUse {
        known: vec![key.clone()],
    };
    let again = Session::live(with(&sshd, &account, policy)).await;
    assert_eq!(trusted(&again), None);
    again.cancel().await;

    let other = Sshd::start("");
    let policy = HostKeyPolicy::TrustOnFirstUse { known: vec![key] };
    let exit = failure(with(&other, &account, policy)).await;
    assert_eq!(exit.reason, CloseReason::HostKeyChanged);
    assert_eq!(exit.text.matches("SHA256:").count(), 2, "{}", exit.text);
}

#[tokio::test]
async fn a_server_with_several_keys_shows_the_known_one() {
    if !can_run_sshd() {
        return;
    }
    let sshd = Sshd::start_with_keys("", &["ed25519", "ecdsa", "rsa"]);
    let account = Account::create();
    let rsa = sshd.host_key("rsa");
    let file = sshd.directory.path().join("rsa.pub");
    let printed = crate::harness::run("ssh-keygen", &["-lf", file.to_str().unwrap()]);
    let fingerprint = printed.split_whitespace().nth(1).unwrap().to_owned();

    for policy in [
        HostKeyPolicy::TrustOnFirstUse {
            known: vec![rsa.clone()],
        },
        HostKeyPolicy::Pinned { keys: vec![rsa] },
        // A fingerprint does not say its algorithm; the others are tried in turn.
        HostKeyPolicy::Pinned {
            keys: vec![fingerprint],
        },
    ] {
        Session::live(with(&sshd, &account, policy))
            .await
            .cancel()
            .await;
    }
}

#[tokio::test]
async fn pinned_keys_accept_nothing_else() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, other, account) = (Sshd::start(""), Sshd::start(""), Account::create());
    let keys = vec![other.host_key("ed25519")];

    let exit = failure(with(&sshd, &account, HostKeyPolicy::Pinned { keys })).await;

    assert_eq!(exit.reason, CloseReason::HostKeyChanged);
}

#[tokio::test]
async fn known_hosts_are_read_as_openssh_writes_them() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let key = sshd.host_key("ed25519");
    let file = sshd.directory.path().join("known_hosts");
    std::fs::write(&file, format!("[127.0.0.1]:{} {key}\n", sshd.port)).unwrap();
    must("ssh-keygen", &["-q", "-H", "-f", file.to_str().unwrap()]);
    let hashed = std::fs::read_to_string(&file).unwrap();
    assert!(hashed.starts_with("|1|"));
    let lines = |text: String| HostKeyPolicy::KnownHosts { lines: vec![text] };

    Session::live(with(&sshd, &account, lines(hashed.clone())))
        .await
        .cancel()
        .await;
    let unknown = failure(with(&sshd, &account, lines(format!("127.0.0.1 {key}")))).await;
    let revoked = failure(with(
        &sshd,
        &account,
        lines(format!("{hashed}@revoked * {key}")),
    ))
    .await;

    assert_eq!(unknown.reason, CloseReason::HostKeyUnknown);
    assert_eq!(revoked.reason, CloseReason::HostKeyChanged);
    assert!(revoked.text.contains("revoked"));
}

#[tokio::test]
async fn an_unknown_key_waits_for_a_person() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let policy = || HostKeyPolicy::AskOnFirstUse { known: Vec::new() };

    let mut session = Session::dial(with(&sshd, &account, policy()));
    let ask = session.asked().await;
    assert_eq!(ask.kind, AskKind::HostKey);
    assert!(ask.text.contains("SHA256:"));
    session.answer(&ask, &[]).await;
    session.until_live().await;
    assert!(trusted(&session).is_some());
    session.cancel().await;

    let mut session = Session::dial(with(&sshd, &account, policy()));
    let ask = session.asked().await;
    session.reply(&ask, AskAnswer::Cancelled).await;
    assert_eq!(session.end().await.reason, CloseReason::Cancelled);
    assert!(trusted(&session).is_none());
}
