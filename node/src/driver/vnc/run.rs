//! The running session: one task's select loop between the socket, the lanes and the clock.
//!
//! Control comes before input, input before the socket. An event waits in `Desk` until the session
//! has a place for it, and the socket is not read meanwhile: that is the back-pressure on the
//! server. Bytes for the server wait in `client.out`; while many do, no more input is taken, but
//! reading goes on.

use std::pin::pin;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::connect::Connection;
use super::desk::{Desk, Wrote};
use crate::driver::failure::Failure;
use crate::driver::{DriverEnds, DriverEvent, DriverExit, DriverInput, TargetAddress, VncSettings};

/// Bytes read at once: a full screen of Tight in a few reads.
const CHUNK: usize = 64 * 1024;

/// Events handed over before the other lanes get their turn.
const BURST: usize = 16;

/// Serves an open desktop to its end.
pub(crate) async fn run(
    address: &TargetAddress,
    settings: &VncSettings,
    connection: Connection,
    ends: &mut DriverEnds,
) -> DriverExit {
    let cancel = ends.cancel.clone();
    let Connection {
        carrier,
        input,
        opened,
    } = connection;
    let desk = Desk::new(address, settings, opened, input, Instant::now());
    let serving = serve(desk, carrier, ends);
    select! {
        biased;
        () = cancel.cancelled() => Failure::unwanted().into(),
        exit = serving => exit,
    }
}

/// What the loop woke up for.
enum Woken<'e> {
    Said(Option<DriverInput>),
    Wrote(std::io::Result<Wrote>),
    Free(Result<mpsc::Permit<'e, DriverEvent>, mpsc::error::SendError<()>>),
    Read(std::io::Result<usize>),
    Rang,
}

async fn serve(
    mut desk: Desk<'_>,
    carrier: impl AsyncRead + AsyncWrite,
    ends: &mut DriverEnds,
) -> DriverExit {
    let DriverEnds {
        events,
        control,
        input,
        ..
    } = ends;
    let (mut reader, mut writer) = tokio::io::split(carrier);
    let mut clock = pin!(sleep_until(desk.alarm()));
    loop {
        if let Err(failure) = desk.prepare() {
            return failure.into();
        }
        clock.as_mut().reset(desk.alarm());
        let woken = select! {
            biased;
            said = control.recv() => Woken::Said(said),
            wrote = push(&mut writer, &desk.client.out), if desk.is_pending() => Woken::Wrote(wrote),
            said = input.recv(), if desk.takes_input() => Woken::Said(said),
            () = &mut clock => Woken::Rang,
            place = events.reserve(), if desk.has_event() => Woken::Free(place),
            read = reader.read_buf(&mut desk.input), if desk.wants_bytes() => Woken::Read(read),
        };
        let now = Instant::now();
        desk.woke(now);
        let handled = match woken {
            Woken::Said(said) => said
                .map(|said| desk.heed(said))
                .ok_or_else(Failure::unwanted),
            Woken::Wrote(wrote) => desk.wrote(wrote.ok(), now),
            Woken::Free(Ok(place)) => hand_over(&mut desk, place, events),
            Woken::Free(Err(_gone)) => Err(Failure::unwanted()),
            Woken::Read(read) => desk.read(read.ok(), now),
            Woken::Rang => desk.rang(now),
        };
        if let Err(failure) = handled {
            return failure.into();
        }
        desk.input.reserve(CHUNK);
    }
}

/// Writes some of `out`, or flushes when all of it is written. Nothing is lost when cancelled.
async fn push(writer: &mut (impl AsyncWrite + Unpin), out: &[u8]) -> std::io::Result<Wrote> {
    if out.is_empty() {
        writer.flush().await.map(|()| Wrote::Flushed)
    } else {
        writer.write(out).await.map(Wrote::Some)
    }
}

/// Gives the waiting event its place, and those behind it while there are places.
fn hand_over(
    desk: &mut Desk<'_>,
    place: mpsc::Permit<'_, DriverEvent>,
    events: &mpsc::Sender<DriverEvent>,
) -> Result<(), Failure> {
    let mut place = Some(place);
    for _ in 0..BURST {
        let Some(free) = place.take().or_else(|| events.try_reserve().ok()) else {
            break;
        };
        desk.prepare()?;
        match desk.take_event() {
            Some(event) => free.send(event),
            None => break,
        }
    }
    Ok(())
}
