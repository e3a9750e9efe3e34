//! The input lane: what viewers typed, let through only as fast as the driver takes it.
//!
//! The actor polls its mailbox first, so control overtakes whatever waits here.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use futures_util::Stream;
use shared::id::ViewerId;
use tokio::sync::mpsc;
use tokio_util::sync::ReusableBoxFuture;

use super::stage::Ack;
use crate::driver::DriverInput;

/// Pieces of input waiting in a session; each viewer's window bounds their bytes.
pub(crate) const INPUT_LANE: usize = 64;

/// What a viewer did.
#[derive(Debug)]
pub(crate) enum Deed {
    /// Typed at a terminal.
    Typed {
        /// Offset of the first byte within this viewer's input.
        offset_bytes: u64,
        bytes: Bytes,
    },
    /// Used keyboard, pointer or clipboard of a desktop.
    Operated(DriverInput),
}

/// Something a viewer did, and when it arrived.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) viewer: ViewerId,
    pub(crate) deed: Deed,
    pub(crate) received_at: Instant,
    /// Where the viewer learns that it was taken.
    pub(crate) ack: Arc<Ack>,
}

/// A place in the driver's input lane.
pub(crate) type Permit = mpsc::OwnedPermit<DriverInput>;

/// Input with a place in the driver's lane, and how much waits behind it.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) typed: Typed,
    pub(crate) permit: Permit,
    pub(crate) waiting: usize,
}

type Reserved = Result<Permit, mpsc::error::SendError<()>>;

/// Yields input only while the driver has a place for it.
pub(crate) struct Lane {
    typed: mpsc::Receiver<Typed>,
    driver: mpsc::Sender<DriverInput>,
    reserving: ReusableBoxFuture<'static, Reserved>,
    permit: Option<Permit>,
}

impl Lane {
    pub(crate) fn new(typed: mpsc::Receiver<Typed>, driver: mpsc::Sender<DriverInput>) -> Self {
        Self {
            typed,
            reserving: ReusableBoxFuture::new(driver.clone().reserve_owned()),
            driver,
            permit: None,
        }
    }
}

impl Stream for Lane {
    type Item = Admitted;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Admitted>> {
        let lane = self.get_mut();
        if lane.permit.is_none() {
            let Ok(permit) = ready!(lane.reserving.poll(cx)) else {
                // The driver is gone; what is typed now has nowhere to go.
                return Poll::Ready(None);
            };
            lane.permit = Some(permit);
            lane.reserving.set(lane.driver.clone().reserve_owned());
        }
        let Some(typed) = ready!(lane.typed.poll_recv(cx)) else {
            return Poll::Ready(None);
        };
        let waiting = lane.typed.len();
        let admitted = lane.permit.take().map(|permit| Admitted {
            typed,
            permit,
            waiting,
        });
        Poll::Ready(admitted)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _};
    use shared::time::{Clock as _, SystemClock};

    use super::*;

    #[tokio::test]
    async fn input_waits_while_the_driver_takes_none() {
        let (typed_to, typed) = mpsc::channel(8);
        let (driver, mut taken) = mpsc::channel(1);
        let mut lane = Lane::new(typed, driver);
        for offset_bytes in 0..3 {
            let viewer = ViewerId::generate();
            let bytes = Bytes::from_static(b"x");
            let received_at = SystemClock.instant();
            let typed = Typed {
                viewer,
                deed: Deed::Typed {
                    offset_bytes,
                    bytes,
                },
                received_at,
                ack: Arc::new(Ack::new(Arc::default())),
            };
            typed_to.try_send(typed).unwrap();
        }

        let first = lane.next().await.unwrap();
        assert!(
            lane.next().now_or_never().is_none(),
            "the only place is taken"
        );
        first.permit.send(DriverInput::ReleaseKeys);
        assert!(
            lane.next().now_or_never().is_none(),
            "the driver has not read it"
        );
        taken.recv().await.unwrap();

        let second = lane.next().await.unwrap();
        let is_second = |deed: &Deed| {
            matches!(
                deed,
                Deed::Typed {
                    offset_bytes: 1,
                    ..
                }
            )
        };
        assert!(is_second(&second.typed.deed));
    }
}
