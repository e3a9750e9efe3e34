//! Which way to sign in next: keys, what is stored, keyboard-interactive, a person. Pure.
//!
//! A server that wants a one-time code often offers passwords as well and refuses every one of
//! them; after the first refusal it gets to ask its own questions.

use russh::MethodKind;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Key,
    Password,
    Interactive,
    AskPassword,
    GiveUp,
}

/// What there is left to try.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Left {
    pub(super) keys: bool,
    pub(super) passwords: bool,
    pub(super) asks: bool,
    pub(super) interactive: bool,
    /// The target has refused a password in this sign-in.
    pub(super) was_password_refused: bool,
}

/// Chooses the next move: pure.
pub(super) fn plan(offered: &[MethodKind], left: Left) -> Move {
    let takes = |kind| offered.contains(&kind);
    if takes(MethodKind::PublicKey) && left.keys {
        Move::Key
    } else if takes(MethodKind::Password) && left.passwords {
        Move::Password
    } else if takes(MethodKind::KeyboardInteractive)
        && left.interactive
        && (!takes(MethodKind::Password) || left.was_password_refused)
    {
        Move::Interactive
    } else if takes(MethodKind::Password) && left.asks {
        Move::AskPassword
    } else {
        Move::GiveUp
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_move_follows_what_is_offered_and_left() {
        use MethodKind::{KeyboardInteractive as Kbd, Password as Pass, PublicKey as Key};
        let all = Left {
            keys: true,
            passwords: true,
            asks: true,
            interactive: true,
            was_password_refused: false,
        };
        let no_keys = Left { keys: false, ..all };
        let asks = Left {
            passwords: false,
            ..no_keys
        };
        let refused = Left {
            was_password_refused: true,
            ..asks
        };
        let refused_twice = Left {
            interactive: false,
            ..refused
        };
        let none = Left::default();
        for (offered, left, expected) in [
            (&[Key, Pass, Kbd][..], all, Move::Key),
            (&[Key, Pass, Kbd], no_keys, Move::Password),
            (&[Key, Pass, Kbd], asks, Move::AskPassword),
            (&[Key, Kbd], asks, Move::Interactive),
            (&[Key, Pass, Kbd], refused, Move::Interactive),
            (&[Key, Pass, Kbd], refused_twice, Move::AskPassword),
            (&[Kbd], all, Move::Interactive),
            (&[Key], asks, Move::GiveUp),
            (&[Pass, Kbd], none, Move::GiveUp),
            (&[MethodKind::HostBased], all, Move::GiveUp),
        ] {
            assert_eq!(plan(offered, left), expected, "{offered:?} {left:?}");
        }
    }
}
