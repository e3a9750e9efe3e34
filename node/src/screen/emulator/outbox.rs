//! What the terminal has to tell its session, bounded whatever the target sends.

use bytes::Bytes;

use crate::screen::event::TerminalEvent;

/// Answers that may wait to be collected, in bytes. A target that asks faster than the session
/// collects loses answers, as it would with a real terminal that is not read.
const MAX_REPLIES: usize = 16 * 1024;

/// Events since they were last taken. Only the newest title and clipboard count.
#[derive(Clone, Debug, Default)]
pub(in crate::screen) struct Outbox {
    replies: Vec<u8>,
    title: Option<String>,
    clipboard: Option<String>,
    has_bell: bool,
}

impl Outbox {
    /// Queues an answer, or drops it when too many wait.
    pub(in crate::screen) fn reply(&mut self, answer: &[u8]) {
        if self.replies.len().saturating_add(answer.len()) <= MAX_REPLIES {
            self.replies.extend_from_slice(answer);
        }
    }

    /// Announces a title.
    pub(in crate::screen) fn title(&mut self, title: String) {
        self.title = Some(title);
    }

    /// Announces a clipboard.
    pub(in crate::screen) fn clipboard(&mut self, text: String) {
        self.clipboard = Some(text);
    }

    /// Rings.
    pub(in crate::screen) const fn bell(&mut self) {
        self.has_bell = true;
    }

    /// Everything since the last time; answers first, joined.
    pub(in crate::screen) fn take(&mut self) -> Vec<TerminalEvent> {
        let Self {
            replies,
            title,
            clipboard,
            has_bell,
        } = std::mem::take(self);
        let replies = (!replies.is_empty()).then(|| TerminalEvent::Reply(Bytes::from(replies)));
        let title = title.map(TerminalEvent::Title);
        let clipboard = clipboard.map(TerminalEvent::Clipboard);
        let bell = has_bell.then_some(TerminalEvent::Bell);
        [replies, title, clipboard, bell]
            .into_iter()
            .flatten()
            .collect()
    }
}
