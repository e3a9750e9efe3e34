//! Who is watching, who may type, and whose size wins.

use shared::frame;
use shared::id::ViewerId;
use shared::terminal::TerminalSize;

use super::event::Arrival;
use crate::session::{SignOut, TicketHolder};

/// Viewers of one session at most: a class can watch, a loop of reloads cannot pile up.
pub(super) const MOST_VIEWERS: usize = 32;

/// One attached browser.
#[derive(Clone, Debug)]
pub(super) struct Viewer {
    pub(super) id: ViewerId,
    holder: TicketHolder,
    pub(super) is_read_only: bool,
    pub(super) size: TerminalSize,
    /// Offset of the next byte this viewer may type.
    pub(super) input_offset: u64,
    /// It has been told that it may not type.
    pub(super) is_warned: bool,
    /// Rises with every typing or resizing; the highest writer leads.
    activity: u64,
}

/// The attached browsers.
#[derive(Clone, Debug, Default)]
pub(super) struct Viewers {
    seats: Vec<Viewer>,
    activity: u64,
}

impl Viewers {
    pub(super) const fn len(&self) -> usize {
        self.seats.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    pub(super) fn has_writer(&self) -> bool {
        self.seats.iter().any(|viewer| !viewer.is_read_only)
    }

    pub(super) fn find(&mut self, id: ViewerId) -> Option<&mut Viewer> {
        self.seats.iter_mut().find(|viewer| viewer.id == id)
    }

    /// Adds a browser; it leads when it is a writer who wants to.
    pub(super) fn add(&mut self, arrival: &Arrival, leads: bool) {
        let activity = if leads { self.next_activity() } else { 0 };
        self.seats.push(Viewer {
            id: arrival.viewer,
            holder: arrival.holder.clone(),
            is_read_only: arrival.is_read_only,
            size: arrival.size,
            input_offset: 0,
            is_warned: false,
            activity,
        });
    }

    /// Removes a browser; answers whether it was there.
    pub(super) fn remove(&mut self, id: ViewerId) -> bool {
        let before = self.seats.len();
        self.seats.retain(|viewer| viewer.id != id);
        self.seats.len() < before
    }

    /// Notes that a writer typed or resized.
    pub(super) fn note_activity(&mut self, id: ViewerId) {
        let activity = self.next_activity();
        if let Some(viewer) = self.find(id) {
            viewer.activity = activity;
        }
    }

    /// The size that the session should have; none when no writer is here.
    pub(super) fn leading_size(&self) -> Option<TerminalSize> {
        let writers = self.seats.iter().filter(|viewer| !viewer.is_read_only);
        writers
            .max_by_key(|viewer| viewer.activity)
            .map(|viewer| viewer.size)
    }

    /// Viewers behind a login or user.
    pub(super) fn behind(&self, who: SignOut) -> Vec<ViewerId> {
        let is_behind = |holder: &TicketHolder| match who {
            SignOut::Login(login) => holder.login == login,
            SignOut::User(user) => holder.user == user,
        };
        let behind = self.seats.iter().filter(|viewer| is_behind(&viewer.holder));
        behind.map(|viewer| viewer.id).collect()
    }

    /// The list as viewers see it.
    pub(super) fn to_frame(&self) -> frame::Viewers {
        let to_frame = |viewer: &Viewer| frame::Viewer {
            viewer: viewer.id.to_string(),
            user: viewer.holder.user_name.clone(),
            read_only: viewer.is_read_only,
        };
        frame::Viewers {
            viewers: self.seats.iter().map(to_frame).collect(),
        }
    }

    const fn next_activity(&mut self) -> u64 {
        self.activity = self.activity.saturating_add(1);
        self.activity
    }
}
