//! The one table of rights: action x role x stage (`domain.md` section 2).
//! Default is refusal. A [`Permit`] can be made only here, and names its act.

use std::marker::PhantomData;

use super::role::{Role, Roles};
use super::stage::Stage;

/// What one may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// T01: propose an idea in a chantier.
    Propose,
    /// Read a proposal: its sheet, its text, who works on it.
    Read,
    /// See who wrote which passage, and each organisation's share.
    ReadAuthorship,
    /// Change the live text.
    EditText,
    /// Read how the text came about: its points in time, and the text as it was at each.
    ReadHistory,
    /// Bring an earlier text back.
    RestoreText,
    /// Bring back what one large deletion took away.
    UndoDeletion,
    /// Change title and summary.
    EditSummary,
    /// T02: start drafting.
    StartDrafting,
    /// Name or remove contributors ("Inviter à rédiger").
    InviteContributors,
    /// T03: deposit the proposal ("Déposer").
    Submit,
    /// T05: ask for what is missing ("Demander des compléments").
    RequestCompletion,
    /// Invite people, give and end mandates, new-password links.
    ManagePeople,
    /// Change the programme's name, logo and colours.
    ManageProgramme,
}

/// Acts as types: a store function that needs one takes its [`Permit`].
pub mod act {
    use super::Action;

    /// A type that stands for one [`Action`].
    pub trait Act {
        /// The action.
        const ACTION: Action;
    }

    macro_rules! acts {
        ($($name:ident),*) => {$(
            /// The act of the same name in [`Action`].
            #[derive(Debug)]
            pub struct $name;
            impl Act for $name {
                const ACTION: Action = Action::$name;
            }
        )*};
    }

    acts!(
        Propose,
        Read,
        ReadAuthorship,
        EditText,
        ReadHistory,
        RestoreText,
        UndoDeletion,
        EditSummary,
        StartDrafting,
        InviteContributors,
        Submit,
        RequestCompletion,
        ManagePeople,
        ManageProgramme
    );
}

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

impl Action {
    /// Every action, in the order of the table of rights.
    pub const ALL: [Self; 14] = [
        Self::Propose,
        Self::Read,
        Self::ReadAuthorship,
        Self::EditText,
        Self::ReadHistory,
        Self::RestoreText,
        Self::UndoDeletion,
        Self::EditSummary,
        Self::StartDrafting,
        Self::InviteContributors,
        Self::Submit,
        Self::RequestCompletion,
        Self::ManagePeople,
        Self::ManageProgramme,
    ];

    /// The actions about one proposal.
    pub const ON_PROPOSAL: [Self; 11] = [
        Self::Read,
        Self::ReadAuthorship,
        Self::EditText,
        Self::ReadHistory,
        Self::RestoreText,
        Self::UndoDeletion,
        Self::EditSummary,
        Self::StartDrafting,
        Self::InviteContributors,
        Self::Submit,
        Self::RequestCompletion,
    ];

    /// The action's key, as listed in `may`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Read => "read",
            Self::ReadAuthorship => "read_authorship",
            Self::EditText => "edit_text",
            Self::ReadHistory => "read_history",
            Self::RestoreText => "restore_text",
            Self::UndoDeletion => "undo_deletion",
            Self::EditSummary => "edit_summary",
            Self::StartDrafting => "start_drafting",
            Self::InviteContributors => "invite_contributors",
            Self::Submit => "submit",
            Self::RequestCompletion => "request_completion",
            Self::ManagePeople => "manage_people",
            Self::ManageProgramme => "manage_programme",
        }
    }

    /// The rule that governs the action.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Propose => "T01",
            Self::Read => "R-READ",
            Self::ReadAuthorship => "R-AUTHORS",
            Self::EditText => "R-EDIT",
            Self::ReadHistory => "R-HISTORY",
            Self::RestoreText => "R-RESTORE",
            Self::UndoDeletion => "R-UNDELETE",
            Self::EditSummary => "R-SUMMARY",
            Self::StartDrafting => "T02",
            Self::InviteContributors => "R-INVITE",
            Self::Submit => "T03",
            Self::RequestCompletion => "T05",
            Self::ManagePeople => "R-PEOPLE",
            Self::ManageProgramme => "R-PROGRAMME",
        }
    }
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
    match action {
        Action::Propose | Action::ManagePeople | Action::ManageProgramme => {
            if facts.roles.any(roles_for(action)) {
                Ok(())
            } else {
                refuse("role_missing")
            }
        }
        Action::Read
        | Action::ReadAuthorship
        | Action::EditText
        | Action::ReadHistory
        | Action::RestoreText
        | Action::UndoDeletion
        | Action::EditSummary
        | Action::StartDrafting
        | Action::InviteContributors
        | Action::Submit
        | Action::RequestCompletion => {
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
const fn roles_for(action: Action) -> &'static [Role] {
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
        Action::EditText | Action::RestoreText => &[Role::Owner, Role::Contributor, Role::OrgAdmin],
        Action::UndoDeletion => &[
            Role::Owner,
            Role::Contributor,
            Role::OrgAdmin,
            Role::Facilitator,
        ],
        Action::EditSummary => &[Role::Owner, Role::OrgAdmin],
        Action::Submit => &[Role::Owner],
        Action::RequestCompletion => &[Role::Facilitator],
        Action::StartDrafting | Action::InviteContributors => &[Role::Owner, Role::Facilitator],
        Action::Propose => &[Role::Member, Role::OrgAdmin],
        Action::ManagePeople | Action::ManageProgramme => &[Role::Admin],
    }
}

/// Whether those who may do it may do it now.
fn at_stage(action: Action, roles: Roles, stage: Stage) -> bool {
    match action {
        Action::EditText | Action::RestoreText => writes(roles, stage),
        Action::UndoDeletion => {
            writes(roles, stage)
                || (roles.has(Role::Facilitator)
                    && (stage == Stage::Idea || is_written_together(stage)))
        }
        Action::ReadHistory => true,
        Action::EditSummary => roles.any(writers(stage)),
        Action::StartDrafting => stage == Stage::Idea,
        Action::InviteContributors => is_written_together(stage),
        Action::Submit => stage == Stage::Drafting,
        Action::RequestCompletion => stage == Stage::Submitted,
        Action::ReadAuthorship => true,
        Action::Read | Action::Propose | Action::ManagePeople | Action::ManageProgramme => false,
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
const CLOSE: [Role; 8] = [
    Role::Owner,
    Role::Contributor,
    Role::Member,
    Role::Facilitator,
    Role::CoPresident,
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
