//! Screens of a desktop, and asking for another size (`ExtendedDesktopSize`, `SetDesktopSize`).

use shared::desktop::DesktopSize;

use super::wire::Reader;

/// A screen as the server numbers it; both are echoed when a size is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Screen {
    pub(super) id: u32,
    pub(super) flags: u32,
}

/// Reads the layout after an `ExtendedDesktopSize` header: its screens.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Vec<Screen>> {
    let count = reader.u8()?;
    reader.take(3)?;
    (0..count)
        .map(|_| {
            let id = reader.u32()?;
            reader.take(8)?;
            let flags = reader.u32()?;
            Some(Screen { id, flags })
        })
        .collect()
}

/// Decides when to ask for a size: one question at a time, the newest wish wins.
#[derive(Debug, Default)]
pub(super) struct Resizing {
    screen: Option<Screen>,
    wish: Option<DesktopSize>,
    asked: Option<DesktopSize>,
}

impl Resizing {
    /// A layout came; its first screen stands for all.
    pub(super) fn see(&mut self, screens: &[Screen]) {
        self.screen = screens.first().copied().or(self.screen);
    }

    /// A viewer would like this size.
    pub(super) const fn wish(&mut self, size: DesktopSize) {
        self.wish = Some(size);
    }

    /// The server answered the question; true when one was open.
    pub(super) const fn answered(&mut self) -> bool {
        self.asked.take().is_some()
    }

    /// What to ask for now, on a desktop of size `now`.
    pub(super) fn next(&mut self, now: DesktopSize) -> Option<(DesktopSize, Screen)> {
        let screen = self.screen?;
        if self.asked.is_some() {
            return None;
        }
        let wish = self.wish.take().filter(|wish| *wish != now)?;
        self.asked = Some(wish);
        Some((wish, screen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_is_open_at_a_time_and_the_newest_wish_wins() {
        let size = |width| DesktopSize::checked(width, 100).unwrap();
        let screen = Screen { id: 7, flags: 1 };
        let mut resizing = Resizing::default();

        resizing.wish(size(300));
        assert_eq!(resizing.next(size(200)), None, "no layout seen yet");
        resizing.see(&[screen]);
        assert_eq!(resizing.next(size(200)), Some((size(300), screen)));
        resizing.wish(size(400));
        resizing.wish(size(500));
        assert_eq!(resizing.next(size(200)), None, "the first is not answered");
        assert!(resizing.answered());
        assert_eq!(resizing.next(size(300)), Some((size(500), screen)));
        assert!(resizing.answered());
        resizing.wish(size(500));
        assert_eq!(resizing.next(size(500)), None, "nothing to change");
    }

    #[test]
    fn a_layout_is_read_once_it_is_whole() {
        let mut bytes = vec![2, 0, 0, 0];
        for id in [5_u32, 6] {
            bytes.extend(id.to_be_bytes());
            bytes.extend([0; 8]);
            bytes.extend(9_u32.to_be_bytes());
        }
        assert_eq!(read(&mut Reader::new(&bytes[..35])), None);
        let screens = read(&mut Reader::new(&bytes)).unwrap();
        let expected = [5, 6].map(|id| Screen { id, flags: 9 });
        assert_eq!(screens, expected);
    }
}
