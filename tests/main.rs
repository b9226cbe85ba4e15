//! The one Rust test binary: each file is a feature, seen through the public API.

mod chantiers;
mod demo;
mod gate;
mod live;
mod live_durable;
mod live_log;
mod live_rights;
mod live_wire;
mod proposals;
mod rights;
mod store;
mod support;
mod tidy;
mod work;
