//! What viewers do to a desktop: keys, pointer, clipboard, its size.

use shared::desktop::DesktopSize;
use shared::id::ViewerId;

use super::effect::{Audience, Effect};
use super::machine::{State, read_only_notice, tell};
use crate::driver::DriverInput;
use crate::session::Phase;

impl State {
    /// Whether a viewer may operate; one that may not is told so once.
    pub(super) fn may_operate(&mut self, id: ViewerId, effects: &mut Vec<Effect>) -> bool {
        let Some(viewer) = self.viewers.find(id) else {
            return false;
        };
        if viewer.is_read_only && !viewer.is_warned {
            viewer.is_warned = true;
            effects.push(tell(Audience::One(id), read_only_notice()));
        }
        !viewer.is_read_only
    }

    /// Nothing is kept for later: a click belongs to the picture it was made on.
    pub(super) fn on_operated(&mut self, id: ViewerId, input: &DriverInput) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.may_operate(id, &mut effects) && self.phase == Phase::Live {
            self.viewers.note_activity(id);
            effects.push(Effect::Operate(input.clone()));
        }
        effects
    }

    /// The newest wish of somebody who may operate counts; it waits for the target to be live.
    pub(super) fn on_desktop_wished(&mut self, id: ViewerId, size: DesktopSize) -> Vec<Effect> {
        let is_writer = self
            .viewers
            .find(id)
            .is_some_and(|viewer| !viewer.is_read_only);
        if !is_writer || self.desktop_wish == Some(size) {
            return Vec::new();
        }
        self.desktop_wish = Some(size);
        self.pass_on_wish()
    }

    pub(super) fn pass_on_wish(&self) -> Vec<Effect> {
        let wish = self.desktop_wish.filter(|_| self.phase == Phase::Live);
        let ask = |size| Effect::Control(DriverInput::ResizeDesktop(size));
        wish.map(ask).into_iter().collect()
    }
}
