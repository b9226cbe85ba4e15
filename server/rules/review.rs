//! The Region's desk (`domain.md` 1.5 `RegionalReview`, section 5): the completeness checklist, the reading by
//! associated directions, and the state a file is in.

use super::day::Day;
use super::keyed::keyed;
use super::notice::plus_working_days;
use super::rights::{Facts, Permit, Refusal, act, may};
use super::role::{Role, Roles};

keyed! {
    /// One point of the completeness checklist.
    Item {
        /// Who bears it: statutes, registration, who may sign.
        BearerPapers "bearer_papers";
        /// Where the money goes: bank details.
        BankDetails "bank_details";
        /// The budget is detailed and signed by the bearer.
        SignedBudget "signed_budget";
        /// What the other funders answered.
        OtherFunders "other_funders";
        /// Which State-aid scheme applies, or none.
        StateAid "state_aid";
        /// An association signed the contract of republican commitment.
        RepublicanContract "republican_contract";
        /// Experimentation fund: the hypothesis and how it is tested.
        TestProtocol "test_protocol";
        /// Experimentation fund: who evaluates, independently.
        Evaluator "evaluator";
        /// Experimentation fund: under which conditions it would be scaled up.
        ScalingConditions "scaling_conditions";
    }
}

keyed! {
    /// What was found of a point.
    CheckState {
        /// It is there.
        Ok "ok";
        /// It is missing.
        Missing "missing";
        /// It does not apply.
        NotApplicable "not_applicable";
    }
}

keyed! {
    /// Where a file stands at the Region.
    Status {
        /// Received.
        Received "received";
        /// Complete.
        Complete "complete";
        /// Read by associated directions.
        CrossRead "cross_read";
        /// On a session's list.
        Scheduled "scheduled";
        /// Decided.
        Decided "decided";
    }
}

keyed! {
    /// What an associated direction answers.
    Answer {
        /// No remark.
        NoRemark "no_remark";
        /// In favour, with what it says.
        Favourable "favourable";
        /// With remarks to take into account.
        Remarks "remarks";
    }
}

/// Until when a direction asked on this day may answer, so many working days later: silence after that
/// means no remark.
#[must_use]
pub fn cross_reading_due(asked_on: &Day, working_days: i64) -> Day {
    plus_working_days(asked_on, working_days)
}

/// Which points this file needs: the experimentation fund has its own, an association one more.
#[must_use]
pub fn items(asks_fund: bool, is_association: bool) -> Vec<Item> {
    let needed = |item: &Item| match item {
        Item::BearerPapers
        | Item::BankDetails
        | Item::SignedBudget
        | Item::OtherFunders
        | Item::StateAid => true,
        Item::RepublicanContract => is_association,
        Item::TestProtocol | Item::Evaluator | Item::ScalingConditions => asks_fund,
    };
    Item::ALL.iter().copied().filter(needed).collect()
}

/// The points that hold up the decision: not looked at yet, or missing.
#[must_use]
pub fn open_items(needed: &[Item], found: &[(Item, CheckState)]) -> Vec<Item> {
    let settled = |item: &Item| {
        let mut same = found.iter().filter(|(of, _)| of == item);
        same.any(|(_, state)| matches!(state, CheckState::Ok | CheckState::NotApplicable))
    };
    needed
        .iter()
        .copied()
        .filter(|item| !settled(item))
        .collect()
}

/// What a file's state is read from.
#[derive(Clone, Copy, Debug)]
pub struct Desk {
    /// Whether it was found complete.
    pub is_complete: bool,
    /// How many directions were asked to read it.
    pub asked_count: usize,
    /// Whether its session is set.
    pub has_session: bool,
    /// Whether the Region decided.
    pub is_decided: bool,
}

/// Where it stands.
#[must_use]
pub const fn status(desk: &Desk) -> Status {
    if desk.is_decided {
        Status::Decided
    } else if desk.has_session && desk.is_complete {
        Status::Scheduled
    } else if desk.is_complete && desk.asked_count > 0 {
        Status::CrossRead
    } else if desk.is_complete {
        Status::Complete
    } else {
        Status::Received
    }
}

