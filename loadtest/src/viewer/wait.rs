//! Waiting on a viewer: for text, for a state, for the end. Every wait has a limit and says what it saw.

use std::time::Duration;

use anyhow::Context as _;
use shared::frame::{Ask, Ended, Phase, Snapshot, server_frame};
use shared::time::{Clock as _, SystemClock};

use super::link::Viewer;
use super::text::plain;

/// Longest wait for anything; a loaded machine with debug builds needs seconds, not this.
const PATIENCE: Duration = Duration::from_mins(1);

/// How much of the output an error shows.
const SHOWN: usize = 600;

impl Viewer {
    /// Receives until `done` is satisfied.
    ///
    /// # Errors
    /// The socket closes first, or it takes more than a minute; the text holds the last state.
    pub async fn until(
        &mut self,
        what: &str,
        mut done: impl FnMut(&mut Self) -> bool + Send,
    ) -> anyhow::Result<()> {
        let waiting = async {
            while !done(self) {
                if self.next().await?.is_none() {
                    anyhow::bail!("the socket closed");
                }
            }
            Ok(())
        };
        let outcome = tokio::time::timeout(PATIENCE, waiting).await;
        outcome
            .unwrap_or_else(|_| Err(anyhow::anyhow!("not within {PATIENCE:?}")))
            .with_context(|| format!("waited for {what}; {}", self.state()))
    }

    /// What a failed wait shows.
    pub fn state(&self) -> String {
        let text = plain(&self.output);
        let skipped = text.chars().count().saturating_sub(SHOWN);
        let tail: String = text.chars().skip(skipped).collect();
        format!(
            "status {:?}, asks {:?}, ended {:?}, closed {:?}, offset {}, text …{tail:?}",
            self.status, self.asks, self.ended, self.closed, self.offset
        )
    }

    /// Waits until `text` is readable, then forgets everything before its end.
    ///
    /// # Errors
    /// As [`Viewer::until`].
    pub async fn until_text(&mut self, text: &str) -> anyhow::Result<()> {
        let mut searched = 0;
        self.until(&format!("the text {text:?}"), |viewer| {
            // Escape sequences may lie inside the text, so look at the readable form; but only
            // where the last look cannot have seen all of it.
            if viewer.output.len() < searched {
                searched = 0;
            }
            let from = searched.saturating_sub(4096);
            let recent = viewer.output.get(from..).unwrap_or_default();
            searched = viewer.output.len();
            plain(recent).contains(text)
        })
        .await?;
        self.forget_through(text);
        Ok(())
    }

    /// Drops remembered output through the first readable `text`.
    fn forget_through(&mut self, text: &str) {
        let length = self.output.len();
        // The shortest prefix that shows the text, by bisection: readability only grows.
        let (mut low, mut high) = (0, length);
        while low < high {
            let middle = usize::midpoint(low, high);
            if plain(self.output.get(..middle).unwrap_or_default()).contains(text) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        self.output.drain(..low.min(length));
    }

    /// Types a command line and waits until its echo has passed and `text` is readable.
    ///
    /// # Errors
    /// As [`Viewer::until`].
    pub async fn run(&mut self, command: &str, text: &str) -> anyhow::Result<()> {
        self.type_text(format!("{command}\n")).await?;
        self.until_text(text).await
    }

    /// Waits for a question.
    ///
    /// # Errors
    /// As [`Viewer::until`].
    pub async fn until_asked(&mut self) -> anyhow::Result<Ask> {
        self.until("a question", |viewer| !viewer.asks.is_empty())
            .await?;
        self.asks.first().cloned().context("no question")
    }

    /// Waits until the target is connected.
    ///
    /// # Errors
    /// As [`Viewer::until`].
    pub async fn until_live(&mut self) -> anyhow::Result<()> {
        self.until("the session to be live", |viewer| {
            let phase = viewer.status.as_ref().map(|(phase, _)| *phase);
            phase == Some(i32::from(Phase::Live))
        })
        .await
    }

    /// Waits until the session is over.
    ///
    /// # Errors
    /// As [`Viewer::until`].
    pub async fn until_ended(&mut self) -> anyhow::Result<Ended> {
        self.until("the session's end", |viewer| viewer.ended.is_some())
            .await?;
        self.ended.clone().context("no end")
    }

    /// Waits until the node closes the socket; its code.
    ///
    /// # Errors
    /// It stays open for a minute, or breaks without a close.
    pub async fn until_closed(&mut self) -> anyhow::Result<u16> {
        let waiting = async {
            while self.next().await?.is_some() {}
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .with_context(|| format!("the socket stays open; {}", self.state()))??;
        let (code, _) = self.closed.clone().context("closed without a code")?;
        Ok(code)
    }

    /// Asks for a fresh snapshot and waits for it.
    ///
    /// # Errors
    /// As [`Viewer::until`].
    pub async fn fresh_snapshot(&mut self) -> anyhow::Result<Snapshot> {
        let before = self.snapshots;
        self.redraw().await?;
        self.until("a snapshot", |viewer| viewer.snapshots > before)
            .await?;
        self.snapshot.clone().context("no snapshot")
    }

    /// Time between typing one key and its echo.
    ///
    /// # Errors
    /// The link breaks.
    pub async fn echo(&mut self, key: u8) -> anyhow::Result<Duration> {
        self.output.clear();
        let start = SystemClock.instant();
        self.type_text([key]).await?;
        while !self.output.contains(&key) {
            self.next().await?.context("the socket closed")?;
        }
        Ok(start.elapsed())
    }

    /// Receives until `bytes` of output have come since the call, telling `each`
    /// about every piece and its offset.
    ///
    /// # Errors
    /// The link breaks, or nothing comes for a minute.
    pub async fn drain(
        &mut self,
        bytes: u64,
        mut each: impl FnMut(u64, &[u8]) + Send,
    ) -> anyhow::Result<()> {
        let goal = self.offset + bytes;
        while self.offset < goal {
            let frame = tokio::time::timeout(PATIENCE, self.next())
                .await
                .with_context(|| format!("no output; {}", self.state()))??
                .context("the socket closed")?;
            if let server_frame::Body::Output(output) = frame {
                each(output.offset_bytes, &output.data);
                self.output.clear();
            }
        }
        Ok(())
    }
}
