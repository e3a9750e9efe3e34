//! The TOML file: text → layer, every complaint with its line.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::layers::hint;
use super::problem::nearest;
use super::{Config, ConfigError, KEYS, Key, Layers, Origin, Value, build};

/// The largest configuration file, in bytes; the example has about six thousand.
const MAX_FILE: usize = 1024 * 1024;

/// Reads a configuration from text alone: defaults, then the text. The fuzzer's entry.
///
/// # Errors
/// Every problem at once: syntax, unknown keys, wrong values.
pub fn parse_text(text: &str) -> Result<Config, ConfigError> {
    let mut layers = Layers::defaults();
    layers.file("baton.toml", text);
    build(&layers)
}

impl Layers {
    /// Lays a configuration file over what is there. `name` is how messages call it.
    pub fn file(&mut self, name: &str, text: &str) {
        let lines = Lines { name, text };
        if text.len() > MAX_FILE {
            self.complain(
                &lines.origin(0),
                format!("the file is over {MAX_FILE} bytes"),
            );
            return;
        }
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                self.complain(&lines.origin(at), error.message().to_owned());
                return;
            }
        };
        for (section, value) in table.get_ref() {
            self.section(&lines, section, value);
        }
    }

    fn section(
        &mut self,
        lines: &Lines<'_>,
        section: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let origin = lines.origin(section.span().start);
        let name = section.get_ref().as_ref();
        let is_known = KEYS.iter().any(|key| key.parts().0 == name);
        let DeValue::Table(entries) = value.get_ref() else {
            let text = if is_known {
                format!("{name} is a section; write [{name}] on a line of its own")
            } else {
                let near = nearest(name, KEYS.iter().map(|key| key.parts().1));
                format!("unknown key {name} outside a section{}", hint(near))
            };
            self.complain(&origin, text);
            return;
        };
        if !is_known {
            let near = nearest(name, KEYS.iter().map(|key| key.parts().0));
            self.complain(&origin, format!("unknown section [{name}]{}", hint(near)));
            return;
        }
        for (key, value) in entries {
            let origin = lines.origin(key.span().start);
            self.entry(name, key.get_ref(), value.get_ref(), origin);
        }
    }

    fn entry(&mut self, section: &str, name: &str, value: &DeValue<'_>, origin: Origin) {
        let path = format!("{section}.{name}");
        if let Some(key) = KEYS.iter().find(|key| key.path == path) {
            if let Some(value) = plain(value) {
                self.set(key, value, origin);
            } else {
                let (wanted, got) = (key.kind.describe(), value.type_str());
                self.complain(&origin, format!("{path} is a {got}, but takes {wanted}"));
            }
            return;
        }
        if let Some(key) = KEYS
            .iter()
            .find(|key| key.is_secret() && key.file_path() == path)
        {
            match value.as_str() {
                Some(file) => self.read_secret(key, file, origin),
                None => self.complain(&origin, format!("{path} takes the path of a file")),
            }
            return;
        }
        let near = nearest(
            name,
            KEYS.iter()
                .filter(|key| key.parts().0 == section)
                .map(|key| key.parts().1),
        )
        .map(|near| format!("{section}.{near}"))
        .or_else(|| elsewhere(name).map(|key| key.path.to_owned()));
        self.complain(
            &origin,
            format!("unknown key {path}{}", hint(near.as_deref())),
        );
    }
}

/// A key of that name in another section.
fn elsewhere(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.parts().1 == name)
}

fn plain(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::Text(text.to_string())),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(Value::Integer),
        DeValue::Boolean(flag) => Some(Value::Flag(*flag)),
        DeValue::Array(items) => items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map(Value::List),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

/// Finds lines from byte offsets.
struct Lines<'a> {
    name: &'a str,
    text: &'a str,
}

impl Lines<'_> {
    fn origin(&self, offset: usize) -> Origin {
        let before = self.text.as_bytes().iter().take(offset);
        Origin::File {
            name: self.name.to_owned(),
            line: before.filter(|byte| **byte == b'\n').count() + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let error = parse_text(text).expect_err("the text is wrong");
        error.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest_known_one() {
        let found = problems("[server]\n\nlissten = \"127.0.0.1:1\"\n");
        assert_eq!(
            found,
            ["baton.toml:3: unknown key server.lissten; did you mean server.listen?"]
        );
    }

    #[test]
    fn a_key_in_the_wrong_section_is_pointed_home() {
        let found = problems("[server]\nquick_connect = true\n");
        assert_eq!(
            found,
            ["baton.toml:2: unknown key server.quick_connect; did you mean targets.quick_connect?"]
        );
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let found = problems(
            "[sesions]\na = 1\n[log]\nformat = \"xml\"\n[server]\nlisten = 8080\nworkers = 0\n",
        );
        assert_eq!(
            found,
            [
                "baton.toml:4: log.format is \"xml\", but takes one of text, json",
                "baton.toml:6: server.listen is 8080, but takes an address with a port, such as \"127.0.0.1:8080\"",
                "baton.toml:7: server.workers is 0, but takes a whole number from 1 to 64",
                "baton.toml:1: unknown section [sesions]; did you mean sessions?",
            ]
        );
    }

    #[test]
    fn broken_syntax_names_the_line() {
        let found = problems("[server]\nlisten = \n");
        assert!(found[0].starts_with("baton.toml:2: "), "{found:?}");
    }

    #[test]
    fn a_key_outside_any_section_is_refused() {
        let found = problems("listen = \"127.0.0.1:1\"\n");
        assert!(found[0].contains("outside a section"), "{found:?}");
        let found = problems("server = 1\n");
        assert!(found[0].contains("write [server]"), "{found:?}");
    }

    #[test]
    fn a_secret_of_the_wrong_shape_is_not_repeated() {
        let found = problems("[redis]\nurl = [\"hunter2\"]\n");
        assert!(!found[0].contains("hunter2"), "{found:?}");
    }
}
