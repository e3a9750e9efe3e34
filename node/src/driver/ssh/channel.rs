//! The pty channel: opening it, and moving its bytes until something ends.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Error, Pty};
use shared::close::CloseReason;
use shared::terminal::TerminalSize;
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::auth::how_lost;
use super::connect::{Connection, Handle};
use super::input::{self, InputEnd};
use crate::driver::failure::Failure;
use crate::driver::files::SftpFiles;
use crate::driver::text::tame_line;
use crate::driver::{ConnectStep, DriverEnds, DriverEvent, DriverExit, SshSettings, TargetGrant};

/// Most bytes in one `Output` event.
const MOST_OUTPUT: usize = 32 * 1024;

/// Environment variables sent; servers accept a handful.
const MOST_VARIABLES: usize = 64;

/// How long to wait for an exit status after the output has ended.
const STATUS_WAIT: Duration = Duration::from_secs(3);

/// First and later waits between measurements of the round trip.
const FIRST_RTT: Duration = Duration::from_millis(500);
const NEXT_RTT: Duration = Duration::from_secs(5);

/// The program's ending, as far as the target told it.
#[derive(Debug, Default)]
struct Ending {
    status: Option<u32>,
    signal: Option<String>,
    /// The channel was ended by the target, not lost with the connection.
    is_orderly: bool,
}

/// An open shell or command.
struct Shell {
    read: ChannelReadHalf,
    write: ChannelWriteHalf<Msg>,
    /// What came before the target had confirmed everything.
    early: BytesMut,
}

/// Opens the program of `grant` on `connection` and serves it to its end.
pub(crate) async fn run(
    grant: &TargetGrant,
    connection: Connection,
    ends: &mut DriverEnds,
    size: TerminalSize,
) -> DriverExit {
    let cancel = ends.cancel.clone();
    let opened = select! {
        biased;
        () = cancel.cancelled() => Err(Failure::unwanted()),
        opened = open(grant, &connection, ends, size) => opened,
    };
    let exit = match opened {
        Ok(shell) => serve(grant, &connection, ends, shell).await,
        Err(failure) => failure.into(),
    };
    ends.files.send_replace(None);
    connection.leave().await;
    exit
}

async fn open(
    grant: &TargetGrant,
    connection: &Connection,
    ends: &DriverEnds,
    size: TerminalSize,
) -> Result<Shell, Failure> {
    let told = ends.events.send(DriverEvent::Step(ConnectStep::Opening));
    told.await.map_err(|_gone| Failure::unwanted())?;
    let settings = grant.ssh();
    let opening = async {
        let channel = connection.handle.channel_open_session().await?;
        request(&channel, settings, size).await?;
        Ok::<_, Error>(channel)
    };
    let channel = match timeout(settings.step_timeout, opening).await {
        Ok(Ok(channel)) => channel,
        Ok(Err(_)) => return Err(not_opened(grant)),
        Err(_) => return Err(opening_timed_out(grant)),
    };
    let (read, write) = channel.split();
    let mut shell = Shell {
        read,
        write,
        early: BytesMut::new(),
    };
    let confirming = confirm(&mut shell, grant);
    let has_terminal = match timeout(settings.step_timeout, confirming).await {
        Ok(confirmed) => confirmed?,
        Err(_) => return Err(opening_timed_out(grant)),
    };
    if !has_terminal {
        let code = "no_terminal";
        let text = format!(
            "{} gave no terminal; programs may look odd.",
            grant.address()
        );
        let told = ends.events.send(DriverEvent::Notice { code, text });
        told.await.map_err(|_gone| Failure::unwanted())?;
    }
    Ok(shell)
}

