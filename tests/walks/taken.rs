//! Which transitions these walks take, and how likely each is chosen where it is possible.

use chantier::rules::transitions::Transition;

/// How likely a transition is chosen where it is possible. Who hurries takes only what leads on.
pub(super) fn weight(transition: Transition, is_asked: bool, hurries: bool) -> u64 {
    let likely = likely(transition, is_asked);
    let strays = matches!(transition, Transition::KeepInReserve | Transition::Rework);
    let leads = likely >= 30 && !strays;
    if hurries && !leads { 0 } else { likely }
}

fn likely(transition: Transition, is_asked: bool) -> u64 {
    match transition {
        Transition::FastTrack if is_asked => 300,
        Transition::StartDrafting
        | Transition::Submit
        | Transition::Admit
        | Transition::Freeze
        | Transition::GiveOpinion
        | Transition::Adjourn
        | Transition::FastTrack => 30,
        Transition::ConfirmApproval => 60,
        Transition::SendToCopil
        | Transition::Retain
        | Transition::Decide
        | Transition::SendBack
        | Transition::Engage
        | Transition::Begin
        | Transition::Complete
        | Transition::Reopen
        | Transition::CloseInactive => 40,
        Transition::Dismiss | Transition::Reassign if is_asked => 300,
        Transition::Withdraw | Transition::Suspend if is_asked => 30,
        Transition::KeepInReserve => 110,
        Transition::Evoke => 7,
        Transition::Rework => 60,
        Transition::NotRetain => 28,
        Transition::RequestCompletion | Transition::Reconsider => 6,
        Transition::Thaw => 4,
        Transition::Dismiss | Transition::Reassign | Transition::Suspend => 5,
        Transition::Withdraw | Transition::Abandon => 1,
        // They take several proposals: `tests/merges.rs`, `tests/splits.rs`.
        Transition::Merge | Transition::Split => 0,
    }
}

/// The transitions of one proposal alone, which these walks take.
pub(crate) fn of_the_walk() -> Vec<Transition> {
    let all = Transition::ALL.iter().copied();
    all.filter(|one| !matches!(one, Transition::Merge | Transition::Split))
        .collect()
}
