//! Another kind of server: x11vnc, without the newer extensions.

use node::driver::{Credential, DriverInput, Identity};
use shared::close::CloseReason;
use shared::secret::Secret;

use super::server::{Xvnc, can_run_xvnc};
use super::session::{Session, failure};

#[tokio::test(flavor = "multi_thread")]
async fn x11vnc_is_signed_in_to_and_shown() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::over_xvfb(&["-passwd", "sesame42"]);
    server.paint();
    let mut target = server.target();
    target.identity = Identity {
        user: None,
        credentials: vec![Credential::Password(Secret::new("sesame42".to_owned()))],
    };

    let mut session = Session::shown(target).await;
    session.until_same_as(&server).await;

    // It hangs up on a compressed text whose stream ends; what comes after shows that it did not.
    let offered = DriverInput::SetClipboard("plain words".to_owned());
    session.input(offered).await;
    server.run("xsetroot", &["-solid", "#336699"]);
    session.until_same_as(&server).await;
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x11vnc_without_encryption_is_refused_where_it_is_demanded() {
    if !can_run_xvnc() {
        return;
    }
    let server = Xvnc::over_xvfb(&["-nopw"]);
    let mut target = server.target();
    target.settings.require_encryption = true;
    let exit = failure(target).await;
    assert_eq!(exit.reason, CloseReason::ProtocolMismatch);
    assert!(exit.text.contains("None"), "{}", exit.text);
}
