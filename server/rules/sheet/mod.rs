//! The structured sections of a fiche-action (`domain.md` 1.4 and 3): which fields a row has and what they
//! may hold (`columns`, `rows`), the parts that hold one value (`parts`), who may name the porteur
//! (`porteur`), and what is still missing before the deposit (`lacks`). Pure: values in, values out.

pub mod columns;
pub mod lacks;
pub mod parts;
pub mod porteur;
pub mod rows;

pub use columns::{Cell, Column, Kind, Raw, Wrong};
pub use lacks::{
    Experiment, Given, Lack, Money, SectionText, SheetFacts, is_balanced, is_required, lacks,
};
pub use parts::Part;
pub use rows::Section;

/// How many rows a section may have.
pub const ROWS_MAX: usize = 200;

#[cfg(test)]
mod tests;