/// Whether a person may mark a file complete: nothing of its checklist is missing or not looked at.
///
/// # Errors
/// `review_incomplete`, and those of R-REVIEW.
pub fn complete(facts: &Facts, open_item_count: usize) -> Result<Permit<act::ReviewFile>, Refusal> {
    let permit = may::<act::ReviewFile>(facts)?;
    if open_item_count > 0 {
        return Err(Refusal {
            rule: "R-REVIEW",
            code: "review_incomplete",
        });
    }
    Ok(permit)
}

/// Whether a person may answer for a direction: only whoever instructs for it.
///
/// # Errors
/// `not_your_direction`, and those of R-CROSS.
pub fn answer(
    facts: &Facts,
    is_of_direction: bool,
) -> Result<Permit<act::AnswerCrossReading>, Refusal> {
    let permit = may::<act::AnswerCrossReading>(facts)?;
    if !is_of_direction {
        return Err(Refusal {
            rule: "R-CROSS",
            code: "not_your_direction",
        });
    }
    Ok(permit)
}

/// Whether these roles see what was found of each point: the Region, and who can provide what is missing.
#[must_use]
pub fn sees_checks(roles: Roles) -> bool {
    sees_remarks(roles) || roles.any(&[Role::Owner, Role::Contributor, Role::OrgAdmin])
}

/// Whether these roles read what associated directions answered: the Region alone prepares its decision.
#[must_use]
pub fn sees_remarks(roles: Roles) -> bool {
    roles.any(&[Role::RegionInstructor, Role::RegionValidator])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::stage::Stage;

    fn instructor() -> Facts {
        Facts {
            roles: Roles::NONE.with(Role::RegionInstructor),
            stage: Some(Stage::AtRegion),
        }
    }

    #[test]
    fn a_file_is_complete_only_with_nothing_open() {
        assert!(complete(&instructor(), 0).is_ok());
        let refused = complete(&instructor(), 1).expect_err("one point is open");
        assert_eq!(refused.code, "review_incomplete");
    }

    #[test]
    fn only_a_direction_answers_for_itself() {
        assert!(answer(&instructor(), true).is_ok());
        let refused = answer(&instructor(), false).expect_err("another direction");
        assert_eq!(refused.code, "not_your_direction");
    }

    #[test]
    fn remarks_stay_at_the_region_and_what_is_missing_is_told_to_the_owner() {
        let owner = Roles::NONE.with(Role::Owner);
        assert!(sees_checks(owner) && !sees_remarks(owner));
        assert!(!sees_checks(Roles::NONE.with(Role::Member)));
    }

    #[test]
    fn the_fund_and_an_association_have_their_own_points() {
        assert_eq!(items(false, false).len(), 5);
        assert_eq!(items(false, true).len(), 6);
        assert_eq!(items(true, true).len(), 9);
    }

    #[test]
    fn a_missing_point_stays_open_and_one_that_does_not_apply_is_settled() {
        let needed = [Item::BankDetails, Item::StateAid, Item::OtherFunders];
        let found = [
            (Item::BankDetails, CheckState::Missing),
            (Item::StateAid, CheckState::NotApplicable),
        ];
        assert_eq!(
            open_items(&needed, &found),
            [Item::BankDetails, Item::OtherFunders]
        );
    }

    #[test]
    fn a_session_on_an_incomplete_file_does_not_make_it_scheduled() {
        let desk = Desk {
            is_complete: false,
            asked_count: 1,
            has_session: true,
            is_decided: false,
        };
        assert_eq!(status(&desk), Status::Received);
        let complete = Desk {
            is_complete: true,
            ..desk
        };
        assert_eq!(status(&complete), Status::Scheduled);
        let unplanned = Desk {
            has_session: false,
            ..complete
        };
        assert_eq!(status(&unplanned), Status::CrossRead);
    }
}
