//! Chantier: a collaborative real-time workspace for a Region's participatory workshops.
//!
//! Reading order: [`rules`] says what is allowed, [`live`] serves the documents,
//! [`store`] keeps everything, [`http`] is the door. Imports go down only:
//! `http` -> `live` -> `store` -> `rules`. `docs/architecture.md` says each room in a sentence.

pub mod addresses;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod demo;
pub mod error;
pub mod http;
pub mod ids;
pub mod live;
pub mod proof;
pub mod render;
pub mod rules;
pub mod store;
pub mod text;
pub mod throttle;
pub mod work;
