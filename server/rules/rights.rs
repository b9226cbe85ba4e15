//! The one table of rights: action x role x stage (`domain.md` section 2).
//! Default is refusal. A [`Permit`] can be made only here, and names its act.

use std::marker::PhantomData;

pub use super::action::{Action, act};
use super::role::{Role, Roles};
use super::stage::Stage;

/// What a judgement is made from.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The roles the account holds here, today, all scopes added up.
    pub roles: Roles,
    /// The proposal's stage; `None` where the action is not about a proposal.
    pub stage: Option<Stage>,
}

/// Proof that `A` was allowed on given facts.
#[derive(Debug)]
pub struct Permit<A>(PhantomData<A>);

/// Why not: the rule that refuses, and a stable code for the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// The rule's id, e.g. `T02`, `R-EDIT`.
    pub rule: &'static str,
    /// The reason: `role_missing`, `stage`, `porteur_missing`...
    pub code: &'static str,
}

/// Whether these facts allow the act `A`. Pure: no clock, no I/O.
///
/// # Errors
/// The refusal carries the rule that forbids it.
pub fn may<A: act::Act>(facts: &Facts) -> Result<Permit<A>, Refusal> {
    judge(A::ACTION, facts).map(|()| Permit(PhantomData))
}

/// The same judgement where the act is a value.
///
/// # Errors
/// The refusal carries the rule that forbids it.
pub fn judge(action: Action, facts: &Facts) -> Result<(), Refusal> {
    let refuse = |code| {
        Err(Refusal {
            rule: action.rule(),
            code,
        })
    };
    if Action::IN_PROGRAMME.contains(&action) {
        return if facts.roles.any(roles_for(action)) {
            Ok(())
        } else {
            refuse("role_missing")
        };
    }
    let Some(stage) = facts.stage else {
        return refuse("stage");
    };
    if !may_read(facts.roles, stage) {
        return Err(HIDDEN);
    }
    if action == Action::Read {
        return Ok(());
    }
    if !facts.roles.any(roles_for(action)) {
        return refuse("role_missing");
    }
    if at_stage(action, facts.roles, stage) {
        Ok(())
    } else {
        refuse("stage")
    }
}

/// What hides a proposal: whoever may not read it is refused every act on it by this rule,
/// and answered as if it did not exist.
const HIDDEN: Refusal = Refusal {
    rule: Action::Read.rule(),
    code: "role_missing",
};

impl Refusal {
    /// Whether even the existence of the thing must not be told (404, never 403).
    #[must_use]
    pub fn hides(&self) -> bool {
        *self == HIDDEN
    }
}

