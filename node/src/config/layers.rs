//! The layers: which value a key has and who said so.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::problem::nearest;
use super::{KEYS, Key, Kind, Problem};

/// A value before it is checked against its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, paths, addresses, words.
    Text(String),
    /// Whole numbers.
    Integer(i64),
    /// `true` or `false`.
    Flag(bool),
    /// Lists of texts.
    List(Vec<String>),
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of the configuration file.
    File {
        /// The file as it was named.
        name: String,
        /// Line, counted from one.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag on the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => write!(f, "--{flag}"),
        }
    }
}

/// A value and who said it.
#[derive(Clone, Debug)]
pub struct Sourced {
    /// The value.
    pub value: Value,
    /// Who said it.
    pub origin: Origin,
    /// The file the value was read from, for `…_file`.
    pub read_from: Option<PathBuf>,
}

/// Every key with the value of the highest layer that names it.
#[derive(Clone, Debug)]
pub struct Layers {
    values: BTreeMap<&'static str, Sourced>,
    problems: Vec<Problem>,
}

/// Environment variables that begin with `BATON_` but are not keys.
const OTHER_VARIABLES: &[&str] = &["BATON_CONFIG", "BATON_DEMO_TARGET"];

/// The largest secret file, in bytes: a URL, not a database dump.
const MAX_SECRET_FILE: u64 = 64 * 1024;

impl Layers {
    /// The defaults alone.
    pub fn defaults() -> Self {
        let mut layers = Self {
            values: BTreeMap::new(),
            problems: Vec::new(),
        };
        for key in KEYS {
            let value = literal(key);
            let sourced = Sourced {
                value,
                origin: Origin::Default,
                read_from: None,
            };
            layers.values.insert(key.path, sourced);
        }
        layers
    }

    /// Lays the variables that begin with `BATON_` over what is there.
    pub fn environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        for (name, text) in variables.filter(|(name, _)| name.starts_with("BATON_")) {
            if OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            let origin = Origin::Environment(name.clone());
            if let Some(key) = KEYS.iter().find(|key| key.variable() == name) {
                self.set_text(key, &text, origin);
            } else if let Some(key) = KEYS
                .iter()
                .find(|key| key.is_secret() && format!("{}_FILE", key.variable()) == name)
            {
                self.read_secret(key, &text, origin);
            } else {
                let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
                let hint = hint(nearest(&name, known.iter().map(String::as_str)));
                self.complain(&origin, format!("unknown variable{hint}"));
            }
        }
    }

    /// Lays one flag, named as [`Key::flag`], over what is there.
    pub fn flag(&mut self, flag: &str, text: &str) {
        let origin = Origin::Flag(flag.to_owned());
        if let Some(key) = KEYS.iter().find(|key| key.flag() == flag) {
            self.set_text(key, text, origin);
        } else if let Some(key) = KEYS
            .iter()
            .find(|key| key.is_secret() && format!("{}-file", key.flag()) == flag)
        {
            self.read_secret(key, text, origin);
        } else {
            self.complain(&origin, "unknown flag".to_owned());
        }
    }

    /// The value of a key. Every key has one.
    pub(super) fn of(&self, path: &str) -> Option<&Sourced> {
        self.values.get(path)
    }

    /// What went wrong so far.
    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Notes a problem.
    pub(super) fn complain(&mut self, origin: &Origin, text: String) {
        self.problems.push(Problem::new(origin.to_string(), text));
    }

    /// Sets a value that already has its shape; wrong shapes are noted and dropped.
    pub(super) fn set(&mut self, key: &'static Key, value: Value, origin: Origin) {
        let fits = match (key.kind, &value) {
            (Kind::Integer { least, most }, Value::Integer(n)) => (least..=most).contains(n),
            (Kind::Choice(words), Value::Text(text)) => words.contains(&text.as_str()),
            (Kind::Text | Kind::Secret | Kind::Path | Kind::Socket, Value::Text(_))
            | (Kind::Flag, Value::Flag(_))
            | (Kind::List, Value::List(_)) => true,
            _ => false,
        };
        if !fits {
            let shown = if key.is_secret() {
                "[secret]".to_owned()
            } else {
                value.to_string()
            };
            let wanted = key.kind.describe();
            self.complain(
                &origin,
                format!("{} is {shown}, but takes {wanted}", key.path),
            );
            return;
        }
        let sourced = Sourced {
            value,
            origin,
            read_from: None,
        };
        self.values.insert(key.path, sourced);
    }

    /// Sets a key from plain text, as in the environment and in flags.
    fn set_text(&mut self, key: &'static Key, text: &str, origin: Origin) {
        let value = match key.kind {
            Kind::Integer { .. } => text.trim().parse().ok().map(Value::Integer),
            Kind::Flag => text.trim().parse().ok().map(Value::Flag),
            Kind::List => Some(Value::List(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(str::to_owned)
                    .collect(),
            )),
            Kind::Text | Kind::Secret | Kind::Path | Kind::Socket | Kind::Choice(_) => {
                Some(Value::Text(text.to_owned()))
            }
        };
        self.set(
            key,
            value.unwrap_or_else(|| Value::Text(text.to_owned())),
            origin,
        );
    }

    /// Reads a secret from the file that `…_file` names.
    pub(super) fn read_secret(&mut self, key: &'static Key, path: &str, origin: Origin) {
        match read_bounded(path) {
            Ok(text) => {
                let sourced = Sourced {
                    value: Value::Text(text.trim_end_matches(['\r', '\n']).to_owned()),
                    origin,
                    read_from: Some(PathBuf::from(path)),
                };
                self.values.insert(key.path, sourced);
            }
            Err(why) => {
                let name = key.file_path();
                self.complain(
                    &origin,
                    format!("{name} names \"{path}\", which cannot be read: {why}"),
                );
            }
        }
    }
}

fn read_bounded(path: &str) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > MAX_SECRET_FILE {
        return Err(format!("it is larger than {MAX_SECRET_FILE} bytes"));
    }
    std::fs::read_to_string(path).map_err(|e| e.to_string())
}

/// The default of a key. A test proves that every literal parses.
fn literal(key: &Key) -> Value {
    let text = format!("value = {}", key.default);
    let table: toml::Table = text.parse().unwrap_or_default();
    match table.get("value") {
        Some(toml::Value::Integer(n)) => Value::Integer(*n),
        Some(toml::Value::Boolean(flag)) => Value::Flag(*flag),
        Some(toml::Value::Array(items)) => Value::List(
            items
                .iter()
                .filter_map(toml::Value::as_str)
                .map(str::to_owned)
                .collect(),
        ),
        Some(toml::Value::String(text)) => Value::Text(text.clone()),
        _ => Value::Text(String::new()),
    }
}

pub(super) fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

impl fmt::Display for Value {
    /// As a TOML literal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", toml::Value::String(text.clone())),
            Self::Integer(n) => write!(f, "{n}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(items) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|item| toml::Value::String(item.clone()).to_string())
                    .collect();
                write!(f, "[{}]", items.join(", "))
            }
        }
    }
}

/// The process's environment, skipping what is not UTF-8.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)))
}
