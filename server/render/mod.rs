//! What is read: plain data in, HTML out. Safe by construction: every piece of text is escaped
//! here, and no markup of a source passes through. Never here: SQL, `http`.

pub mod content;
pub mod markdown;
pub mod masking;
pub mod section;
mod sheet_lines;
mod sheet_tables;
pub mod version_page;
pub mod words;
