//! What a report on an action must say before it is given (`domain.md` 1.5 `FollowUp`, section 3, invariant 9).
//! A draft may be as unfinished as it likes; numbers are those since the start of the action.

use super::agreements::Flaw;
use super::keyed::keyed;

/// Jobs of one line, counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Posts.
    pub posts: i64,
    /// Full-time equivalents, in hundredths.
    pub fte_hundredths: i64,
    /// Held by women.
    pub women: i64,
    /// Held by men.
    pub men: i64,
    /// Not said.
    pub undisclosed: i64,
}

/// A report as it is given.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whether it is the final one.
    pub is_final: bool,
    /// How far the action is, in percent.
    pub progress: Option<i64>,
    /// What was spent, in euro cents.
    pub spent_cents: Option<i64>,
    /// Whether it says what was done.
    pub has_body: bool,
    /// Whether it says what was difficult.
    pub has_difficulties: bool,
    /// Whether it names its evidence.
    pub has_evidence: bool,
    /// How many indicators have a value.
    pub value_count: usize,
    /// The jobs, line by line, with whether each is only estimated.
    pub jobs: Vec<(Counted, bool)>,
}

/// What it is judged against.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ground {
    /// The progress last reported.
    pub progress: i64,
    /// The spending last reported, in euro cents.
    pub spent_cents: i64,
    /// The posts last reported.
    pub posts: i64,
    /// What the action costs altogether, in euro cents.
    pub budget_cents: i64,
    /// How many indicators there are.
    pub indicator_count: usize,
    /// How many lines of jobs were decided.
    pub line_count: usize,
}

keyed! {
    /// What is worth a second look, and holds nothing up.
    Warning {
        /// More was spent than the budget holds.
        OverBudget "over_budget";
    }
}

/// Whether the numbers of a line agree: women + men + undisclosed = posts, 0 < fte <= posts (invariant 9).
#[must_use]
pub const fn agrees(jobs: &Counted) -> Option<&'static str> {
    let none_is_negative =
        jobs.posts >= 0 && jobs.women >= 0 && jobs.men >= 0 && jobs.undisclosed >= 0;
    if !none_is_negative || jobs.women + jobs.men + jobs.undisclosed != jobs.posts {
        return Some("job_split_wrong");
    }
    let fte_fits = if jobs.posts == 0 {
        jobs.fte_hundredths == 0
    } else {
        0 < jobs.fte_hundredths && jobs.fte_hundredths <= jobs.posts * 100
    };
    if fte_fits {
        None
    } else {
        Some("job_fte_wrong")
    }
}

/// Everything that keeps a report from being given, in the order of the form.
#[must_use]
pub fn flaws(report: &Report, ground: &Ground) -> Vec<Flaw> {
    let progress = report.progress.unwrap_or(ground.progress);
    let spent = report.spent_cents.unwrap_or(ground.spent_cents);
    let posts: i64 = report.jobs.iter().map(|(jobs, _)| jobs.posts).sum();
    let said = report.has_difficulties;
    let has_all_values = report.value_count >= ground.indicator_count;
    let has_all_lines = report.jobs.len() >= ground.line_count;
    let is_final = report.is_final;
    let is_estimated = report.jobs.iter().any(|(_, estimated)| *estimated);
    let mut found = vec![
        (report.progress.is_none(), ("progress", "required")),
        (
            progress < ground.progress && !said,
            ("difficulties", "progress_fell"),
        ),
        (report.spent_cents.is_none(), ("spent_cents", "required")),
        (spent < ground.spent_cents, ("spent_cents", "spending_fell")),
        (!report.has_body, ("body", "required")),
        (posts < ground.posts && !said, ("difficulties", "jobs_fell")),
        (is_final && !report.has_evidence, ("evidence", "required")),
        (is_final && !has_all_values, ("values", "values_missing")),
        (is_final && !has_all_lines, ("jobs", "jobs_missing")),
        (is_final && is_estimated, ("jobs", "jobs_estimated")),
    ];
    let wrong_lines = report.jobs.iter().filter_map(|(jobs, _)| agrees(jobs));
    found.extend(wrong_lines.map(|code| (true, ("jobs", code))));
    let wrong = found.into_iter().filter(|(is_wrong, _)| *is_wrong);
    wrong.map(|(_, flaw)| flaw).collect()
}

