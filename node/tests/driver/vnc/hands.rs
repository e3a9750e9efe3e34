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
    let mut session = Session::shown(server.target()).await;
    reader_of_a_line(&mut server, &mut session).await;

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

    assert_eq!(typed(&server, &mut session).await, "Ab1€\n");
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_key_that_was_let_go_stops_nothing() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    let mut session = Session::shown(server.target()).await;
    reader_of_a_line(&mut server, &mut session).await;

    let control = Key {
        scancode: 0x1d,
        keysym: 0xffe3,
        is_down: true,
    };
    session.input(DriverInput::Key(control)).await;
    session.input(DriverInput::ReleaseKeys).await;
    // Were it still held, this would interrupt the reader.
    session.press(0x2e, 0x63).await;
    session.press(0x1c, 0xff0d).await;

    assert_eq!(typed(&server, &mut session).await, "c\n");
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboards_lights_are_told() {
    if !can_run_xvnc() {
        return;
    }
    let server = Xvnc::start("None", &[]);
    let mut session = Session::shown(server.target()).await;

    session.press(0x3a, 0xffe5).await;
    session
        .until("caps lock is on", |s| s.caps_lock == Some(true))
        .await;
    session.press(0x3a, 0xffe5).await;
    session
        .until("caps lock is off", |s| s.caps_lock == Some(false))
        .await;
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wheel_turns_and_a_viewer_who_may_only_look_turns_nothing() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    let log = "exec xev -root -event button > buttons";
    server.spawn("sh", &["-c", log]);
    let mut target = server.target();
    let mut session = Session::shown(target.clone()).await;
    target.settings.is_view_only = true;
    let looking = Session::shown(target).await;
    let buttons = server.directory.path().join("buttons");
    let wheel = |notches| {
        DriverInput::Pointer(Pointer {
            x: 300,
            y: 300,
            wheel_y: notches,
            ..Pointer::default()
        })
    };

    looking.input(wheel(-1)).await;
    session
        .eventually("the wheel is heard", |s| {
            drop(s.link.input.try_send(wheel(2)));
            let heard = fs::read_to_string(&buttons).unwrap_or_default();
            heard.contains("button 5")
        })
        .await;

    let heard = fs::read_to_string(&buttons).unwrap();
    assert!(
        !heard.contains("button 4"),
        "only the other viewer turned it up"
    );
    looking.cancel().await;
    session.cancel().await;
}

/// Opens an xterm in which a shell reads one line, and puts the pointer into it.
async fn reader_of_a_line(server: &mut Xvnc, session: &mut Session) {
    let script = "touch ready; read line; echo \"$line\" > typing; mv typing typed; exec cat";
    server.spawn(
        "xterm",
        &["-geometry", "60x10+0+0", "-e", "bash", "-c", script],
    );
    let ready = server.directory.path().join("ready");
    session
        .eventually("xterm is ready", |_| ready.exists())
        .await;
    session.point(100, 60, 0).await;
    session.point(100, 60, Pointer::LEFT).await;
    session.point(100, 60, 0).await;
}

async fn typed(server: &Xvnc, session: &mut Session) -> String {
    let typed = server.directory.path().join("typed");
    session.eventually("typed", |_| typed.exists()).await;
    fs::read_to_string(typed).unwrap()
}
