//! What the Region keeps beside the stage: its review of a file, its decisions and their conditions, the
//! agreements and the reports on an action (`domain.md` 1.5).

mod agreements;
pub mod decisions;
mod follow_ups;
mod review;
