//! What only administrators reach: programme, chantiers, organisations, people, mandates and the journal of
//! their acts; and the list of validators, which validators answer. The rules are in `rules/`, judged by the
//! store. Every list is a table to take away as CSV where people keep it beside.

mod chantiers;
mod journal;
mod memberships;
mod organisations;
mod people;
mod programme;
mod validators;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 200;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(chantiers::routes())
        .merge(journal::routes())
        .merge(memberships::routes())
        .merge(organisations::routes())
        .merge(people::routes())
        .merge(programme::routes())
        .merge(validators::routes())
}
