//! Which transitions these walks take, and how likely each is chosen where it is possible.

use chantier::rules::transitions::Transition;

/// How likely a transition is chosen where it is possible.
pub(super) fn weight(transition: Transition, is_asked: bool) -> u64 {
    match transition {
        Transition::StartDrafting
        | Transition::Submit
        | Transition::Admit
        | Transition::Freeze
        | Transition::GiveOpinion
        | Transition::Adjourn => 30,
        Transition::SendToCopil | Transition::Reopen | Transition::CloseInactive => 40,
        Transition::Dismiss | Transition::Reassign | Transition::Withdraw if is_asked => 30,
        Transition::RequestCompletion | Transition::Reconsider => 6,
        Transition::Thaw => 4,
        Transition::Dismiss | Transition::Reassign => 5,
        Transition::Withdraw => 1,
        // Not of these walks.
        Transition::FastTrack
        | Transition::Retain
        | Transition::Rework
        | Transition::KeepInReserve
        | Transition::NotRetain
        | Transition::Evoke
        | Transition::Decide
        | Transition::SendBack
        | Transition::ConfirmApproval
        | Transition::Engage
        | Transition::Begin
        | Transition::Suspend
        | Transition::Complete
        | Transition::Abandon
        | Transition::Merge
        | Transition::Split => 0,
    }
}

/// The transitions of the commission's half, which these walks take.
pub(crate) fn of_the_walk() -> Vec<Transition> {
    let later = |transition: &&Transition| !(14..=27).contains(&number(**transition));
    let all = Transition::ALL.iter().filter(later);
    all.copied()
        .filter(|one| !matches!(one, Transition::Merge | Transition::Split))
        .collect()
}

/// The number of a transition: 8 for T08.
fn number(transition: Transition) -> u32 {
    transition.key()[1..].parse().expect("a number")
}
