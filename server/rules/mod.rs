//! The rules: who may do what, at which stage. Pure functions over values:
//! no I/O, no clock, no library, no `serde`, no `async`.
//! Every `match` names every variant; a refusal says which rule refused.

pub mod accounts;
pub mod action;
pub mod agreements;
pub mod arbitrations;
pub mod awaited;
pub mod chantiers;
pub mod contrast;
pub mod day;
pub mod decisions;
pub mod editing;
pub mod follow_ups;
pub mod identifiers;
pub mod inactivity;
mod keyed;
pub mod mandates;
pub mod meetings;
pub mod merges;
pub mod money;
pub mod notice;
pub mod opinions;
pub mod organisations;
pub mod programme;
pub mod reports;
pub mod review;
pub mod rights;
pub mod role;
pub mod sheet;
pub mod similarity;
pub mod splits;
pub mod stage;
pub mod threads;
pub mod transitions;
pub mod wording;