/// Who may ever do it.
#[must_use]
pub const fn roles_for(action: Action) -> &'static [Role] {
    match action {
        Action::Read => &Role::ALL,
        // Shares are for those who work on it in its chantier, never a ranking for others.
        Action::ReadAuthorship => &[
            Role::Owner,
            Role::Contributor,
            Role::Member,
            Role::Facilitator,
            Role::CoPresident,
            Role::OrgAdmin,
            Role::Observer,
        ],
        Action::ReadHistory => &CLOSE,
        Action::EditText | Action::EditSheet | Action::RestoreText => {
            &[Role::Owner, Role::Contributor, Role::OrgAdmin]
        }
        Action::UndoDeletion => &[
            Role::Owner,
            Role::Contributor,
            Role::OrgAdmin,
            Role::Facilitator,
        ],
        // The chantier's circle, and the committee and the Region wherever they read the sheet:
        // what a commission said stays among them once the sheet is everybody's to read.
        Action::ReadThreads => &[
            Role::Owner,
            Role::Contributor,
            Role::Member,
            Role::Facilitator,
            Role::CoPresident,
            Role::Associated,
            Role::CopilMember,
            Role::CopilSecretary,
            Role::RegionInstructor,
            Role::RegionValidator,
            Role::OrgAdmin,
            Role::Observer,
        ],
        // Everybody with a role around it, but who only reads (`domain.md` section 2).
        Action::Comment => &[
            Role::Owner,
            Role::Contributor,
            Role::Member,
            Role::Facilitator,
            Role::CoPresident,
            Role::Associated,
            Role::CopilMember,
            Role::CopilSecretary,
            Role::RegionInstructor,
            Role::RegionValidator,
            Role::OrgAdmin,
        ],
        Action::CloseThread => &[Role::Owner, Role::Facilitator, Role::CoPresident],
        Action::EditSummary => &[Role::Owner, Role::OrgAdmin],
        Action::AcceptPorteur => &[Role::OrgAdmin],
        Action::Submit | Action::AnswerReserve | Action::Begin => &[Role::Owner],
        Action::Retain | Action::Rework | Action::KeepInReserve | Action::NotRetain => {
            &[Role::CopilSecretary]
        }
        // The Region alone decides (invariant 1).
        Action::Evoke
        | Action::PrepareDecision
        | Action::RectifyDecision
        | Action::Decide
        | Action::SendBack
        | Action::ConfirmApproval => &[Role::RegionValidator],
        Action::ReviewFile
        | Action::AnswerCrossReading
        | Action::RecordAgreement
        | Action::Engage
        | Action::Suspend => &[Role::RegionInstructor],
        Action::LiftCondition | Action::CheckJobs => {
            &[Role::RegionInstructor, Role::RegionValidator]
        }
        Action::Report => &[Role::Owner, Role::OrgAdmin],
        Action::AskAddendum | Action::Complete | Action::Abandon => {
            &[Role::Owner, Role::RegionInstructor]
        }
        Action::Merge => &[Role::Owner, Role::CopilSecretary],
        Action::Split => &[Role::Owner, Role::Facilitator],
        Action::PrepareMeetings
        | Action::RequestCompletion
        | Action::Admit
        | Action::PrepareOpinion
        | Action::GiveOpinion
        | Action::Adjourn
        | Action::WarnInactive
        | Action::CloseInactive => &[Role::Facilitator],
        Action::Dismiss | Action::Freeze => &[Role::Facilitator, Role::CoPresident],
        Action::Thaw | Action::SignOpinion | Action::FastTrack => &[Role::CoPresident],
        // T13 with an unfavourable opinion needs the owner's request first.
        Action::Reconsider | Action::SendToCopil => &[Role::Owner, Role::CoPresident],
        Action::Reassign => &[Role::Facilitator, Role::Receiver],
        // From the Region's desk it is acknowledged there.
        Action::Withdraw => &[Role::Owner, Role::RegionInstructor, Role::RegionValidator],
        Action::Reopen => &[Role::Owner, Role::Facilitator, Role::CopilSecretary],
        Action::StartDrafting | Action::InviteContributors => &[Role::Owner, Role::Facilitator],
        Action::Propose => &[Role::Member, Role::OrgAdmin],
        Action::ManagePeople | Action::ManageProgramme => &[Role::Admin],
        Action::ReadCopilTable => &[
            Role::CopilMember,
            Role::CopilSecretary,
            Role::RegionInstructor,
            Role::RegionValidator,
        ],
        Action::ReadRegionDesk => &[Role::RegionInstructor, Role::RegionValidator],
        // Sums alone: lines open only what one may read.
        Action::ReadEnvelopes => &[
            Role::CopilMember,
            Role::CopilSecretary,
            Role::RegionInstructor,
            Role::RegionValidator,
            Role::Admin,
        ],
        Action::ConfirmValidator => &[Role::RegionValidator],
    }
}

/// Whether those who may do it may do it now.
fn at_stage(action: Action, roles: Roles, stage: Stage) -> bool {
    match action {
        Action::EditText | Action::EditSheet | Action::RestoreText => writes(roles, stage),
        Action::UndoDeletion => {
            writes(roles, stage)
                || (roles.has(Role::Facilitator)
                    && (stage == Stage::Idea || is_written_together(stage)))
        }
        Action::ReadHistory | Action::ReadAuthorship | Action::ReadThreads => true,
        Action::EditSummary => roles.any(writers(stage)),
        // As long as an answer can still change something.
        Action::Comment | Action::CloseThread => stage <= Stage::AtRegion,
        Action::StartDrafting => stage == Stage::Idea,
        Action::InviteContributors => is_written_together(stage),
        Action::AcceptPorteur | Action::WarnInactive | Action::CloseInactive => {
            matches!(stage, Stage::Idea | Stage::Drafting)
        }
        Action::Submit => stage == Stage::Drafting,
        Action::Admit | Action::RequestCompletion | Action::Dismiss => stage == Stage::Submitted,
        Action::Reassign => matches!(stage, Stage::Submitted | Stage::InCommission),
        Action::Freeze => stage == Stage::InCommission,
        Action::PrepareOpinion
        | Action::SignOpinion
        | Action::Thaw
        | Action::GiveOpinion
        | Action::Adjourn => stage == Stage::Frozen,
        Action::AnswerReserve | Action::Reconsider | Action::SendToCopil | Action::FastTrack => {
            stage == Stage::OpinionGiven
        }
        Action::Retain | Action::Rework | Action::KeepInReserve | Action::NotRetain => {
            stage == Stage::AtCopil
        }
        Action::Evoke => matches!(stage, Stage::OpinionGiven | Stage::AtCopil | Stage::Closed),
        Action::ReviewFile
        | Action::AnswerCrossReading
        | Action::PrepareDecision
        | Action::Decide
        | Action::SendBack => stage == Stage::AtRegion,
        Action::RectifyDecision => stage.is_decided(),
        Action::ConfirmApproval => stage == Stage::ApprovedConditional,
        Action::Engage => matches!(stage, Stage::Approved | Stage::ApprovedConditional),
        Action::Begin => stage == Stage::Committed,
        Action::Suspend => matches!(stage, Stage::InProgress | Stage::Suspended),
        Action::Complete => stage == Stage::InProgress,
        Action::Abandon | Action::AskAddendum | Action::RecordAgreement => stage.is_action(),
        Action::LiftCondition => stage.is_action() && stage != Stage::Approved,
        Action::Report => matches!(
            stage,
            Stage::Committed | Stage::InProgress | Stage::Suspended
        ),
        Action::CheckJobs => matches!(
            stage,
            Stage::InProgress | Stage::Suspended | Stage::Completed | Stage::Abandoned
        ),
        Action::Merge | Action::Split => stage <= Stage::OpinionGiven,
        Action::Withdraw => {
            stage == Stage::AtRegion || (roles.has(Role::Owner) && stage < Stage::AtRegion)
        }
        Action::Reopen => stage.may_reopen(),
        Action::Read
        | Action::Propose
        | Action::PrepareMeetings
        | Action::ManagePeople
        | Action::ManageProgramme
        | Action::ReadCopilTable
        | Action::ReadRegionDesk
        | Action::ReadEnvelopes
        | Action::ConfirmValidator => false,
    }
}

