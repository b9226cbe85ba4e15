//! Checked cells as the database keeps them, and what they name: organisations and territories.

use crate::error::{Error, Result};
use crate::rules::sheet::{Cell, Column};
use crate::store::{Tx, Value, args};

/// The values of the cells that are columns of the row itself, in their order.
pub(super) fn values(columns: &[Column], cells: &[Cell]) -> Vec<Value> {
    columns
        .iter()
        .zip(cells)
        .filter_map(|(column, cell)| match cell {
            Cell::Text(None) if column.is_number() => Some(Value::Int(None)),
            Cell::Text(text) => Some(Value::Text(text.clone())),
            Cell::Int(number) => Some(Value::Int(*number)),
            Cell::Texts(_) | Cell::Shares(_) => None,
        })
        .collect()
}

/// The cell of this name.
pub(super) fn cell<'a>(columns: &[Column], cells: &'a [Cell], name: &str) -> Option<&'a Cell> {
    let at = columns.iter().position(|column| column.name == name)?;
    cells.get(at)
}

/// The text of the cell of this name.
pub(super) fn text<'a>(columns: &[Column], cells: &'a [Cell], name: &str) -> Option<&'a str> {
    match cell(columns, cells, name) {
        Some(Cell::Text(text)) => text.as_deref(),
        Some(Cell::Int(_) | Cell::Texts(_) | Cell::Shares(_)) | None => None,
    }
}

/// The texts of the cell of this name.
pub(super) fn texts<'a>(columns: &[Column], cells: &'a [Cell], name: &str) -> &'a [String] {
    match cell(columns, cells, name) {
        Some(Cell::Texts(texts)) => texts,
        Some(Cell::Text(_) | Cell::Int(_) | Cell::Shares(_)) | None => &[],
    }
}

impl Tx {
    /// Refuses an organisation that is not in the directory.
    pub(super) async fn known_organisation(&mut self, field: &'static str, id: &str) -> Result<()> {
        let row = self
            .row(
                "select 1 from organisation where organisation_id = $1 and closed_at_ms is null",
                args![id],
            )
            .await?;
        row.map(|_| ()).ok_or(Error::Invalid {
            field,
            problem: "unknown",
        })
    }

    /// The territory of this code today: a merged commune or an arrondissement gives its successor.
    pub(super) async fn known_territory(
        &mut self,
        field: &'static str,
        code: &str,
    ) -> Result<String> {
        let row = self
            .row(
                "select coalesce(successor_code, territory_code) from territory
                 where territory_code = $1",
                args![code],
            )
            .await?;
        row.ok_or(Error::Invalid {
            field,
            problem: "unknown",
        })?
        .text(0)
    }
}
