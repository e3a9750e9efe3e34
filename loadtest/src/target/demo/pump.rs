//! Moves bytes between a channel and its program until one of them is done; then says good-bye.

use std::time::Duration;

use bytes::Bytes;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use russh::server::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use shared::terminal::TerminalSize;
use std::os::unix::process::ExitStatusExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::ChildStdin;

use super::shell::{Ends, Program, size};

/// Bytes moved at once; an SSH packet carries at most 32 KiB.
const BLOCK: usize = 32 * 1024;

/// Output still to come after a program's end, at most; its children may hold the pipe open.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// Time between the polite and the final signal after a hang-up.
const GRACE: Duration = Duration::from_secs(2);

/// Where the client's bytes go.
enum Input {
    Pty(pty_process::OwnedWritePty),
    Pipe(Option<ChildStdin>),
}

/// Runs until the program has ended and its output is sent, or the client is gone.
pub(super) async fn run(channel: Channel<Msg>, mut program: Program) {
    let (incoming, outgoing) = channel.split();
    let pid = program.pid;
    let status = {
        let (input, output) = wire(program.ends, &outgoing);
        let input = take_input(incoming, input, pid);
        tokio::pin!(input, output);
        let mut is_drained = false;
        let status = loop {
            tokio::select! {
                () = &mut input => break None,
                () = &mut output, if !is_drained => is_drained = true,
                status = program.child.wait() => break Some(status),
            }
        };
        if status.is_some() && !is_drained {
            tokio::select! {
                _ = tokio::time::timeout(LAST_WORDS, &mut output) => {}
                () = &mut input => {}
            }
        }
        status
        // Both ends are dropped here: a pseudo-terminal without a master hangs up its session.
    };
    match status {
        Some(Ok(status)) => report(&outgoing, status).await,
        Some(Err(error)) => tracing::warn!(%error, "cannot wait for the program"),
        None => hang_up(&mut program.child, pid).await,
    }
    let _gone = outgoing.eof().await;
    let _gone = outgoing.close().await;
}

/// Splits a program's ends into where input goes and a future that sends everything it prints.
fn wire(
    ends: Ends,
    outgoing: &ChannelWriteHalf<Msg>,
) -> (Input, impl Future<Output = ()> + Send + '_) {
    let (input, output, errors) = match ends {
        Ends::Pty { output, input } => {
            let output: Box<dyn AsyncRead + Send + Unpin> = Box::new(output);
            (Input::Pty(input), output, None)
        }
        Ends::Pipes {
            output,
            errors,
            input,
        } => {
            let output: Box<dyn AsyncRead + Send + Unpin> = Box::new(output);
            (Input::Pipe(Some(input)), output, Some(errors))
        }
    };
    let sending = async move {
        let errors = async {
            if let Some(errors) = errors {
                send(errors, outgoing, Some(1)).await;
            }
        };
        tokio::join!(send(output, outgoing, None), errors);
    };
    (input, sending)
}

/// Sends what a program prints until it stops; a pseudo-terminal ends with an error, not an end.
async fn send(
    mut from: impl AsyncRead + Send + Unpin,
    to: &ChannelWriteHalf<Msg>,
    stream: Option<u32>,
) {
    let mut block = vec![0; BLOCK];
    while let Ok(count @ 1..) = from.read(&mut block).await {
        let bytes = Bytes::copy_from_slice(block.get(..count).unwrap_or_default());
        let sent = match stream {
            None => to.data_bytes(bytes).await,
            Some(stream) => to.extended_data_bytes(stream, bytes).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Obeys the client until it closes the channel or its connection ends.
async fn take_input(mut incoming: ChannelReadHalf, mut input: Input, pid: i32) {
    while let Some(message) = incoming.wait().await {
        match message {
            ChannelMsg::Data { data } => write(&mut input, &data).await,
            ChannelMsg::WindowChange {
                col_width,
                row_height,
                ..
            } => {
                if let Input::Pty(pty) = &input {
                    let _gone = pty.resize(size(TerminalSize::clamped(col_width, row_height)));
                }
            }
            ChannelMsg::Signal { signal } => {
                if let Some(signal) = known(&signal) {
                    let _gone = killpg(Pid::from_raw(pid), signal);
                }
            }
            ChannelMsg::Eof => {
                if let Input::Pipe(pipe) = &mut input {
                    drop(pipe.take());
                }
            }
            ChannelMsg::Close => return,
            _ => {}
        }
    }
}

async fn write(input: &mut Input, data: &[u8]) {
    // A program that no longer reads is not the client's problem: its end is reported by its exit.
    let _gone = match input {
        Input::Pty(pty) => pty.write_all(data).await,
        Input::Pipe(Some(pipe)) => pipe.write_all(data).await,
        Input::Pipe(None) => Ok(()),
    };
}

fn known(signal: &Sig) -> Option<Signal> {
    Some(match signal {
        Sig::HUP => Signal::SIGHUP,
        Sig::INT => Signal::SIGINT,
        Sig::KILL => Signal::SIGKILL,
        Sig::QUIT => Signal::SIGQUIT,
        Sig::TERM => Signal::SIGTERM,
        Sig::USR1 => Signal::SIGUSR1,
        _ => return None,
    })
}

async fn report(outgoing: &ChannelWriteHalf<Msg>, status: std::process::ExitStatus) {
    // 128 + signal is what every shell says of a killed program.
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .and_then(|code| u32::try_from(code).ok())
        .unwrap_or(255);
    let _gone = outgoing.exit_status(code).await;
}

/// The client is gone: tell the program's group, then make sure.
async fn hang_up(child: &mut tokio::process::Child, pid: i32) {
    let group = Pid::from_raw(pid);
    let _gone = killpg(group, Signal::SIGHUP);
    if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
        let _gone = killpg(group, Signal::SIGKILL);
        let _buried = child.wait().await;
    }
}
