//! The table and its machine-readable twin: what was asked, what was measured, met or missed.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

/// Which side of the limit is good.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Must {
    /// The figure must not be below.
    AtLeast(f64),
    /// The figure must not be above.
    AtMost(f64),
}

/// One measured figure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    /// What was measured.
    pub(super) what: String,
    /// The limit.
    pub(super) must: Must,
    /// Unit of limit and figure.
    pub(super) unit: &'static str,
    /// The figure: the median of the runs, or the named percentile of all samples.
    pub(super) measured: f64,
    /// The same work by the named peer, in the same run.
    pub(super) peer: Option<Peer>,
    /// How many runs or samples.
    pub(super) samples: usize,
    /// Anything a reader must know to judge the figure.
    pub(super) note: String,
}

/// The same work done by somebody else.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Peer {
    /// What did it.
    pub(super) name: &'static str,
    /// Its figure, in the row's unit.
    pub(super) measured: f64,
}

impl Row {
    /// Whether the figure is on the good side of its limit.
    pub(super) fn is_met(&self) -> bool {
        match self.must {
            Must::AtLeast(limit) => self.measured >= limit,
            Must::AtMost(limit) => self.measured <= limit,
        }
    }

    fn cells(&self) -> [String; 6] {
        let must = match self.must {
            Must::AtLeast(limit) => format!("≥ {limit} {}", self.unit),
            Must::AtMost(limit) => format!("≤ {limit} {}", self.unit),
        };
        let (peer, ratio) = self.peer.as_ref().map_or_else(Default::default, |peer| {
            (
                format!("{} {}: {}", figure(peer.measured), self.unit, peer.name),
                format!("{:.2}", self.measured / peer.measured),
            )
        });
        let verdict = if self.is_met() { "met" } else { "missed" };
        [
            self.what.clone(),
            must,
            format!("{} {}", figure(self.measured), self.unit),
            peer,
            ratio,
            if self.note.is_empty() {
                verdict.to_owned()
            } else {
                format!("{verdict} ({})", self.note)
            },
        ]
    }
}

/// A number with as many digits as it deserves.
fn figure(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// The table in Markdown.
pub(super) fn table(rows: &[Row]) -> String {
    let head = ["what", "must", "measured", "peer, same run", "ratio", ""];
    let mut cells = vec![head.map(str::to_owned)];
    cells.extend(rows.iter().map(Row::cells));
    let mut text = String::new();
    for (index, row) in cells.iter().enumerate() {
        let _infallible = writeln!(text, "| {} |", row.join(" | "));
        if index == 0 {
            let _infallible = writeln!(text, "|{}", "---|".repeat(row.len()));
        }
    }
    text
}

/// Writes rows and machine as JSON.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write_json(rows: &[Row], file: &Path) -> anyhow::Result<()> {
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let mut value = serde_json::to_value(row)?;
            crate::fixture::set(&mut value, "is_met", row.is_met().into());
            Ok(value)
        })
        .collect::<anyhow::Result<_>>()?;
    let report = serde_json::json!({"machine": machine(), "rows": rows});
    Ok(std::fs::write(
        file,
        serde_json::to_string_pretty(&report)?,
    )?)
}

/// Processor and core count: enough to know which machine a figure is from.
pub(super) fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} × {model}")
}

/// The middle of some figures.
pub(super) fn median(figures: &mut [f64]) -> f64 {
    percentile(figures, 50.0)
}

/// The figure that `percent` of the figures do not exceed (nearest rank).
pub(super) fn percentile(figures: &mut [f64], percent: f64) -> f64 {
    figures.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sample counts are small and positive"
    )]
    let rank = ((figures.len() as f64) * percent / 100.0).ceil() as usize;
    figures
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_figure_that_was_measured() {
        let mut figures: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert!((median(&mut figures) - 50.0).abs() < f64::EPSILON);
        assert!((percentile(&mut figures, 99.0) - 99.0).abs() < f64::EPSILON);
        assert!(percentile(&mut [], 50.0).is_nan());
    }

    #[test]
    fn a_row_says_whether_its_limit_is_met() {
        let row = Row {
            what: "echo".to_owned(),
            must: Must::AtMost(1.0),
            unit: "ms",
            measured: 1.5,
            peer: Some(Peer {
                name: "ssh -tt",
                measured: 0.5,
            }),
            samples: 3,
            note: String::new(),
        };
        let table = table(&[row]);
        assert!(table.contains("| ≤ 1 ms | 1.50 ms | 0.50 ms: ssh -tt | 3.00 | missed |"));
    }
}
