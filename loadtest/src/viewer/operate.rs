//! What a person does to a desktop: keys, clicks, copies, another size.

use shared::frame::{Key, Pointer, ResizeDesktop, SetClipboard, client_frame::Body};

use super::Viewer;

impl Viewer {
    /// Presses and lets go of a key, by its X11 keysym.
    ///
    /// # Errors
    /// The link broke.
    pub async fn press(&mut self, keysym: u32) -> anyhow::Result<()> {
        for down in [true, false] {
            let scancode = 0;
            let key = Key {
                scancode,
                keysym,
                down,
            };
            self.send(Body::Key(key)).await?;
        }
        Ok(())
    }

    /// Types text at a desktop; a newline is Return.
    ///
    /// # Errors
    /// The link broke.
    pub async fn type_keys(&mut self, text: &str) -> anyhow::Result<()> {
        for letter in text.chars() {
            self.press(keysym(letter)).await?;
        }
        Ok(())
    }

    /// Moves the pointer with some buttons held.
    ///
    /// # Errors
    /// The link broke.
    pub async fn point(&mut self, x: u32, y: u32, buttons: u32) -> anyhow::Result<()> {
        let pointer = Pointer {
            x,
            y,
            buttons,
            ..Pointer::default()
        };
        self.send(Body::Pointer(pointer)).await
    }

    /// Copies text for the target.
    ///
    /// # Errors
    /// The link broke.
    pub async fn copy_text(&mut self, text: &str) -> anyhow::Result<()> {
        let text = text.to_owned();
        self.send(Body::SetClipboard(SetClipboard { text })).await
    }

    /// Wishes for a desktop of another size.
    ///
    /// # Errors
    /// The link broke.
    pub async fn wish(&mut self, width: u32, height: u32) -> anyhow::Result<()> {
        let wish = ResizeDesktop { width, height };
        self.send(Body::ResizeDesktop(wish)).await
    }
}

/// X11 keysym of a letter (`keysymdef.h`).
fn keysym(letter: char) -> u32 {
    match letter {
        '\n' => 0xff0d,
        letter if u32::from(letter) < 0x100 => letter.into(),
        letter => 0x0100_0000 + u32::from(letter),
    }
}
