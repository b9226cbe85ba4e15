//! The one Rust test binary: each file is a feature, seen through the public API.

mod accounts;
mod authorship;
mod chantiers;
mod crash;
mod demo;
mod deposits;
mod gate;
mod live;
mod live_durable;
mod live_hostile;
mod live_life;
mod live_log;
mod live_quotas;
mod live_rights;
mod live_scenarios;
mod live_segments;
mod live_updates;
mod live_wire;
mod program;
mod proposals;
mod rights;
mod setup;
mod store;
mod support;
mod tidy;
mod work;
