//! The demo target, driven by a russh client over loopback.

use std::sync::Arc;
use std::time::Duration;

use loadtest::target::demo::{DemoOptions, DemoTarget};
use loadtest::until::until;
use russh::client::{self, Handle};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, ChannelMsg, Sig};
use russh_sftp::client::SftpSession;

struct AnyServer;

impl client::Handler for AnyServer {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

async fn connect(demo: &DemoTarget) -> anyhow::Result<Handle<AnyServer>> {
    let config = Arc::new(client::Config::default());
    Ok(client::connect(config, ("127.0.0.1", demo.port()), AnyServer).await?)
}

async fn signed_in(demo: &DemoTarget) -> anyhow::Result<Handle<AnyServer>> {
    let mut handle = connect(demo).await?;
    let outcome = handle
        .authenticate_password(demo.user(), demo.password())
        .await?;
    anyhow::ensure!(outcome.success(), "the right password is refused");
    Ok(handle)
}

/// Everything a channel says until it closes: output, error output, exit status.
async fn to_the_end(mut channel: Channel<client::Msg>) -> (String, String, Option<u32>) {
    let (mut out, mut err, mut status) = (String::new(), String::new(), None);
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => out += &String::from_utf8_lossy(&data),
            ChannelMsg::ExtendedData { data, .. } => err += &String::from_utf8_lossy(&data),
            ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
            _ => {}
        }
    }
    (out, err, status)
}

async fn until_output(channel: &mut Channel<client::Msg>, text: &str) -> anyhow::Result<()> {
    let mut seen = String::new();
    let waiting = async {
        while !seen.contains(text) {
            match channel.wait().await {
                Some(ChannelMsg::Data { data }) => seen += &String::from_utf8_lossy(&data),
                Some(_) => {}
                None => return,
            }
        }
    };
    let _out_of_time = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    anyhow::ensure!(seen.contains(text), "no {text:?} in {seen:?}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let demo = DemoTarget::start(DemoOptions::default()).await.unwrap();
    let mut handle = connect(&demo).await.unwrap();

    let outcome = handle.authenticate_password(demo.user(), "guess").await;

    assert!(!outcome.unwrap().success());
}

#[tokio::test]
async fn a_command_without_a_terminal_keeps_its_streams_and_status_apart() {
    let demo = DemoTarget::start(DemoOptions::default()).await.unwrap();
    let handle = signed_in(&demo).await.unwrap();
    let channel = handle.channel_open_session().await.unwrap();

    channel
        .exec(true, "echo out; echo err >&2; exit 7")
        .await
        .unwrap();

    let (out, err, status) = to_the_end(channel).await;
    assert_eq!(
        (out.as_str(), err.as_str(), status),
        ("out\n", "err\n", Some(7))
    );
}

#[tokio::test]
async fn a_command_gets_its_input_to_the_end() {
    let demo = DemoTarget::start(DemoOptions::default()).await.unwrap();
    let handle = signed_in(&demo).await.unwrap();
    let channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "wc -c").await.unwrap();

    channel.data_bytes(vec![b'x'; 300_000]).await.unwrap();
    channel.eof().await.unwrap();

    let (out, _, status) = to_the_end(channel).await;
    assert_eq!((out.trim(), status), ("300000", Some(0)));
}

#[tokio::test]
async fn a_shell_has_a_terminal_of_the_right_size_and_environment() {
    let demo = DemoTarget::start(DemoOptions::default()).await.unwrap();
    let handle = signed_in(&demo).await.unwrap();
    let mut channel = handle.channel_open_session().await.unwrap();
    channel
        .request_pty(true, "xterm-256color", 101, 37, 0, 0, &[])
        .await
        .unwrap();
    channel
        .set_env(true, "GREETING", "hello there")
        .await
        .unwrap();
    channel.request_shell(true).await.unwrap();

    let ask = "stty size; echo \"$TERM/$GREETING/$HOME\"\n";
    channel.data_bytes(ask).await.unwrap();
    until_output(&mut channel, "37 101").await.unwrap();
    until_output(&mut channel, "xterm-256color/hello there/")
        .await
        .unwrap();

    channel.window_change(90, 20, 0, 0).await.unwrap();
    channel.data_bytes("stty size\n").await.unwrap();
    until_output(&mut channel, "20 90").await.unwrap();

    channel.data_bytes("exit 3\n").await.unwrap();
    let (_, _, status) = to_the_end(channel).await;
    assert_eq!(status, Some(3));
}

