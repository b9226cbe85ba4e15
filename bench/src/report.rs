//! The table: medians side by side, their spread, and the ratio to the relay that logs.

use std::fmt::Write as _;

use crate::server::Kind;

/// One measured figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
}

/// One line of the table.
#[derive(Debug)]
struct Line {
    label: String,
    unit: &'static str,
    /// What each server came to, once a run.
    servers: Vec<(Kind, Vec<f64>)>,
}

/// All figures of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order in which they came.
    lines: Vec<Line>,
}

impl Report {
    /// Notes a figure.
    pub fn add(&mut self, kind: Kind, figure: Figure) {
        let at = match self
            .lines
            .iter()
            .position(|line| line.label == figure.label)
        {
            Some(at) => at,
            None => {
                self.lines.push(Line {
                    label: figure.label,
                    unit: figure.unit,
                    servers: Vec::new(),
                });
                self.lines.len() - 1
            }
        };
        let servers = &mut self.lines[at].servers;
        match servers.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, values)) => values.push(figure.value),
            None => servers.push((kind, vec![figure.value])),
        }
    }

    /// The median of one of our figures.
    pub fn median_of(&self, label: &str) -> Option<f64> {
        let line = self.lines.iter().find(|line| line.label == label)?;
        let ours = line
            .servers
            .iter()
            .find(|(kind, _)| *kind == Kind::Chantier);
        ours.map(|(_, values)| median(values))
    }

    /// The page, in Markdown.
    pub fn page(&self, repeat: usize, seconds: f64) -> String {
        let mut page = String::from(
            "# Performance\n\n\
             Written by `make bench`; do not edit. Each figure is the median of the runs, with the smallest \
             and the largest in brackets. *relay + log* is a bare relay that forces each group of updates to \
             disk before it passes them on, and neither reads nor keeps nor judges them: the limit for our \
             promise. *relay* only passes on. All ran on one machine, interleaved, the server on one core and \
             the driver on another, over loopback. Hostile sockets are a process beside the driver that yields to \
             it, against a document that keeps people's pace.\n\n",
        );
        let _ = writeln!(
            page,
            "Machine: {}. {repeat} runs of {seconds} s.\n",
            machine()
        );
        page.push_str("| | unit | chantier | relay + log | relay | chantier : relay + log |\n");
        page.push_str("|---|---|---|---|---|---|\n");
        for Line {
            label,
            unit,
            servers,
        } in &self.lines
        {
            let of = |kind| {
                servers
                    .iter()
                    .find(|(known, _)| *known == kind)
                    .map(|(_, values)| values.as_slice())
            };
            let cell = |kind| of(kind).map_or("-".to_owned(), spread);
            let ratio = match (of(Kind::Chantier), of(Kind::RelayLog)) {
                (Some(ours), Some(theirs)) if median(theirs) > 0.0 => {
                    format!("{:.2}", median(ours) / median(theirs))
                }
                _ => "-".to_owned(),
            };
            let _ = writeln!(
                page,
                "| {label} | {unit} | {} | {} | {} | {ratio} |",
                cell(Kind::Chantier),
                cell(Kind::RelayLog),
                cell(Kind::Relay)
            );
        }
        page
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn spread(values: &[f64]) -> String {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| {
        (low.min(*v), high.max(*v))
    });
    if values.len() == 1 || low == high {
        return shown(median(values));
    }
    format!(
        "{} ({} to {})",
        shown(median(values)),
        shown(low),
        shown(high)
    )
}

fn shown(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 1000.0 => format!("{value:.1}"),
        _ => {
            let digits = format!("{value:.0}");
            let mut out = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at) % 3 == 0 {
                    out.push(',');
                }
                out.push(digit);
            }
            out
        }
    }
}

/// The processor, the cores and the kernel.
fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1))
        .unwrap_or("unknown processor");
    let cores = cpu
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let memory_kb: u64 = read("/proc/meminfo")
        .split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse().ok())
        .unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease");
    format!(
        "{model}, {cores} cores, {} GiB, Linux {}",
        memory_kb >> 20,
        kernel.trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_spread_and_ratio() {
        let mut report = Report::default();
        for value in [30.0, 10.0, 20.0] {
            report.add(
                Kind::Chantier,
                Figure {
                    label: "x".to_owned(),
                    value,
                    unit: "ms",
                },
            );
        }
        report.add(
            Kind::RelayLog,
            Figure {
                label: "x".to_owned(),
                value: 40.0,
                unit: "ms",
            },
        );
        assert!(
            report
                .page(3, 5.0)
                .contains("| x | ms | 20.0 (10.0 to 30.0) | 40.0 | - | 0.50 |")
        );
    }

    #[test]
    fn large_figures_are_grouped() {
        assert_eq!(shown(1_234_567.0), "1,234,567");
        assert_eq!(shown(0.123), "0.12");
    }
}