/// What is worth a second look.
#[must_use]
pub fn warnings(spent_cents: Option<i64>, ground: &Ground) -> Vec<Warning> {
    let over = spent_cents.is_some_and(|spent| spent > ground.budget_cents);
    if over {
        vec![Warning::OverBudget]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOBS: Counted = Counted {
        posts: 10,
        fte_hundredths: 850,
        women: 4,
        men: 5,
        undisclosed: 1,
    };

    fn report() -> Report {
        Report {
            is_final: true,
            progress: Some(100),
            spent_cents: Some(500),
            has_body: true,
            has_difficulties: false,
            has_evidence: true,
            value_count: 2,
            jobs: vec![(JOBS, false)],
        }
    }

    const GROUND: Ground = Ground {
        progress: 80,
        spent_cents: 400,
        posts: 8,
        budget_cents: 500,
        indicator_count: 2,
        line_count: 1,
    };

    #[test]
    fn each_flaw_has_the_one_input_that_only_it_refuses() {
        assert_eq!(flaws(&report(), &GROUND), []);
        let fewer = Counted {
            posts: 7,
            women: 1,
            fte_hundredths: 600,
            ..JOBS
        };
        let cases: Vec<(Report, Flaw)> = vec![
            (
                Report {
                    progress: None,
                    ..report()
                },
                ("progress", "required"),
            ),
            (
                Report {
                    progress: Some(79),
                    ..report()
                },
                ("difficulties", "progress_fell"),
            ),
            (
                Report {
                    spent_cents: None,
                    ..report()
                },
                ("spent_cents", "required"),
            ),
            (
                Report {
                    spent_cents: Some(399),
                    ..report()
                },
                ("spent_cents", "spending_fell"),
            ),
            (
                Report {
                    has_body: false,
                    ..report()
                },
                ("body", "required"),
            ),
            (
                Report {
                    jobs: vec![(fewer, false)],
                    ..report()
                },
                ("difficulties", "jobs_fell"),
            ),
            (
                Report {
                    has_evidence: false,
                    ..report()
                },
                ("evidence", "required"),
            ),
            (
                Report {
                    value_count: 1,
                    ..report()
                },
                ("values", "values_missing"),
            ),
            (
                Report {
                    jobs: vec![(JOBS, true)],
                    ..report()
                },
                ("jobs", "jobs_estimated"),
            ),
        ];
        for (wrong, flaw) in cases {
            assert_eq!(flaws(&wrong, &GROUND), [flaw], "{wrong:?}");
        }
        let without = Report {
            jobs: vec![],
            has_difficulties: true,
            ..report()
        };
        assert_eq!(flaws(&without, &GROUND), [("jobs", "jobs_missing")]);
    }

    #[test]
    fn a_half_yearly_report_may_leave_out_what_the_final_one_may_not() {
        let half = Report {
            is_final: false,
            has_evidence: false,
            value_count: 0,
            jobs: vec![(JOBS, true)],
            ..report()
        };
        assert_eq!(flaws(&half, &GROUND), []);
        // What went back is told, not forbidden.
        let back = Report {
            progress: Some(60),
            jobs: vec![],
            has_difficulties: true,
            ..half
        };
        assert_eq!(flaws(&back, &GROUND), []);
    }

    #[test]
    fn the_numbers_of_a_line_agree() {
        assert_eq!(agrees(&JOBS), None);
        assert_eq!(agrees(&Counted::default()), None);
        let told = |jobs: Counted| agrees(&jobs);
        assert_eq!(told(Counted { women: 5, ..JOBS }), Some("job_split_wrong"));
        assert_eq!(
            told(Counted {
                women: -1,
                men: 10,
                ..JOBS
            }),
            Some("job_split_wrong")
        );
        assert_eq!(
            told(Counted {
                fte_hundredths: 0,
                ..JOBS
            }),
            Some("job_fte_wrong")
        );
        assert_eq!(
            told(Counted {
                fte_hundredths: 1_000,
                ..JOBS
            }),
            None
        );
        assert_eq!(
            told(Counted {
                fte_hundredths: 1_001,
                ..JOBS
            }),
            Some("job_fte_wrong")
        );
        let ghosts = Counted {
            fte_hundredths: 1,
            ..Counted::default()
        };
        assert_eq!(told(ghosts), Some("job_fte_wrong"));
    }

    #[test]
    fn spending_above_the_budget_is_only_told() {
        assert_eq!(warnings(Some(500), &GROUND), []);
        assert_eq!(warnings(Some(501), &GROUND), [Warning::OverBudget]);
        assert_eq!(warnings(None, &GROUND), []);
    }
}