/// Sends every request at once: one round trip instead of one for each.
async fn request(
    channel: &Channel<Msg>,
    settings: &SshSettings,
    size: TerminalSize,
) -> Result<(), Error> {
    for (name, value) in settings.environment.iter().take(MOST_VARIABLES) {
        // Servers take only what `AcceptEnv` lists; a refusal is nobody's concern.
        channel
            .set_env(false, name.as_str(), value.as_str())
            .await?;
    }
    let (cols, rows) = (u32::from(size.cols()), u32::from(size.rows()));
    let modes = [(Pty::IUTF8, 1)];
    channel
        .request_pty(true, &settings.term, cols, rows, 0, 0, &modes)
        .await?;
    match &settings.command {
        Some(command) => channel.exec(true, command.as_str()).await,
        None => channel.request_shell(true).await,
    }
}

/// Waits for the answers about the pty and the program; true when there is a terminal.
async fn confirm(shell: &mut Shell, grant: &TargetGrant) -> Result<bool, Failure> {
    let mut has_terminal = None;
    loop {
        let is_granted = match shell.read.wait().await {
            Some(ChannelMsg::Success) => true,
            Some(ChannelMsg::Failure) => false,
            Some(ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. }) => {
                if shell.early.len() < MOST_OUTPUT {
                    shell.early.extend_from_slice(&data);
                }
                continue;
            }
            Some(ChannelMsg::Close) | None => return Err(not_opened(grant)),
            Some(_) => continue,
        };
        match (has_terminal, is_granted) {
            (None, is_terminal) => has_terminal = Some(is_terminal),
            (Some(has_terminal), true) => return Ok(has_terminal),
            (Some(_), false) => return Err(not_opened(grant)),
        }
    }
}

fn not_opened(grant: &TargetGrant) -> Failure {
    let what = if grant.ssh().command.is_some() {
        "run the command"
    } else {
        "open a shell"
    };
    Failure::new(
        CloseReason::Refused,
        format!("{} let us in but would not {what}.", grant.address()),
    )
}

fn opening_timed_out(grant: &TargetGrant) -> Failure {
    Failure::new(
        CloseReason::TimedOut,
        format!("{} took too long to open a shell.", grant.address()),
    )
}

async fn serve(
    grant: &TargetGrant,
    connection: &Connection,
    ends: &mut DriverEnds,
    mut shell: Shell,
) -> DriverExit {
    if ends.events.send(DriverEvent::Live).await.is_err() {
        return Failure::unwanted().into();
    }
    if grant.ssh().files {
        let limit = grant.ssh().step_timeout;
        let files = SftpFiles::new(Arc::downgrade(&connection.handle), limit);
        ends.files.send_replace(Some(Arc::new(files)));
    }
    let DriverEnds {
        events,
        control,
        input,
        cancel,
        ..
    } = ends;
    let early = shell.early.split().freeze();
    let ending = {
        let output = pump(&mut shell.read, events, early);
        let input = input::pump(control, input, &shell.write);
        let rtt = measure(&connection.handle, grant.ssh(), events);
        tokio::pin!(output, input, rtt);
        let mut is_taking_input = true;
        loop {
            select! {
                biased;
                () = cancel.cancelled() => return Failure::unwanted().into(),
                end = &mut input, if is_taking_input => match end {
                    InputEnd::Unwanted => return Failure::unwanted().into(),
                    InputEnd::Closed => is_taking_input = false,
                },
                ending = &mut output => break ending,
                () = &mut rtt => {}
            }
        }
    };
    match ending {
        Some(ending) => explain(ending, grant, connection).await,
        None => Failure::unwanted().into(),
    }
}

/// Moves output until it ends; `None` when the session is gone.
async fn pump(
    read: &mut ChannelReadHalf,
    events: &mpsc::Sender<DriverEvent>,
    early: Bytes,
) -> Option<Ending> {
    let mut ending = Ending::default();
    if !early.is_empty() {
        events.send(DriverEvent::Output(early)).await.ok()?;
    }
    let mut carried = None;
    loop {
        let message = match carried.take() {
            Some(message) => Some(message),
            None => read.wait().await,
        };
        match message {
            Some(ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. }) => {
                let (output, next) = gather(data, read);
                carried = next;
                events.send(DriverEvent::Output(output)).await.ok()?;
            }
            Some(ChannelMsg::Eof) => {
                wait_for_status(read, &mut ending).await;
                return Some(ending);
            }
            Some(ChannelMsg::Close) => {
                ending.is_orderly = true;
                return Some(ending);
            }
            Some(other) => note(other, &mut ending),
            None => return Some(ending),
        }
    }
}

