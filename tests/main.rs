//! The one Rust test binary: each file is a feature, seen through the public API.

mod live_log;
mod rights;
mod support;
mod tidy;
