//! The live shell: size, environment, commands, volume, loss, jumps.

use std::time::Duration;

use node::driver::{AddressPolicy, DriverEvent, DriverInput, TargetGrant};
use shared::close::CloseReason;
use shared::terminal::TerminalSize;

use crate::harness::{Account, Sshd, can_run_sshd};
use crate::session::{Session, failure};

#[tokio::test]
async fn size_environment_and_term_reach_the_program() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start("Banner /etc/hostname"), Account::create());
    let mut parts = sshd.parts(&account);
    parts
        .ssh
        .environment
        .insert("BATON_GREETING".into(), "hello there".into());
    parts.ssh.initial_size = TerminalSize::clamped(100, 40);
    let mut session = Session::live(parts).await;

    session.see("ready>").await;
    session
        .send("stty size; echo \"$TERM/$BATON_GREETING\"\r")
        .await;
    session.see("40 100\r\nxterm-256color/hello there").await;
    let larger = TerminalSize::clamped(132, 50);
    session
        .link
        .control
        .send(DriverInput::Resize(larger))
        .await
        .unwrap();
    session.send("stty size\r").await;
    session.see("50 132").await;
    session
        .until("round trip", |event| {
            matches!(event, DriverEvent::TargetRtt(_))
        })
        .await;
    session.send("exit 3\r").await;
    let exit = session.end().await;

    assert!(
        session
            .notices()
            .iter()
            .any(|text| text.starts_with("banner: "))
    );
    assert_eq!(exit.reason, CloseReason::TargetExited);
    assert_eq!(exit.exit_status, Some(3));
    assert!(session.link.files.borrow().is_none());
}

#[tokio::test]
async fn a_command_runs_instead_of_a_shell_and_its_status_comes_back() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    for (command, status, words) in [
        ("tty && echo done", Some(0), "done"),
        ("exit 42", Some(42), ""),
        ("kill -TERM $$", None, ""),
    ] {
        let mut parts = sshd.parts(&account);
        parts.ssh.command = Some(command.to_owned());
        let mut session = Session::dial(parts);
        let exit = session.end().await;
        assert_eq!(exit.reason, CloseReason::TargetExited, "{exit:?}");
        assert_eq!(exit.exit_status, status, "{command}");
        assert!(session.output.contains(words), "{session:?}");
    }
}

/// What a flood sends.
const LENGTH: usize = 100 * 1024 * 1024;

#[tokio::test]
async fn a_hundred_megabytes_arrive_whole_in_events_of_bounded_size() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let mut parts = sshd.parts(&account);
    parts.ssh.command = Some(format!("stty raw; head -c {LENGTH} /dev/zero"));
    let mut session = Session::live(parts).await;

    let (mut length, mut largest) = (0, 0);
    while let Some(event) = session.link.events.recv().await {
        if let DriverEvent::Output(bytes) = event {
            length += bytes.len();
            largest = largest.max(bytes.len());
        }
    }
    let exit = session.end().await;

    assert_eq!(length, LENGTH);
    assert!(largest <= 32 * 1024, "{largest}");
    assert_eq!(exit.exit_status, Some(0));
}

#[tokio::test]
async fn a_program_that_does_not_read_delays_neither_output_nor_size() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let mut parts = sshd.parts(&account);
    // Reads nothing until the size changes, which it is told by a signal.
    let wait = "stty raw -echo; trap 'stty size; exit 7' WINCH; echo waiting; \
                while :; do sleep 0.05; done";
    parts.ssh.command = Some(wait.to_owned());
    let mut session = Session::live(parts).await;
    session.see("waiting").await;

    let paste = bytes::Bytes::from(vec![b'x'; 64 * 1024]);
    while session
        .link
        .input
        .try_send(DriverInput::Bytes(paste.clone()))
        .is_ok()
    {}
    let size = TerminalSize::clamped(99, 33);
    session
        .link
        .control
        .send(DriverInput::Resize(size))
        .await
        .unwrap();
    session.see("33 99").await;

    assert_eq!(session.end().await.exit_status, Some(7));
}

#[tokio::test]
async fn a_target_that_stops_answering_is_lost() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let mut parts = sshd.parts(&account);
    parts.ssh.keepalive = Duration::from_millis(300);
    let mut session = Session::live(parts).await;
    session.see("ready>").await;

    sshd.signal_sessions("STOP");
    let exit = session.end().await;

    assert_eq!(exit.reason, CloseReason::TargetLost);
    assert!(exit.text.contains("stopped answering"), "{}", exit.text);
}

#[tokio::test]
async fn a_connection_that_breaks_is_lost() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let mut session = Session::live(sshd.parts(&account)).await;
    session.see("ready>").await;

    sshd.signal_sessions("KILL");
    let exit = session.end().await;

    assert_eq!(exit.reason, CloseReason::TargetLost, "{exit:?}");
}

#[tokio::test]
async fn cancelling_ends_the_shell_at_the_target() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let mut session = Session::live(sshd.parts(&account)).await;
    session.see("ready>").await;

    session.cancel().await;

    crate::harness::eventually("the server's processes end", || {
        sshd.descendants().is_empty()
    })
    .await;
}

#[tokio::test]
async fn one_target_is_reached_through_another_with_its_own_checks() {
    if !can_run_sshd() {
        return;
    }
    let (jump, sshd, account) = (Sshd::start(""), Sshd::start(""), Account::create());
    let through = |jump: &Sshd| {
        let mut parts = sshd.parts(&account);
        parts.jump = Some(TargetGrant::issue(jump.parts(&account)));
        parts
    };

    let mut session = Session::live(through(&jump)).await;
    session.see("ready>").await;
    session.send("echo $SSH_CONNECTION\r").await;
    session.see(&format!(" {}\r\n", sshd.port)).await;
    let trusted = session.events.iter().filter_map(|event| match event {
        DriverEvent::HostKeyTrusted { port, .. } => Some(*port),
        _ => None,
    });
    assert_eq!(trusted.collect::<Vec<_>>(), [jump.port, sshd.port]);
    session.cancel().await;

    let strict = Sshd::start("AllowTcpForwarding no");
    let exit = failure(through(&strict)).await;
    assert_eq!(exit.reason, CloseReason::Refused, "{exit:?}");

    let mut forbidden = through(&jump);
    forbidden.addresses = AddressPolicy {
        deny: vec![("127.0.0.0".parse().unwrap(), 8)],
        allow: Vec::new(),
    };
    let exit = failure(forbidden).await;
    assert_eq!(exit.reason, CloseReason::AddressForbidden);
}

#[tokio::test]
async fn more_than_four_jump_hosts_in_a_row_are_dialled() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start(""), Account::create());
    let mut parts = sshd.parts(&account);
    for _ in 0..5 {
        let mut next = sshd.parts(&account);
        next.jump = Some(TargetGrant::issue(parts));
        parts = next;
    }

    let mut session = Session::live(parts).await;

    session.see("ready>").await;
    session.cancel().await;
}
