//! One configuration key: its name, shape, default and explanation.

/// What values a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Text that must not be shown; also settable as `<key>_file`.
    Secret,
    /// A path; relative ones start at the working directory.
    Path,
    /// `address:port`.
    Socket,
    /// A whole number within bounds, in the unit the key's name ends with.
    Integer {
        /// Smallest accepted value.
        least: i64,
        /// Largest accepted value.
        most: i64,
    },
    /// `true` or `false`.
    Flag,
    /// A list of texts; in the environment and in flags separated by commas.
    List,
    /// One of a few words.
    Choice(&'static [&'static str]),
}

impl Kind {
    /// How a message names the shape.
    pub fn describe(self) -> String {
        match self {
            Self::Text | Self::Secret => "a text".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Socket => "an address with a port, such as \"127.0.0.1:8080\"".to_owned(),
            Self::Integer { least, most } => format!("a whole number from {least} to {most}"),
            Self::Flag => "true or false".to_owned(),
            Self::List => "a list of texts".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// A configuration key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// `section.key` as in the file.
    pub path: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// The default as a TOML literal.
    pub default: &'static str,
    /// What it does, with its unit: whole sentences, one per line of the example file.
    pub doc: &'static str,
}

impl Key {
    /// Section and name.
    pub fn parts(&self) -> (&'static str, &'static str) {
        self.path.split_once('.').unwrap_or(("", self.path))
    }

    /// The environment variable: `BATON_SECTION_KEY`.
    pub fn variable(&self) -> String {
        format!("BATON_{}", self.path.replace('.', "_").to_uppercase())
    }

    /// The flag without dashes: `section-key`.
    pub fn flag(&self) -> String {
        self.path.replace(['.', '_'], "-")
    }

    /// Whether the value must never be shown.
    pub fn is_secret(&self) -> bool {
        self.kind == Kind::Secret
    }

    /// The key that names a file holding this secret.
    pub fn file_path(&self) -> String {
        format!("{}_file", self.path)
    }
}
