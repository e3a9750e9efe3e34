//! The open question: shown to everyone who may answer, answered once.

use shared::frame;

use crate::driver::{Ask, AskAnswer, AskId, AskKind};

/// The open question of a session, if there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenAsk {
    ask: Option<Ask>,
}

impl OpenAsk {
    /// Opens a question; answers with the one it replaces.
    pub(super) fn open(&mut self, ask: Ask) -> Option<AskId> {
        self.ask.replace(ask).map(|old| old.id)
    }

    /// Closes whatever is open.
    pub(super) fn close(&mut self) -> Option<AskId> {
        self.ask.take().map(|ask| ask.id)
    }

    /// Closes the question if this answers it: right id, one value per field.
    pub(super) fn accept(&mut self, id: AskId, answer: &AskAnswer) -> bool {
        let fits = self.ask.as_ref().is_some_and(|ask| {
            let is_complete = match answer {
                AskAnswer::Cancelled => true,
                AskAnswer::Values(values) => values.len() == ask.fields.len(),
            };
            ask.id == id && is_complete
        });
        if fits {
            self.ask = None;
        }
        fits
    }

    /// The question as viewers see it.
    pub(super) fn to_frame(&self, may_remember: bool) -> Option<frame::Ask> {
        let ask = self.ask.as_ref()?;
        let is_storable = matches!(ask.kind, AskKind::Credentials | AskKind::Passphrase);
        let fields = ask.fields.iter().map(|field| frame::AskField {
            label: field.label.clone(),
            secret: field.is_secret,
            value: field.value.clone(),
        });
        Some(frame::Ask {
            ask: ask.id.0,
            kind: kind_to_frame(ask.kind).into(),
            title: ask.title.clone(),
            text: ask.text.clone(),
            fields: fields.collect(),
            may_remember: may_remember && is_storable,
        })
    }
}

const fn kind_to_frame(kind: AskKind) -> frame::AskKind {
    match kind {
        AskKind::Credentials => frame::AskKind::Credentials,
        AskKind::KeyboardInteractive => frame::AskKind::KeyboardInteractive,
        AskKind::Passphrase => frame::AskKind::Passphrase,
        AskKind::HostKey => frame::AskKind::HostKey,
    }
}
