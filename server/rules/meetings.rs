//! What may be changed of a planned meeting of a commission (`domain.md` 1.3): frozen versions that wait for
//! it keep their notice (T08), and are never left without a hearing. Its whole life comes later.

use super::day::Day;
use super::notice::clear_days;
use super::rights::{Facts, Permit, Refusal, act, may};

/// A meeting as these rules see it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Whether it is still to come, and neither cancelled nor postponed.
    pub is_open: bool,
    /// The day each version that waits for it was frozen.
    pub frozen_on: Vec<Day>,
    /// Whether an opinion on one of them stands already, prepared or signed.
    pub has_opinion: bool,
}

/// A frozen version under a point of an agenda.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The day it was frozen.
    pub frozen_on: Day,
    /// Whether an opinion on it stands already.
    pub has_opinion: bool,
}

/// Whether its title, its place or its agenda may be changed.
///
/// # Errors
/// Those of R-MEETING; `R-MEETING/meeting_over`.
pub fn arrange(facts: &Facts, meeting: &Planned) -> Result<Permit<act::PrepareMeetings>, Refusal> {
    let permit = may::<act::PrepareMeetings>(facts)?;
    if !meeting.is_open {
        return refuse("meeting_over");
    }
    Ok(permit)
}

/// Whether it may be held on this day (`None`: its day stays): each frozen version keeps its clear days
/// since its freeze. An opinion says on which day it was heard: prepared, it stays true.
///
/// # Errors
/// Those of [`arrange`]; `R-MEETING/opinion_prepared`; `R-MEETING/notice_short`.
pub fn hold_on(
    facts: &Facts,
    meeting: &Planned,
    day: Option<&Day>,
    notice_days: i64,
) -> Result<Permit<act::PrepareMeetings>, Refusal> {
    let permit = arrange(facts, meeting)?;
    if day.is_some() && meeting.has_opinion {
        return refuse("opinion_prepared");
    }
    let mut frozen = meeting.frozen_on.iter();
    if day.is_some_and(|day| frozen.any(|since| clear_days(since, day) < notice_days)) {
        return refuse("notice_short");
    }
    Ok(permit)
}

/// Whether it may be cancelled: only when no frozen version waits for it.
///
/// # Errors
/// Those of [`arrange`]; `R-MEETING/versions_waiting`.
pub fn cancel(facts: &Facts, meeting: &Planned) -> Result<Permit<act::PrepareMeetings>, Refusal> {
    let permit = arrange(facts, meeting)?;
    if !meeting.frozen_on.is_empty() {
        return refuse("versions_waiting");
    }
    Ok(permit)
}

/// Whether a point may be taken off its agenda: not one a frozen version is heard under.
///
/// # Errors
/// Those of [`arrange`]; `R-MEETING/version_waiting`.
pub fn drop_item(
    facts: &Facts,
    meeting: &Planned,
    carries_version: bool,
) -> Result<Permit<act::PrepareMeetings>, Refusal> {
    let permit = arrange(facts, meeting)?;
    if carries_version {
        return refuse("version_waiting");
    }
    Ok(permit)
}

/// Whether a point may be moved to another meeting held on this day, with the version it carries.
///
/// # Errors
/// Those of [`arrange`] for both; `R-MEETING/opinion_prepared`; `R-MEETING/notice_short`.
pub fn hear_elsewhere(
    facts: &Facts,
    (from, to): (&Planned, &Planned),
    day: &Day,
    (carried, notice_days): (Option<&Carried>, i64),
) -> Result<Permit<act::PrepareMeetings>, Refusal> {
    let permit = arrange(facts, from)?;
    if !to.is_open {
        return refuse("meeting_over");
    }
    if carried.is_some_and(|version| version.has_opinion) {
        return refuse("opinion_prepared");
    }
    if carried.is_some_and(|version| clear_days(&version.frozen_on, day) < notice_days) {
        return refuse("notice_short");
    }
    Ok(permit)
}

fn refuse<T>(code: &'static str) -> Result<T, Refusal> {
    Err(Refusal {
        rule: "R-MEETING",
        code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::role::Role;

    fn facts(role: Role) -> Facts {
        Facts {
            roles: [role].into_iter().collect(),
            stage: None,
        }
    }

    fn day(iso: &str) -> Day {
        Day::from_iso(iso).expect("a day")
    }

    fn planned(is_open: bool, frozen: &[&str]) -> Planned {
        Planned {
            is_open,
            frozen_on: frozen.iter().map(|iso| day(iso)).collect(),
            has_opinion: false,
        }
    }

    fn said<T>(verdict: Result<T, Refusal>) -> &'static str {
        match verdict {
            Ok(_) => "yes",
            Err(refusal) => {
                assert_eq!(refusal.rule, "R-MEETING");
                refusal.code
            }
        }
    }

    #[test]
    fn each_guard_of_a_meeting_refuses_by_itself() {
        let (runs, member) = (facts(Role::Facilitator), facts(Role::Member));
        let (free, over) = (planned(true, &[]), planned(false, &[]));
        let heard = planned(true, &["2026-12-01", "2026-12-04"]);
        let held = |facts, meeting, iso| said(hold_on(facts, meeting, Some(&day(iso)), 5));
        assert_eq!(said(arrange(&runs, &heard)), "yes");
        assert_eq!(said(arrange(&member, &heard)), "role_missing");
        assert_eq!(said(arrange(&runs, &over)), "meeting_over");
        // Five clear days after the 4th: the 10th at the earliest; without a version, any day.
        assert_eq!(held(&runs, &heard, "2026-12-10"), "yes");
        assert_eq!(held(&runs, &heard, "2026-12-09"), "notice_short");
        assert_eq!(held(&runs, &free, "2026-12-02"), "yes");
        assert_eq!(held(&runs, &over, "2026-12-10"), "meeting_over");
        assert_eq!(said(hold_on(&runs, &heard, None, 5)), "yes");
        let prepared = Planned {
            has_opinion: true,
            ..heard.clone()
        };
        assert_eq!(held(&runs, &prepared, "2026-12-10"), "opinion_prepared");
        assert_eq!(said(hold_on(&runs, &prepared, None, 5)), "yes");
        assert_eq!(said(cancel(&runs, &free)), "yes");
        assert_eq!(said(cancel(&runs, &heard)), "versions_waiting");
        assert_eq!(said(cancel(&runs, &over)), "meeting_over");
        assert_eq!(said(drop_item(&runs, &heard, false)), "yes");
        assert_eq!(said(drop_item(&runs, &heard, true)), "version_waiting");
        let frozen = Carried {
            frozen_on: day("2026-12-04"),
            has_opinion: false,
        };
        let judged = Carried {
            has_opinion: true,
            ..frozen.clone()
        };
        let moved =
            |from, to, iso, since| said(hear_elsewhere(&runs, (from, to), &day(iso), (since, 5)));
        assert_eq!(
            moved(&heard, &free, "2026-12-10", Some(&judged)),
            "opinion_prepared"
        );
        assert_eq!(moved(&heard, &free, "2026-12-10", Some(&frozen)), "yes");
        assert_eq!(
            moved(&heard, &free, "2026-12-09", Some(&frozen)),
            "notice_short"
        );
        assert_eq!(moved(&heard, &free, "2026-12-09", None), "yes");
        assert_eq!(moved(&over, &free, "2026-12-10", None), "meeting_over");
        assert_eq!(moved(&heard, &over, "2026-12-10", None), "meeting_over");
    }
}
