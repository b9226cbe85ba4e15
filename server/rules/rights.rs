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
    /// Change the live text.
    EditText,
    /// Change title and summary.
    EditSummary,
    /// T02: start drafting.
    StartDrafting,
    /// Name or remove contributors ("Inviter à rédiger").
    InviteContributors,
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
        EditText,
        EditSummary,
        StartDrafting,
        InviteContributors,
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
    pub const ALL: [Self; 8] = [
        Self::Propose,
        Self::Read,
        Self::EditText,
        Self::EditSummary,
        Self::StartDrafting,
        Self::InviteContributors,
        Self::ManagePeople,
        Self::ManageProgramme,
    ];

    /// The actions about one proposal.
    pub const ON_PROPOSAL: [Self; 5] = [
        Self::Read,
        Self::EditText,
        Self::EditSummary,
        Self::StartDrafting,
        Self::InviteContributors,
    ];

    /// The action's key, as listed in `may`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Read => "read",
            Self::EditText => "edit_text",
            Self::EditSummary => "edit_summary",
            Self::StartDrafting => "start_drafting",
            Self::InviteContributors => "invite_contributors",
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
            Self::EditText => "R-EDIT",
            Self::EditSummary => "R-SUMMARY",
            Self::StartDrafting => "T02",
            Self::InviteContributors => "R-INVITE",
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
        Action::Propose if facts.roles.any(&[Role::Member, Role::OrgAdmin]) => Ok(()),
        Action::ManagePeople | Action::ManageProgramme if facts.roles.has(Role::Admin) => Ok(()),
        Action::Propose | Action::ManagePeople | Action::ManageProgramme => refuse("role_missing"),
        Action::Read
        | Action::EditText
        | Action::EditSummary
        | Action::StartDrafting
        | Action::InviteContributors => match facts.stage {
            None => refuse("stage"),
            Some(stage) => {
                if !roles_for(action).is_empty() && !facts.roles.any(roles_for(action)) {
                    return refuse("role_missing");
                }
                if at_stage(action, facts.roles, stage) {
                    Ok(())
                } else {
                    refuse(if action == Action::Read {
                        "role_missing"
                    } else {
                        "stage"
                    })
                }
            }
        },
    }
}

/// Who may ever do it; empty: it depends on the stage alone.
const fn roles_for(action: Action) -> &'static [Role] {
    match action {
        Action::Read => &[],
        Action::EditText => &[Role::Owner, Role::Contributor],
        Action::EditSummary => &[Role::Owner],
        Action::StartDrafting | Action::InviteContributors => &[Role::Owner, Role::Facilitator],
        Action::Propose => &[Role::Member, Role::OrgAdmin],
        Action::ManagePeople | Action::ManageProgramme => &[Role::Admin],
    }
}

/// Whether those who may do it may do it now.
fn at_stage(action: Action, roles: Roles, stage: Stage) -> bool {
    match action {
        Action::Read => may_read(roles, stage),
        Action::EditText => match stage {
            Stage::Idea => roles.has(Role::Owner),
            Stage::Drafting | Stage::InCommission => true,
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
            | Stage::Closed => false,
        },
        Action::EditSummary => matches!(stage, Stage::Idea | Stage::Drafting),
        Action::StartDrafting => matches!(stage, Stage::Idea),
        Action::InviteContributors => matches!(stage, Stage::Drafting | Stage::InCommission),
        Action::Propose | Action::ManagePeople | Action::ManageProgramme => false,
    }
}

/// Preparatory documents: the chantier's roles always, the steering committee and the
/// Region once the commission has spoken; everybody signed in once the Region has decided.
fn may_read(roles: Roles, stage: Stage) -> bool {
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
    const LATER: [Role; 4] = [
        Role::CopilMember,
        Role::CopilSecretary,
        Role::RegionInstructor,
        Role::RegionValidator,
    ];
    roles.any(&CLOSE) || stage.is_decided() || (roles.any(&LATER) && stage >= Stage::OpinionGiven)
}