/// Whether one of these roles writes at this stage.
fn writes(roles: Roles, stage: Stage) -> bool {
    roles.any(writers(stage)) || (roles.has(Role::Contributor) && is_written_together(stage))
}

/// Who holds the pen beside the contributors: the author and the porteur's reference person
/// on an idea, then the owner; nobody while others judge, nor after.
const fn writers(stage: Stage) -> &'static [Role] {
    match stage {
        Stage::Idea => &[Role::Owner, Role::OrgAdmin],
        Stage::Drafting | Stage::InCommission => &[Role::Owner],
        Stage::Submitted
        | Stage::Frozen
        | Stage::OpinionGiven
        | Stage::AtCopil
        | Stage::AtRegion
        | Stage::Approved
        | Stage::ApprovedConditional
        | Stage::Rejected
        | Stage::Committed
        | Stage::InProgress
        | Stage::Suspended
        | Stage::Completed
        | Stage::Abandoned
        | Stage::Withdrawn
        | Stage::Merged
        | Stage::Split
        | Stage::Closed => &[],
    }
}

/// The two stages where contributors write.
const fn is_written_together(stage: Stage) -> bool {
    matches!(stage, Stage::Drafting | Stage::InCommission)
}

/// The roles around a chantier: its preparatory documents are theirs at every stage, and so is
/// how a text came about, even once the text itself is everybody's to read.
const CLOSE: [Role; 9] = [
    Role::Owner,
    Role::Contributor,
    Role::Member,
    Role::Facilitator,
    Role::CoPresident,
    Role::Receiver,
    Role::Associated,
    Role::OrgAdmin,
    Role::Observer,
];

/// Preparatory documents: the chantier's roles always; the steering committee and the Region
/// while it is on its way to them, or closed (they may take it up again: T19, T32);
/// everybody signed in once the Region has decided.
fn may_read(roles: Roles, stage: Stage) -> bool {
    const LATER: [Role; 4] = [
        Role::CopilMember,
        Role::CopilSecretary,
        Role::RegionInstructor,
        Role::RegionValidator,
    ];
    let reaches_them = match stage {
        Stage::OpinionGiven | Stage::AtCopil | Stage::AtRegion | Stage::Closed => true,
        Stage::Idea
        | Stage::Drafting
        | Stage::Submitted
        | Stage::InCommission
        | Stage::Frozen
        | Stage::Approved
        | Stage::ApprovedConditional
        | Stage::Rejected
        | Stage::Committed
        | Stage::InProgress
        | Stage::Suspended
        | Stage::Completed
        | Stage::Abandoned
        | Stage::Withdrawn
        | Stage::Merged
        | Stage::Split => false,
    };
    stage.is_decided() || roles.any(&CLOSE) || (reaches_them && roles.any(&LATER))
}

/// What the account may do among `actions`, and for the others the refusal.
#[must_use]
pub fn sort(actions: &[Action], facts: &Facts) -> (Vec<Action>, Vec<(Action, Refusal)>) {
    let mut allowed = Vec::new();
    let mut refused = Vec::new();
    for &action in actions {
        match judge(action, facts) {
            Ok(()) => allowed.push(action),
            Err(refusal) => refused.push((action, refusal)),
        }
    }
    (allowed, refused)
}
