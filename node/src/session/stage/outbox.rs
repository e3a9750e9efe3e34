//! What a viewer must still be told, apart from output: ordered, bounded, newest state wins.

use std::collections::VecDeque;

use shared::frame::server_frame::Body;

/// Notices waiting for one viewer at most; the oldest gives way.
const MOST_NOTICES: usize = 16;

/// Frames that wait for room in a viewer's socket.
///
/// INVARIANT: holds at most one frame of each kind of state, and [`MOST_NOTICES`] notices
/// (`a_flood_of_news_stays_small`).
#[derive(Debug, Default)]
pub(super) struct Outbox {
    frames: VecDeque<Body>,
}

impl Outbox {
    /// Adds a frame; one that says the same thing newer takes the older one's place.
    pub(super) fn push(&mut self, frame: Body) {
        if matches!(frame, Body::Notice(_)) {
            return self.push_notice(frame);
        }
        if let Body::AskClosed(closed) = &frame {
            self.frames
                .retain(|queued| !matches!(queued, Body::Ask(ask) if ask.ask == closed.ask));
        }
        let same = std::mem::discriminant(&frame);
        match self
            .frames
            .iter_mut()
            .find(|queued| std::mem::discriminant(*queued) == same)
        {
            Some(older) => *older = frame,
            None => self.frames.push_back(frame),
        }
    }

    /// The next frame to send.
    pub(super) fn pop(&mut self) -> Option<Body> {
        self.frames.pop_front()
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
    }

    fn push_notice(&mut self, frame: Body) {
        let is_notice = |queued: &Body| matches!(queued, Body::Notice(_));
        if self
            .frames
            .iter()
            .filter(|queued| is_notice(queued))
            .count()
            >= MOST_NOTICES
            && let Some(oldest) = self.frames.iter().position(is_notice)
        {
            self.frames.remove(oldest);
        }
        self.frames.push_back(frame);
    }
}

#[cfg(test)]
mod tests {
    use shared::frame;

    use super::*;

    fn title(title: &str) -> Body {
        let title = title.to_owned();
        Body::Title(frame::Title { title })
    }

    fn drain(mut outbox: Outbox) -> Vec<Body> {
        std::iter::from_fn(|| outbox.pop()).collect()
    }

    #[test]
    fn the_newest_state_takes_the_older_ones_place() {
        let mut outbox = Outbox::default();
        outbox.push(title("one"));
        outbox.push(Body::InputAck(frame::InputAck { offset_bytes: 1 }));
        outbox.push(title("two"));
        outbox.push(Body::InputAck(frame::InputAck { offset_bytes: 2 }));
        let ack = Body::InputAck(frame::InputAck { offset_bytes: 2 });
        assert_eq!(drain(outbox), [title("two"), ack]);
    }

    #[test]
    fn a_question_closed_before_it_was_shown_is_never_shown() {
        let mut outbox = Outbox::default();
        outbox.push(Body::Ask(frame::Ask {
            ask: 4,
            ..frame::Ask::default()
        }));
        outbox.push(Body::AskClosed(frame::AskClosed { ask: 4 }));
        assert!(
            !drain(outbox)
                .iter()
                .any(|frame| matches!(frame, Body::Ask(_)))
        );
    }

    #[test]
    fn a_flood_of_news_stays_small() {
        let mut outbox = Outbox::default();
        for count in 0..10_000 {
            let code = count.to_string();
            outbox.push(Body::Notice(frame::Notice {
                code,
                text: String::new(),
            }));
            outbox.push(title(&count.to_string()));
        }
        let frames = drain(outbox);
        assert_eq!(frames.len(), MOST_NOTICES + 1);
        assert!(matches!(frames.last(), Some(Body::Notice(notice)) if notice.code == "9999"));
    }
}
