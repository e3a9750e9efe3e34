//! Signing in.

use node::driver::{AskAnswer, AskKind, Credential, DriverEvent, Identity, ProbeReport, probe};
use shared::close::CloseReason;
use shared::secret::Secret;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::harness::{Account, Sshd, can_run_sshd, grant, parts, password};
use crate::session::{Session, failure};

#[tokio::test]
async fn a_stored_password_signs_in_without_a_question() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());

    let mut session = Session::live(sshd.parts(&account)).await;
    session.see("ready>").await;

    let asked = session
        .events
        .iter()
        .any(|event| matches!(event, DriverEvent::Ask(_)));
    assert!(!asked);
    let typed = session
        .events
        .iter()
        .any(|event| matches!(event, DriverEvent::CredentialsAccepted(_)));
    assert!(!typed);
    session.cancel().await;
}

#[tokio::test]
async fn whatever_is_missing_is_asked_for_and_reported_when_right() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let mut session = Session::dial(parts(sshd.address(), Identity::default()));

    let ask = session.asked().await;
    assert_eq!(ask.kind, AskKind::Credentials);
    let secrets: Vec<bool> = ask.fields.iter().map(|field| field.is_secret).collect();
    assert_eq!(secrets, [false, true]);
    session
        .answer(&ask, &[&account.name, &account.password])
        .await;
    session.until_live().await;

    let accepted = session.events.iter().find_map(|event| match event {
        DriverEvent::CredentialsAccepted(identity) => Some(identity.clone()),
        _ => None,
    });
    let accepted = accepted.unwrap();
    assert_eq!(accepted.user.as_deref(), Some(account.name.as_str()));
    assert!(
        matches!(&accepted.credentials[..], [Credential::Password(secret)]
        if *secret.expose() == account.password)
    );
    session.cancel().await;
}

#[tokio::test]
async fn a_wrong_stored_password_is_asked_for_again_across_cuts_by_the_server() {
    if !can_run_sshd() {
        return;
    }
    // One try per connection: every wrong answer is cut off.
    let (sshd, account) = (Sshd::start("MaxAuthTries 1"), Account::create());
    let mut wrong = sshd.parts(&account);
    wrong.identity.credentials = vec![password("wrong")];
    let mut session = Session::dial(wrong);

    let first = session.asked().await;
    session.answer(&first, &["wrong again"]).await;
    let second = session.asked().await;
    session.answer(&second, &[&account.password]).await;
    session.until_live().await;

    assert!(second.text.contains("refused"), "{}", second.text);
    session.cancel().await;
}

#[tokio::test]
async fn wrong_answers_end_with_authentication_failed() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let mut unknown = sshd.parts(&account);
    unknown.identity.credentials.clear();
    let mut session = Session::dial(unknown);

    for _ in 0..3 {
        let ask = session.asked().await;
        session.answer(&ask, &["wrong"]).await;
    }
    let exit = session.end().await;

    assert_eq!(exit.reason, CloseReason::AuthenticationFailed, "{exit:?}");
    assert!(exit.text.contains(&account.name));
}

#[tokio::test]
async fn a_person_may_refuse_to_answer() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let mut unknown = sshd.parts(&account);
    unknown.identity.credentials.clear();
    let mut session = Session::dial(unknown);

    let ask = session.asked().await;
    session.reply(&ask, AskAnswer::Cancelled).await;

    assert_eq!(session.end().await.reason, CloseReason::Cancelled);
}

#[tokio::test]
async fn a_person_who_thinks_longer_than_the_server_waits_still_gets_in() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start("LoginGraceTime 1"), Account::create());
    let mut unknown = sshd.parts(&account);
    unknown.identity.credentials.clear();
    let mut session = Session::dial(unknown);

    let ask = session.asked().await;
    crate::harness::eventually("the server gave up", || sshd.descendants().is_empty()).await;
    session.answer(&ask, &[&account.password]).await;

    session.until_live().await;
    session.cancel().await;
}

#[tokio::test]
async fn a_target_that_takes_only_keys_says_so() {
    if !can_run_sshd() {
        return;
    }
    let sshd = Sshd::start("PasswordAuthentication no\nKbdInteractiveAuthentication no");
    let account = Account::create();

    let exit = failure(sshd.parts(&account)).await;

    assert_eq!(exit.reason, CloseReason::AuthenticationFailed);
    assert!(exit.text.contains("publickey"), "{}", exit.text);
}

#[tokio::test]
async fn a_herd_gets_through_the_default_startup_limit() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start("MaxStartups 10:30:100"), Account::create());

    let mut herd: Vec<Session> = (0..20)
        .map(|_| Session::dial(sshd.parts(&account)))
        .collect();
    for session in &mut herd {
        session.until_live().await;
    }

    for session in herd {
        session.cancel().await;
    }
}

async fn probed(parts: node::driver::GrantParts) -> ProbeReport {
    let (steps, mut heard) = mpsc::channel(16);
    let report = probe(grant(parts), steps, CancellationToken::new()).await;
    assert!(heard.recv().await.is_some(), "no step was told");
    report
}

#[tokio::test]
async fn a_probe_reports_without_asking() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let mut missing = sshd.parts(&account);
    missing.identity.credentials.clear();
    let mut wrong = sshd.parts(&account);
    wrong.identity.credentials = vec![Credential::Password(Secret::new("no".to_owned()))];

    let right = probed(sshd.parts(&account)).await;
    let missing = probed(missing).await;
    let wrong = probed(wrong).await;

    assert!(right.is_ok && right.would_ask.is_none(), "{right:?}");
    assert!(right.host_key.unwrap().starts_with("SHA256:"));
    assert!(missing.is_ok, "{missing:?}");
    assert_eq!(missing.would_ask, Some(AskKind::Credentials));
    assert!(!wrong.is_ok, "{wrong:?}");
    assert_eq!(wrong.reason, Some(CloseReason::AuthenticationFailed));
}
