//! Type-ahead: what a person types before the shell is there.
//!
//! Never kept across a question: whoever is asked for a password may have begun to type it.

use bytes::Bytes;

/// Most bytes kept: the longest line a terminal takes (termios(3), canonical mode).
const MOST: usize = 4096;

/// Input that waits for the target to be live.
#[derive(Clone, Debug, Default)]
pub(super) struct TypeAhead {
    bytes: Vec<u8>,
    /// Something was lost, so nothing that follows may be kept: half a command must not run.
    is_over: bool,
}

impl TypeAhead {
    /// Keeps bytes, all or none.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.is_over |= self.bytes.len().saturating_add(bytes.len()) > MOST;
        if !self.is_over {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// What was kept, in order; none when nothing was.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        let Self { bytes, .. } = std::mem::take(self);
        (!bytes.is_empty()).then(|| bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_loss_is_lost_too() {
        let mut ahead = TypeAhead::default();
        ahead.push(b"ls\n");
        ahead.push(&[b'x'; MOST]);
        ahead.push(b"rm -r y\n");
        assert_eq!(ahead.take().as_deref(), Some(&b"ls\n"[..]));
        assert_eq!(ahead.take(), None);
    }
}
