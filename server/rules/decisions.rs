//! What the Region decides (`domain.md` 1.5, invariants 1, 6 and 8; T20, T21): a decision prepared by one
//! validator and confirmed by another. What is wrong with a preparation is said field by field.

use super::arbitrations::Advice;
use super::day::Day;
use super::keyed::keyed;
use super::money::{Amount, Envelope, all_known, over, overrun, total};
use super::rights::{Facts, Permit, Refusal, act, may};
use super::role::Role;

keyed! {
    /// What a decision says.
    DecisionValue {
        /// Validée.
        Approved "approved";
        /// Validée sous conditions.
        ApprovedWithConditions "approved_with_conditions";
        /// Refusée.
        Rejected "rejected";
        /// Renvoyée.
        Returned "returned";
    }
}

keyed! {
    /// What a decision is about.
    Kind {
        /// The proposal itself.
        Initial "initial";
        /// A substantial change of an action (avenant); the stage stays.
        Addendum "addendum";
        /// The correction of a confirmed decision, which stays beside it.
        Rectification "rectification";
    }
}

macro_rules! faults {
    ($($(#[$meta:meta])* $name:ident $code:literal $field:literal;)*) => {
        /// Something wrong with a prepared decision.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault {
            $($(#[$meta])* $name,)*
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The field it is in.
            #[must_use]
            pub const fn field(self) -> &'static str {
                match self {
                    $(Self::$name => $field,)*
                }
            }
        }
    };
}

faults! {
    /// It is dated before the commission's opinion.
    BeforeOpinion "decision_before_opinion" "decided_on";
    /// It reaches the prefect before it is taken (CGCT L4141-1).
    TransmittedBefore "transmitted_before_decision" "transmitted_on";
    /// It is enforceable before it is transmitted (CGCT L4141-1).
    EnforceableBefore "enforceable_before_transmission" "enforceable_on";
    /// Another decision bears this deliberation number.
    DeliberationUsed "deliberation_used" "deliberation_ref";
    /// Money is given with a refusal or a return.
    AmountsUnwanted "amounts_unwanted" "amounts";
    /// No envelope of that code and year.
    EnvelopeUnknown "envelope_unknown" "amounts";
    /// More is given than was asked for.
    AmountOverRequest "amount_over_request" "amounts";
    /// An envelope has not enough left, and no motive says why it is overrun (invariant 8).
    EnvelopeOverrun "envelope_overrun" "amounts";
    /// Conditions without any.
    ConditionsMissing "conditions_missing" "conditions";
    /// Conditions where there are none.
    ConditionsUnwanted "conditions_unwanted" "conditions";
    /// A condition falls due before the decision.
    ConditionDuePast "condition_due_past" "conditions";
    /// A refusal or a return says why (invariant 6).
    MotiveMissing "motive_missing" "motive";
    /// What departs from the committee's advice says why (invariant 6).
    DepartureUnmotivated "departure_unmotivated" "motive";
    /// A return lists what it asks for.
    QuestionsMissing "questions_missing" "points";
    /// A return leaves time to answer.
    ReturnDuePast "return_due_past" "due_on";
    /// A rectification says the same as what it corrects.
    RectificationChanges "rectification_changes_value" "value";
}

/// A decision as it is prepared.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is about.
    pub kind: Kind,
    /// What it says.
    pub value: DecisionValue,
    /// The day of the session.
    pub decided_on: Day,
    /// When it was transmitted to the prefect.
    pub transmitted_on: Option<Day>,
    /// From when it is enforceable.
    pub enforceable_on: Option<Day>,
    /// The money, by envelope and year.
    pub amounts: Vec<Amount>,
    /// When each condition falls due.
    pub conditions_due: Vec<Day>,
    /// How many questions a return asks.
    pub question_count: usize,
    /// Until when a return is to be answered.
    pub due_on: Option<Day>,
    /// Whether a motive is given.
    pub has_motive: bool,
    /// Whether a motive for an overrun is given.
    pub has_override_motive: bool,
}

/// What it is judged against.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Today.
    pub today: Day,
    /// The day of the commission's last opinion.
    pub opinion_on: Option<Day>,
    /// What the committee advised last; `None` where it did not (évocation, fast track).
    pub advice: Option<Advice>,
    /// The ceilings of that advice.
    pub ceilings: Vec<Amount>,
    /// What the proposal asks for.
    pub requested: Vec<Amount>,
    /// The programme's envelopes.
    pub envelopes: Vec<Envelope>,
    /// What other decisions took from them already.
    pub taken: Vec<Amount>,
    /// Whether another decision bears the same deliberation number.
    pub deliberation_is_used: bool,
    /// What the rectified decision says.
    pub rectifies: Option<DecisionValue>,
}

/// A prepared decision as who confirms it finds it.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What it says.
    pub value: DecisionValue,
    /// Whether who acts now prepared it.
    pub is_own: bool,
    /// Whether its day has come.
    pub is_reached: bool,
    /// What is wrong with it today.
    pub faults: Vec<Fault>,
}

/// Whether it departs from what the committee advised: another sense than retained, no advice at all, or
/// more money than the ceilings (`domain.md` 1.5).
#[must_use]
pub fn departs(draft: &Draft, ground: &Ground) -> bool {
    match (draft.value, ground.advice) {
        (DecisionValue::Returned, _) => false,
        (
            DecisionValue::Approved | DecisionValue::ApprovedWithConditions,
            Some(Advice::Retained),
        ) => over(&draft.amounts, &ground.ceilings).is_some(),
        (DecisionValue::Rejected, Some(Advice::Retained)) => true,
        (DecisionValue::Rejected, Some(Advice::NotRetained)) => false,
        (
            DecisionValue::Approved
            | DecisionValue::ApprovedWithConditions
            | DecisionValue::Rejected,
            Some(Advice::Rework | Advice::ReserveList | Advice::NotRetained) | None,
        ) => true,
    }
}

