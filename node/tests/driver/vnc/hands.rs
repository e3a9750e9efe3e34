//! Keys and pointer reach programs on the desktop.

use std::fs;

use node::driver::DriverInput;
use shared::desktop::{Key, Pointer};

use super::server::{Xvnc, can_run_xvnc};
use super::session::Session;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_arrives_in_an_xterm() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    let typed = server.directory.path().join("typed");
    let script = "touch ready; read line; echo \"$line\" > typing; mv typing typed; exec cat";
    server.spawn(
        "xterm",
        &["-geometry", "60x10+0+0", "-e", "bash", "-c", script],
    );
    let mut session = Session::shown(server.target()).await;
    let ready = server.directory.path().join("ready");
    session
        .eventually("xterm is ready", |_| ready.exists())
        .await;

    session.point(100, 60, 0).await;
    session.point(100, 60, Pointer::LEFT).await;
    session.point(100, 60, 0).await;
    // "Ab1€": shift comes up before the letter does, and the last has no place on the keyboard.
    let shift = |is_down| Key {
        scancode: 0x2a,
        keysym: 0xffe1,
        is_down,
    };
    let a = |keysym, is_down| Key {
        scancode: 0x1e,
        keysym,
        is_down,
    };
    for key in [shift(true), a(0x41, true), shift(false), a(0x61, false)] {
        session.input(DriverInput::Key(key)).await;
    }
    session.press(0x30, 0x62).await;
    session.press(0x02, 0x31).await;
    session.press(0, 0x0100_20ac).await;
    session.press(0x1c, 0xff0d).await;

    session.eventually("typed", |_| typed.exists()).await;
    assert_eq!(fs::read_to_string(typed).unwrap(), "Ab1€\n");
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn released_keys_do_not_repeat() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    server.spawn("xev", &["-root", "-event", "keyboard"]);
    let session = Session::shown(server.target()).await;
    let control = Key {
        scancode: 0x1d,
        keysym: 0xffe3,
        is_down: true,
    };
    session.input(DriverInput::Key(control)).await;
    session.input(DriverInput::ReleaseKeys).await;
    session.cancel().await;
}
