//! Signing in: each security type that Xvnc offers, wrong passwords, certificates.

use node::driver::{AskKind, CertificatePolicy, Credential, DriverEvent, Identity};
use shared::close::CloseReason;
use shared::secret::Secret;

use super::server::{VncTarget, Xvnc, can_run_xvnc};
use super::session::{Session, failure};
use crate::harness::{Account, can_run_sshd, must};

fn with_password(server: &Xvnc, password: &str) -> VncTarget {
    let mut target = server.target();
    target.identity = Identity {
        user: None,
        credentials: vec![Credential::Password(Secret::new(password.to_owned()))],
    };
    target
}

/// A server with a certificate of its own.
fn with_certificate(security: &str) -> Xvnc {
    with_certificate_and(security, &[])
}

fn with_certificate_and(security: &str, more: &[&str]) -> Xvnc {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (key, certificate) = (at("key"), at("certificate"));
    let subject = ["-subj", "/CN=vnc.test", "-days", "2"];
    let mut arguments = vec!["req", "-x509", "-newkey", "rsa:2048", "-nodes"];
    arguments.extend(["-keyout", &key, "-out", &certificate]);
    arguments.extend(subject);
    must("openssl", &arguments);
    let mut arguments = vec!["-X509Key", key.as_str(), "-X509Cert", certificate.as_str()];
    arguments.extend(more);
    let mut server = Xvnc::start(security, &arguments);
    // The files are read at every connection.
    server.keep(directory);
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_the_desktop_and_a_wrong_one_is_asked_for_again() {
    if !can_run_xvnc() {
        return;
    }
    let server = Xvnc::start("VncAuth", &[]);

    Session::shown(with_password(&server, "sesame42"))
        .await
        .cancel()
        .await;

    let mut session = Session::dial(with_password(&server, "wrong"));
    let ask = session.asked().await;
    assert_eq!((ask.kind, ask.fields.len()), (AskKind::Credentials, 1));
    assert!(ask.text.contains("refused"), "{}", ask.text);
    session.answer(&ask, &["still wrong"]).await;
    let ask = session.asked().await;
    session.answer(&ask, &["sesame42"]).await;
    session.until("shown", |s| s.updates > 0).await;
    let is_told = |event: &DriverEvent| matches!(event, DriverEvent::CredentialsAccepted(_));
    assert!(session.events.iter().any(is_told));
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_wrong_answers_are_enough() {
    if !can_run_xvnc() {
        return;
    }
    let server = Xvnc::start("VncAuth", &[]);
    let mut session = Session::dial(server.target());
    for _ in 0..3 {
        let ask = session.asked().await;
        session.answer(&ask, &["wrong"]).await;
    }
    let exit = session.end().await;
    assert_eq!(
        exit.reason,
        CloseReason::AuthenticationFailed,
        "{}",
        exit.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn encrypted_desktops_open_and_their_certificate_is_remembered() {
    if !can_run_xvnc() {
        return;
    }
    for security in ["X509None", "X509Vnc"] {
        let mut server = with_certificate(security);
        let mut target = with_password(&server, "sesame42");
        target.settings.require_encryption = true;

        let mut session = Session::shown(target.clone()).await;
        server.paint();
        session.until_same_as(&server).await;
        let trusted = session.trusted().unwrap();
        session.cancel().await;

        target.settings.certificates = CertificatePolicy::Pinned {
            fingerprints: vec![trusted],
        };
        let again = Session::shown(target).await;
        assert_eq!(again.trusted(), None, "nothing new to store");
        again.cancel().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_certificate_is_refused_and_a_new_one_confirmed() {
    if !can_run_xvnc() {
        return;
    }
    let server = with_certificate("X509Vnc");
    let mut target = with_password(&server, "sesame42");

    target.settings.certificates = CertificatePolicy::TrustOnFirstUse {
        known: vec!["x509-sha256 AAAA".to_owned()],
    };
    let exit = failure(target.clone()).await;
    assert_eq!(exit.reason, CloseReason::HostKeyChanged);
    assert!(exit.text.contains("x509-sha256 AAAA"), "{}", exit.text);

    target.settings.certificates = CertificatePolicy::AskOnFirstUse { known: Vec::new() };
    let mut session = Session::dial(target);
    let ask = session.asked().await;
    assert_eq!(ask.kind, AskKind::HostKey);
    session.answer(&ask, &[]).await;
    session.until("shown", |s| s.updates > 0).await;
    let trusted = session.trusted().unwrap();
    assert!(ask.text.contains(&trusted));
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_encryption_is_explained_or_walked_around() {
    if !can_run_xvnc() {
        return;
    }
    let only = Xvnc::start("TLSVnc", &[]);
    let exit = failure(with_password(&only, "sesame42")).await;
    assert_eq!(exit.reason, CloseReason::ProtocolMismatch);
    assert!(
        exit.text.contains("TLSVnc") && exit.text.contains("X509Vnc"),
        "{}",
        exit.text
    );

    let both = Xvnc::start("TLSVnc,VncAuth", &[]);
    Session::shown(with_password(&both, "sesame42"))
        .await
        .cancel()
        .await;

    let mut strict = with_password(&both, "sesame42");
    strict.settings.require_encryption = true;
    let exit = failure(strict).await;
    assert_eq!(exit.reason, CloseReason::ProtocolMismatch, "{}", exit.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_name_and_password_open_the_desktop_inside_tls() {
    // Accounts take root, as with SSH.
    if !can_run_xvnc() || !can_run_sshd() {
        return;
    }
    let account = Account::create();
    let server = with_certificate_and("X509Plain", &["-PlainUsers", &account.name]);
    let mut target = server.target();
    target.settings.require_encryption = true;

    let mut session = Session::dial(target.clone());
    let ask = session.asked().await;
    assert_eq!(ask.fields.len(), 2, "user name and password");
    session.answer(&ask, &[&account.name, "wrong"]).await;
    let ask = session.asked().await;
    assert_eq!(ask.fields[0].value, account.name, "the name is kept");
    session
        .answer(&ask, &[&account.name, &account.password])
        .await;
    session.until("shown", |s| s.updates > 0).await;
    session.cancel().await;

    target.identity = account.identity();
    Session::shown(target).await.cancel().await;
}
