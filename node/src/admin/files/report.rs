//! The list, at an archive's end, of what is not in it. Pure.

use std::fmt::Write as _;

/// Lines written out; beyond that only their number is told.
const MOST_LINES: usize = 1000;

/// Name of the list within the archive: beside the packed folder, not in it.
pub(super) const NAME: &str = "_left-out.txt";

/// What was left out so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    text: String,
    count: usize,
}

impl Report {
    /// Adds something that is not in the archive, or not wholly. Names are tame already.
    pub(super) fn add(&mut self, name: &str, why: &str) {
        self.count = self.count.saturating_add(1);
        if self.count <= MOST_LINES && writeln!(self.text, "{name}: {why}").is_err() {
            tracing::debug!("Line of an archive's report is lost");
        }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The list; none when everything is packed.
    pub(super) fn text(&self) -> Option<String> {
        if self.count == 0 {
            return None;
        }
        let more = self.count.saturating_sub(MOST_LINES);
        let rest = if more > 0 {
            format!("and {more} more\n")
        } else {
            String::new()
        };
        Some(format!(
            "These are not, or not wholly, in this archive:\n\n{}{rest}",
            self.text
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_report_ends_with_a_number() {
        let mut report = Report::default();
        assert_eq!(report.text(), None);
        for at in 0..MOST_LINES + 5 {
            report.add(&format!("f{at}"), "it is a link");
        }
        let text = report.text().unwrap();
        assert!(text.contains("\nf0: it is a link\n") && text.ends_with("and 5 more\n"));
    }
}
