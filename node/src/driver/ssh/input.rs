//! Towards the target: typed bytes, terminal replies, sizes.
//!
//! A program that does not read stops its window; a write then waits. Sizes and further replies
//! must not wait behind it, so the write is one branch of a select and the control lane another.

use std::collections::VecDeque;
use std::pin::Pin;

use bytes::Bytes;
use russh::client::Msg;
use russh::{ChannelWriteHalf, Error};
use tokio::select;
use tokio::sync::mpsc;

use crate::driver::DriverInput;

/// Replies waiting while the target does not read; a target that queries without reading loses
/// the newest answers instead of growing our memory.
const MOST_REPLIES: usize = 256;

type Write<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// Why input ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputEnd {
    /// The session is gone.
    Unwanted,
    /// The channel takes no more; its reading side knows why.
    Closed,
}

/// Moves input until the session or the channel ends.
pub(crate) async fn pump(
    control: &mut mpsc::Receiver<DriverInput>,
    input: &mut mpsc::Receiver<DriverInput>,
    channel: &ChannelWriteHalf<Msg>,
) -> InputEnd {
    let mut replies: VecDeque<Bytes> = VecDeque::new();
    let mut writing: Option<Write<'_>> = None;
    let mut is_open = true;
    loop {
        if writing.is_none()
            && let Some(reply) = replies.pop_front()
        {
            writing = Some(Box::pin(channel.data_bytes(reply)));
        }
        let is_idle = writing.is_none();
        select! {
            biased;
            said = control.recv() => match said {
                Some(said) => {
                    if heed(said, &mut replies, channel).await.is_err() {
                        return InputEnd::Closed;
                    }
                }
                None => return InputEnd::Unwanted,
            },
            written = finish(&mut writing), if !is_idle => {
                writing = None;
                if written.is_err() {
                    return InputEnd::Closed;
                }
            }
            typed = input.recv(), if is_idle && is_open => match typed {
                Some(DriverInput::Bytes(bytes) | DriverInput::Reply(bytes)) => {
                    writing = Some(Box::pin(channel.data_bytes(bytes)));
                }
                Some(other) => {
                    if heed(other, &mut replies, channel).await.is_err() {
                        return InputEnd::Closed;
                    }
                }
                None => is_open = false,
            },
        }
    }
}

async fn finish(writing: &mut Option<Write<'_>>) -> Result<(), Error> {
    match writing {
        Some(write) => write.as_mut().await,
        None => std::future::pending().await,
    }
}

async fn heed(
    said: DriverInput,
    replies: &mut VecDeque<Bytes>,
    channel: &ChannelWriteHalf<Msg>,
) -> Result<(), Error> {
    match said {
        DriverInput::Resize(size) => {
            let (cols, rows) = (u32::from(size.cols()), u32::from(size.rows()));
            channel.window_change(cols, rows, 0, 0).await
        }
        DriverInput::Reply(bytes) | DriverInput::Bytes(bytes) => {
            if replies.len() < MOST_REPLIES {
                replies.push_back(bytes);
            }
            Ok(())
        }
        // The question it answers is long gone; the rest is for desktops.
        DriverInput::Answer { .. }
        | DriverInput::Key(_)
        | DriverInput::ReleaseKeys
        | DriverInput::Pointer(_)
        | DriverInput::SetClipboard(_)
        | DriverInput::ResizeDesktop(_) => Ok(()),
    }
}
