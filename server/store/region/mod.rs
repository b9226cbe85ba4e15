//! What the Region keeps beside the stage: its review of a file, its decisions and their conditions, the
//! agreements and the reports on an action (`domain.md` 1.5).

mod agreements;
pub mod confirm;
pub mod decisions;
pub mod desk;
mod desk_rows;
pub mod file;
mod follow_ups;
pub mod list;
pub mod news;
pub mod prepare;
pub mod readings;
mod review;
pub mod review_page;
