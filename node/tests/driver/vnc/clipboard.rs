//! The clipboard, both ways, with characters that Latin-1 does not have.

use node::driver::DriverInput;

use super::server::{Xvnc, can_run_xvnc};
use super::session::Session;

const TEXT: &str = "Grüße, 你好 🙂\nsecond line\n";

#[tokio::test(flavor = "multi_thread")]
async fn unicode_text_goes_both_ways() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    let mut session = Session::shown(server.target()).await;

    server.copy(TEXT);
    session
        .until("copied there", |s| {
            s.clipboard.iter().any(|text| text == TEXT)
        })
        .await;

    let mine = format!("{TEXT}and mine");
    session.input(DriverInput::SetClipboard(mine.clone())).await;
    session
        .eventually("pasted there", |_| server.pasted().as_ref() == Some(&mine))
        .await;
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_only_session_gives_nothing_away() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    let mut target = server.target();
    target.settings.is_view_only = true;
    let mut session = Session::shown(target).await;

    session
        .input(DriverInput::SetClipboard("secret".to_owned()))
        .await;
    server.copy("theirs");
    session
        .until("copied there", |s| {
            s.clipboard.iter().any(|text| text == "theirs")
        })
        .await;

    assert_eq!(server.pasted().as_deref(), Some("theirs"));
    session.cancel().await;
}
