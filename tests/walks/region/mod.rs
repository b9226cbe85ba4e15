//! The second half of a walk: the steering committee, the Region's desk, its decisions, the action.

mod acts;
mod bodies;
mod checks;
mod choice;
mod given;
mod model;
mod state;

pub(super) use acts::RegionAct;
pub(super) use checks::{changed, look, told};
pub(super) use choice::{aside, enable, envelope, good, spoiled};
pub(super) use given::{asked_whole, given};
pub(super) use state::{Region, has_begun};
