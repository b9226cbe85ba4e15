//! An envelope's numbers as JSON, for its own page and the steering committee's table.

use serde::Serialize;
use utoipa::ToSchema;

use super::csv::amount;
use crate::rules::money::Counter;
use crate::store::envelopes::EnvelopeRow;

/// An envelope of one year; amounts in euro cents, what lies within it included.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EnvelopeNumbers {
    envelope_id: String,
    code: String,
    year: i64,
    label: String,
    /// The code of the envelope it lies within.
    parent: Option<String>,
    /// What it holds.
    amount_cents: i64,
    /// Asked for by what was deposited and not taken back.
    requested_cents: i64,
    /// The ceilings of what the steering committee retained.
    arbitrated_cents: i64,
    /// Of these, what the Region has not decided yet.
    awaiting_cents: i64,
    /// Decided by the Region.
    decided_cents: i64,
    /// Decided, and engaged.
    committed_cents: i64,
    /// What it holds less what is decided; negative where a validator overrode it.
    remaining_cents: i64,
}

impl From<EnvelopeRow> for EnvelopeNumbers {
    fn from(row: EnvelopeRow) -> Self {
        let of = |counter: Counter| {
            let mut at = Counter::ALL.iter().zip(&row.counted);
            at.find(|(one, _)| **one == counter)
                .map_or(0, |(_, cents)| *cents)
        };
        Self {
            requested_cents: of(Counter::Requested),
            arbitrated_cents: of(Counter::Arbitrated),
            awaiting_cents: of(Counter::Awaiting),
            decided_cents: of(Counter::Decided),
            committed_cents: of(Counter::Committed),
            remaining_cents: row.remaining_cents,
            envelope_id: row.envelope_id,
            code: row.envelope.code,
            year: row.envelope.year,
            label: row.label,
            parent: row.envelope.parent,
            amount_cents: row.envelope.cents,
        }
    }
}

impl EnvelopeNumbers {
    /// As a row of a table: year, code, label, within, and the amounts in euros.
    pub(super) fn cells(&self) -> Vec<String> {
        let mut cells = vec![
            self.year.to_string(),
            self.code.clone(),
            self.label.clone(),
            self.parent.clone().unwrap_or_default(),
        ];
        cells.extend(
            [
                self.amount_cents,
                self.requested_cents,
                self.arbitrated_cents,
                self.awaiting_cents,
                self.decided_cents,
                self.committed_cents,
                self.remaining_cents,
            ]
            .map(amount),
        );
        cells
    }
}
