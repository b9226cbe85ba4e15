//! Work rows: what an act leaves to be done after its commit, so that a crash loses none of it.
//! One row a subject; a failure is tried again later and later, and never forgotten.

use super::{Store, Tx, args};
use crate::clock::Timestamp;
use crate::error::Result;

/// The pause after a first failure; it doubles with each.
const FIRST_PAUSE_MS: i64 = 1_000;

/// And is never longer.
const LONGEST_PAUSE_MS: i64 = 10 * 60 * 1_000;

/// What waits of one kind of work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// The subjects that are due, the longest waiting first.
    pub due: Vec<String>,
    /// When the next one is due, in milliseconds UTC.
    pub next_at_ms: Option<i64>,
}

impl Tx {
    /// Leaves work to be done; once a subject.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add_work(&mut self, kind: &str, subject: &str, now: Timestamp) -> Result<()> {
        self.run(
            "insert into work_item (work_item_id, kind, subject_id, created_at_ms, next_at_ms,
                                    attempts) values ($1, $2, $3, $4, $5, 0)
             on conflict do nothing",
            args![
                uuid::Uuid::now_v7().to_string(),
                kind,
                subject,
                now.ms(),
                now.ms()
            ],
        )
        .await
        .map(|_| ())
    }

    /// Says that work is done.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn work_done(&mut self, kind: &str, subject: &str, now: Timestamp) -> Result<()> {
        self.run(
            "update work_item set done_at_ms = $1, last_error = null
             where kind = $2 and subject_id = $3 and done_at_ms is null",
            args![now.ms(), kind, subject],
        )
        .await
        .map(|_| ())
    }
}

impl Store {
    /// What waits of this kind.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn waiting_work(&self, kind: &str) -> Result<Waiting> {
        let now = self.clock.now().ms();
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select subject_id, next_at_ms from work_item
                 where kind = $1 and done_at_ms is null order by next_at_ms, created_at_ms",
                args![kind],
            )
            .await?;
        let mut waiting = Waiting::default();
        for row in rows {
            let at = row.int(1)?;
            if at <= now {
                waiting.due.push(row.text(0)?);
            } else if waiting.next_at_ms.is_none() {
                waiting.next_at_ms = Some(at);
            }
        }
        Ok(waiting)
    }

    /// Notes that work failed; it is due again after a pause that grows.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn work_failed(&self, kind: &str, subject: &str, why: &str) -> Result<()> {
        let now = self.clock.now().ms();
        let mut tx = self.write().await?;
        let row = tx
            .row(
                "select attempts from work_item where kind = $1 and subject_id = $2",
                args![kind, subject],
            )
            .await?;
        let attempts = row.map_or(Ok(0), |row| row.int(0))? + 1;
        tx.run(
            "update work_item set attempts = $1, next_at_ms = $2, last_error = $3
             where kind = $4 and subject_id = $5 and done_at_ms is null",
            args![attempts, now + pause_ms(attempts), why, kind, subject],
        )
        .await?;
        tx.commit().await
    }
}

fn pause_ms(attempts: i64) -> i64 {
    let doublings = attempts.clamp(1, 20) - 1;
    (FIRST_PAUSE_MS << doublings).min(LONGEST_PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        assert_eq!([1, 2, 3].map(pause_ms), [1_000, 2_000, 4_000]);
        assert_eq!(pause_ms(i64::MAX), LONGEST_PAUSE_MS);
    }
}
