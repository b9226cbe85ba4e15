//! What the Region keeps beside the stage: its review of a file, its decisions and their conditions, the
//! agreements and the reports on an action (`domain.md` 1.5).

pub mod action_page;
pub mod addenda;
pub mod agreement_records;
mod agreements;
pub mod confirm;
pub mod decisions;
pub mod desk;
mod desk_rows;
pub mod file;
mod follow_ups;
mod following;
pub mod job_counts;
pub mod list;
pub mod news;
pub mod prepare;
pub mod public;
pub mod public_lists;
pub mod readings;
pub mod report_writing;
pub mod reports;
mod review;
pub mod review_page;
