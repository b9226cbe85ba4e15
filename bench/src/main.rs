//! `bench`: measures the server beside bare relays, on one machine, in one run, interleaved.
//!
//! ```text
//! bench --chantier PROGRAM --relay PROGRAM [--cost PROGRAM] [--out FILE] [--repeat N] [--only NAME,NAME]
//!       [--seconds S] [--edits N] [--hostile-below RATIO]
//! ```
//! With `--hostile-below` it fails when hostile sockets slow honest people by that much or more.
//! The server runs on core 0, this driver on another; all on loopback. Figures are medians of the
//! runs, with their spread. `make bench` builds what it needs and writes `docs/performance.md`.

mod http;
mod report;
mod scenarios;
mod server;
mod socket;
mod update;

use std::path::PathBuf;
use std::process::ExitCode;

use report::Report;
use scenarios::{Scenario, Settings};
use server::{Kind, Programs};

struct Arguments {
    programs: Programs,
    out: Option<PathBuf>,
    repeat: usize,
    only: Vec<String>,
    settings: Settings,
    /// The bound of the scenario `hostile`.
    hostile_below: Option<f64>,
}

fn arguments() -> Result<Arguments, String> {
    let (mut chantier, mut relay, mut cost, mut out) = (None, None, None, None);
    let (mut repeat, mut only, mut hostile_below) = (3, Vec::new(), None);
    let mut settings = Settings {
        seconds: 5.0,
        edits: 260_000,
    };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("{name} wants a value"))?;
        let number = || {
            value
                .parse::<f64>()
                .map_err(|_| format!("{name}: {value} is not a number"))
        };
        match name.as_str() {
            "--chantier" => chantier = Some(PathBuf::from(&value)),
            "--relay" => relay = Some(PathBuf::from(&value)),
            "--cost" => cost = Some(PathBuf::from(&value)),
            "--out" => out = Some(PathBuf::from(&value)),
            "--repeat" => repeat = number()?.max(1.0) as usize,
            "--seconds" => settings.seconds = number()?,
            "--edits" => settings.edits = number()? as usize,
            "--hostile-below" => hostile_below = Some(number()?),
            "--only" => only = value.split(',').map(str::to_owned).collect(),
            _ => return Err(format!("{name} is not known")),
        }
    }
    for name in &only {
        if !Scenario::ALL.iter().any(|scenario| scenario.name() == name) {
            let known: Vec<_> = Scenario::ALL
                .iter()
                .map(|scenario| scenario.name())
                .collect();
            return Err(format!(
                "there is no scenario {name}; there are: {}",
                known.join(", ")
            ));
        }
    }
    Ok(Arguments {
        programs: Programs {
            chantier: chantier.ok_or("--chantier is missing")?,
            relay: relay.ok_or("--relay is missing")?,
            cost,
        },
        out,
        repeat,
        only,
        settings,
        hostile_below,
    })
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("--attack") {
        scenarios::hostile::attack(std::env::args().skip(2));
    }
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("bench: {problem}");
            return ExitCode::from(2);
        }
    };
    let mut report = Report::default();
    for scenario in Scenario::ALL {
        if !arguments.only.is_empty() && !arguments.only.iter().any(|name| name == scenario.name())
        {
            continue;
        }
        for round in 0..arguments.repeat {
            for kind in [Kind::Chantier, Kind::RelayLog, Kind::Relay] {
                if !scenario.suits(kind) {
                    continue;
                }
                for figure in scenario.run(kind, &arguments.programs, &arguments.settings) {
                    eprintln!(
                        "{} {} round {}: {} = {:.2} {}",
                        scenario.name(),
                        kind.name(),
                        round + 1,
                        figure.label,
                        figure.value,
                        figure.unit
                    );
                    report.add(kind, figure);
                }
            }
        }
    }
    let page = report.page(arguments.repeat, arguments.settings.seconds);
    match &arguments.out {
        Some(out) => {
            if let Err(error) = std::fs::write(out, page) {
                eprintln!("bench: {}: {error}", out.display());
                return ExitCode::FAILURE;
            }
        }
        None => println!("{page}"),
    }
    if let Some(bound) = arguments.hostile_below {
        let ratio = report.median_of(scenarios::hostile::RATIO);
        if ratio.is_none_or(|ratio| ratio >= bound) {
            eprintln!("bench: hostile sockets slow honest people: {ratio:?}, not below {bound}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