/// Everything wrong with a preparation, in the order of the form.
#[must_use]
pub fn faults(draft: &Draft, ground: &Ground) -> Vec<Fault> {
    let is_wrong = |fault: &Fault| is_wrong(*fault, draft, ground);
    Fault::ALL.iter().copied().filter(is_wrong).collect()
}

fn is_wrong(fault: Fault, draft: &Draft, ground: &Ground) -> bool {
    let approves = matches!(
        draft.value,
        DecisionValue::Approved | DecisionValue::ApprovedWithConditions
    );
    let has_conditions = !draft.conditions_due.is_empty();
    let with_conditions = draft.value == DecisionValue::ApprovedWithConditions;
    let is_returned = draft.value == DecisionValue::Returned;
    match fault {
        Fault::BeforeOpinion => {
            let opinion = ground.opinion_on.as_ref();
            opinion.is_some_and(|opinion| draft.decided_on < *opinion)
        }
        Fault::TransmittedBefore => {
            let transmitted = draft.transmitted_on.as_ref();
            transmitted.is_some_and(|on| *on < draft.decided_on)
        }
        Fault::EnforceableBefore => draft.enforceable_on.as_ref().is_some_and(|on| {
            let transmitted = draft.transmitted_on.as_ref();
            transmitted.is_none_or(|transmitted| on < transmitted)
        }),
        Fault::DeliberationUsed => ground.deliberation_is_used,
        Fault::AmountsUnwanted => !approves && total(&draft.amounts) > 0,
        Fault::EnvelopeUnknown => !all_known(&ground.envelopes, &draft.amounts),
        Fault::AmountOverRequest => approves && over(&draft.amounts, &ground.requested).is_some(),
        Fault::EnvelopeOverrun => {
            approves
                && !draft.has_override_motive
                && overrun(&ground.envelopes, &ground.taken, &draft.amounts).is_some()
        }
        Fault::ConditionsMissing => with_conditions && !has_conditions,
        Fault::ConditionsUnwanted => !with_conditions && has_conditions,
        Fault::ConditionDuePast => {
            with_conditions
                && draft
                    .conditions_due
                    .iter()
                    .any(|due| *due <= draft.decided_on)
        }
        Fault::MotiveMissing => {
            !draft.has_motive
                && matches!(
                    draft.value,
                    DecisionValue::Rejected | DecisionValue::Returned
                )
        }
        Fault::DepartureUnmotivated => !draft.has_motive && approves && departs(draft, ground),
        Fault::QuestionsMissing => is_returned && draft.question_count == 0,
        Fault::ReturnDuePast => {
            is_returned
                && draft
                    .due_on
                    .as_ref()
                    .is_none_or(|due| *due <= draft.decided_on || *due <= ground.today)
        }
        Fault::RectificationChanges => ground.rectifies.is_some_and(|value| value != draft.value),
    }
}

/// Whether a person may read what is prepared: the Region's instructors and validators.
///
/// # Errors
/// The refusal of preparing, or what hides the proposal.
pub fn read_preparation(facts: &Facts) -> Result<(), Refusal> {
    may::<act::Read>(facts)?;
    if facts.roles.has(Role::RegionInstructor) {
        return Ok(());
    }
    let initial = may::<act::PrepareDecision>(facts).map(|_| ());
    initial.or_else(|refusal| {
        let later = may::<act::RectifyDecision>(facts).map(|_| ());
        later.map_err(|_| refusal)
    })
}

/// That a person may prepare a decision, by the right its kind takes.
#[derive(Debug)]
pub enum Preparing {
    /// The decision on the proposal.
    Initial(Permit<act::PrepareDecision>),
    /// A change or a correction of a decision.
    Later(Permit<act::RectifyDecision>),
}

/// Whether a person may prepare a decision of this kind.
///
/// # Errors
/// Those of R-PREPARE, or of R-DECISION.
pub fn prepare(facts: &Facts, kind: Kind) -> Result<Preparing, Refusal> {
    match kind {
        Kind::Initial => may(facts).map(Preparing::Initial),
        Kind::Addendum | Kind::Rectification => may(facts).map(Preparing::Later),
    }
}

/// The refusal of a confirmation with this code.
const fn refuse(code: &'static str) -> Refusal {
    Refusal {
        rule: "R-DECISION",
        code,
    }
}

/// Whether a person may confirm a decision that moves nothing (addendum, rectification): another
/// validator than who prepared it, on its day, with nothing wrong (invariant 1).
///
/// # Errors
/// `own_preparation`, `decision_date_future`, the first fault.
pub fn confirm(
    facts: &Facts,
    prepared: &Prepared,
) -> Result<Permit<act::RectifyDecision>, Refusal> {
    let permit = may::<act::RectifyDecision>(facts)?;
    if prepared.is_own {
        return Err(refuse(OWN_PREPARATION));
    }
    if !prepared.is_reached {
        return Err(refuse("decision_date_future"));
    }
    match prepared.faults.first() {
        Some(fault) => Err(refuse(fault.code())),
        None => Ok(permit),
    }
}

/// Who prepared a decision does not confirm it (invariant 1).
pub const OWN_PREPARATION: &str = "own_preparation";