#[tokio::test]
async fn several_channels_of_one_connection_do_not_disturb_each_other() {
    let demo = DemoTarget::start(DemoOptions::default()).await.unwrap();
    let handle = signed_in(&demo).await.unwrap();
    let waiting = handle.channel_open_session().await.unwrap();
    waiting.exec(true, "cat").await.unwrap();

    let quick = handle.channel_open_session().await.unwrap();
    quick.exec(true, "echo quick").await.unwrap();
    assert_eq!(to_the_end(quick).await.0, "quick\n");

    waiting.data_bytes("slow").await.unwrap();
    waiting.eof().await.unwrap();
    assert_eq!(to_the_end(waiting).await.0, "slow");
}

#[tokio::test]
async fn a_signal_reaches_the_program() {
    let demo = DemoTarget::start(DemoOptions::default()).await.unwrap();
    let handle = signed_in(&demo).await.unwrap();
    let mut channel = handle.channel_open_session().await.unwrap();
    channel
        .exec(
            true,
            "trap 'echo caught; exit 9' TERM; echo set; while :; do sleep 0.05; done",
        )
        .await
        .unwrap();
    until_output(&mut channel, "set").await.unwrap();

    channel.signal(Sig::TERM).await.unwrap();

    let (out, _, status) = to_the_end(channel).await;
    assert_eq!((out.as_str(), status), ("caught\n", Some(9)));
}

#[tokio::test]
async fn programs_end_with_their_connection() {
    let demo = DemoTarget::start(DemoOptions::default()).await.unwrap();
    let handle = signed_in(&demo).await.unwrap();
    let mut channel = handle.channel_open_session().await.unwrap();
    channel
        .request_pty(true, "xterm", 80, 24, 0, 0, &[])
        .await
        .unwrap();
    channel
        .exec(true, "echo pid=$$.; exec sleep 1000")
        .await
        .unwrap();
    let mut seen = String::new();
    while !seen.contains('.') {
        if let Some(ChannelMsg::Data { data }) = channel.wait().await {
            seen += &String::from_utf8_lossy(&data);
        }
    }
    let pid = seen.split(['=', '.']).nth(1).unwrap().to_owned();

    drop((channel, handle));

    until(
        "sleep is gone",
        Duration::from_secs(10),
        async || match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) if !stat.contains(") Z ") => Err(stat),
            _ => Ok(()),
        },
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn files_survive_a_round_trip_and_refusals_are_told_apart() {
    let demo = DemoTarget::start(DemoOptions::default()).await.unwrap();
    let handle = signed_in(&demo).await.unwrap();
    let channel = handle.channel_open_session().await.unwrap();
    channel.request_subsystem(true, "sftp").await.unwrap();
    let sftp = SftpSession::new(channel.into_stream()).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();

    let content: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let mut file = sftp.create(path("a")).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut file, &content)
        .await
        .unwrap();
    tokio::io::AsyncWriteExt::shutdown(&mut file).await.unwrap();
    assert_eq!(std::fs::read(path("a")).unwrap(), content);
    assert_eq!(sftp.read(path("a")).await.unwrap(), content);

    sftp.create_dir(path("d")).await.unwrap();
    sftp.rename(path("a"), path("d/b")).await.unwrap();
    let names: Vec<_> = sftp
        .read_dir(path("d"))
        .await
        .unwrap()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(names, ["b"]);
    let size = sftp.metadata(path("d/b")).await.unwrap().size;
    assert_eq!(size, Some(1_000_000));

    let missing = sftp.read(path("nothing")).await.unwrap_err().to_string();
    assert!(missing.contains("No such file"), "{missing}");
    sftp.remove_file(path("d/b")).await.unwrap();
    sftp.remove_dir(path("d")).await.unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);

    let home = sftp.canonicalize(".").await.unwrap();
    assert_eq!(
        home,
        loadtest::target::users::current()
            .unwrap()
            .dir
            .display()
            .to_string()
    );
}

#[tokio::test]
async fn a_kept_host_key_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let host_key = Some(dir.path().join("key"));
    let options = || DemoOptions {
        host_key: host_key.clone(),
        ..DemoOptions::default()
    };
    drop(DemoTarget::start(options()).await.unwrap());
    let first = std::fs::read(dir.path().join("key")).unwrap();

    drop(DemoTarget::start(options()).await.unwrap());

    assert_eq!(std::fs::read(dir.path().join("key")).unwrap(), first);
    assert_eq!(first.len(), 32);
}