/// Adds whatever else has already arrived, up to the size of one event; what does not fit or is
/// not output is handed back.
fn gather(first: Bytes, read: &mut ChannelReadHalf) -> (Bytes, Option<ChannelMsg>) {
    let mut gathered: Option<BytesMut> = None;
    let mut length = first.len();
    loop {
        // Polling once takes what is ready and never waits.
        let Some(next) = read.wait().now_or_never() else {
            break (finish(first, gathered), None);
        };
        match next {
            Some(ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. })
                if length + data.len() <= MOST_OUTPUT =>
            {
                length += data.len();
                gathered
                    .get_or_insert_with(|| {
                        let mut buffer = BytesMut::with_capacity(MOST_OUTPUT);
                        buffer.extend_from_slice(&first);
                        buffer
                    })
                    .extend_from_slice(&data);
            }
            // The end of the channel is found again by the next wait.
            other => break (finish(first, gathered), other),
        }
    }
}

fn finish(first: Bytes, gathered: Option<BytesMut>) -> Bytes {
    gathered.map_or(first, BytesMut::freeze)
}

/// After the last output: the exit status usually follows at once.
async fn wait_for_status(read: &mut ChannelReadHalf, ending: &mut Ending) {
    ending.is_orderly = true;
    let waiting = async {
        while ending.status.is_none() && ending.signal.is_none() {
            match read.wait().await {
                Some(ChannelMsg::Close) | None => return,
                Some(other) => note(other, ending),
            }
        }
    };
    drop(timeout(STATUS_WAIT, waiting).await);
}

fn note(message: ChannelMsg, ending: &mut Ending) {
    match message {
        ChannelMsg::ExitStatus { exit_status } => ending.status = Some(exit_status),
        ChannelMsg::ExitSignal { signal_name, .. } => {
            ending.signal = Some(tame_line(&format!("{signal_name:?}"), 40));
        }
        _ => {}
    }
}

async fn explain(ending: Ending, grant: &TargetGrant, connection: &Connection) -> DriverExit {
    let what = if grant.ssh().command.is_some() {
        "command"
    } else {
        "shell"
    };
    let (reason, text) = match (ending.status, &ending.signal) {
        (Some(0), _) => (CloseReason::TargetExited, format!("The {what} ended.")),
        (Some(status), _) => (
            CloseReason::TargetExited,
            format!("The {what} ended with status {status}."),
        ),
        (None, Some(signal)) => (
            CloseReason::TargetExited,
            format!("The {what} was ended by signal {signal}."),
        ),
        (None, None) if ending.is_orderly => {
            (CloseReason::TargetExited, format!("The {what} ended."))
        }
        (None, None) => {
            let lost = how_lost(&mut connection.lost.clone()).await;
            (CloseReason::TargetLost, lost.text(grant.address()))
        }
    };
    DriverExit {
        reason,
        text,
        exit_status: ending.status,
    }
}

/// Measures the round trip now and then; never ends. A target without keepalives is left alone.
async fn measure(handle: &Handle, settings: &SshSettings, events: &mpsc::Sender<DriverEvent>) {
    if settings.keepalive.is_zero() {
        std::future::pending::<()>().await;
    }
    sleep(FIRST_RTT).await;
    loop {
        let sent = Instant::now();
        if handle.send_ping().await.is_err() {
            std::future::pending::<()>().await;
        }
        let rtt = sent.elapsed();
        if events.send(DriverEvent::TargetRtt(rtt)).await.is_err() {
            std::future::pending::<()>().await;
        }
        sleep(NEXT_RTT).await;
    }
}
