//! What of a log does not match its checksum any more: found while reading, set aside, written
//! down once, told to whoever runs the server. Never silently skipped, never a reason to show an
//! empty text.

use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::store::{Row, Store, Tx, args};

/// What was damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DamageKind {
    /// A row of the log, or its place where it should stand.
    Row,
    /// A segment of older rows.
    Segment,
    /// A snapshot: the one before it, or the rows, serve instead.
    Snapshot,
}

/// Something stored that cannot be read any more; sorted by its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// The first place of the log that it held.
    pub from_seq: i64,
    /// The last one.
    pub to_seq: i64,
    /// What it was.
    pub kind: DamageKind,
}

impl DamageKind {
    const ALL: [Self; 3] = [Self::Row, Self::Segment, Self::Snapshot];

    /// The word in the database and in `/metrics`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Segment => "segment",
            Self::Snapshot => "snapshot",
        }
    }
}

impl Tx {
    /// What is known to be damaged in this document, in log order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn known_damage(&mut self, document: &DocumentId) -> Result<Vec<Damage>> {
        let rows = self
            .rows(
                "select kind, from_seq, to_seq from log_damage
                 where document_id = $1 order by from_seq, kind",
                args![document.as_str()],
            )
            .await?;
        rows.iter().map(damage_at).collect()
    }
}

impl Tx {
    /// Whether a part of the text of now is known to be missing: a row that no whole snapshot
    /// holds.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn text_is_damaged(&mut self, document: &DocumentId) -> Result<bool> {
        let row = self
            .row(
                "select d.kind from log_damage d where d.document_id = $1 and d.kind <> 'snapshot'
                 and d.to_seq > (select coalesce(max(s.seq), 0) from snapshot s
                     where s.document_id = $2 and not exists (select 1 from log_damage x
                         where x.document_id = s.document_id and x.kind = 'snapshot'
                         and x.from_seq = s.seq))",
                args![document.as_str(), document.as_str()],
            )
            .await?;
        Ok(row.is_some())
    }
}

fn damage_at(row: &Row) -> Result<Damage> {
    let key = row.text(0)?;
    let kind = DamageKind::ALL
        .into_iter()
        .find(|kind| kind.key() == key)
        .ok_or_else(|| Error::internal(format!("unknown kind of damage {key}")))?;
    Ok(Damage {
        kind,
        from_seq: row.int(1)?,
        to_seq: row.int(2)?,
    })
}

impl Store {
    /// Writes down what was found damaged, and raises the alarm for what is new. A database that
    /// takes no writes keeps nobody from reading: the alarm is raised all the same.
    pub(super) async fn set_aside(&self, document: &DocumentId, found: &[Damage]) {
        for damage in found {
            match self.note_damage(document, damage).await {
                Ok(false) => {}
                Ok(true) => alarm(document, damage),
                Err(error) => {
                    alarm(document, damage);
                    tracing::warn!(document.id = %document, cause = ?error,
                        "the damage could not be written down");
                }
            }
        }
    }

    /// Whether it was not known yet.
    async fn note_damage(&self, document: &DocumentId, damage: &Damage) -> Result<bool> {
        let known = self.read().await?.known_damage(document).await?;
        if known.contains(damage) {
            return Ok(false);
        }
        let mut tx = self.write().await?;
        let new = tx
            .run(
                "insert into log_damage (document_id, kind, from_seq, to_seq, found_at_ms)
                 values ($1, $2, $3, $4, $5) on conflict (document_id, kind, from_seq) do nothing",
                args![
                    document.as_str(),
                    damage.kind.key(),
                    damage.from_seq,
                    damage.to_seq,
                    self.clock.now().ms()
                ],
            )
            .await?;
        tx.commit().await?;
        Ok(new == 1)
    }

    /// What is known to be damaged in this document, in log order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn known_damage(&self, document: &DocumentId) -> Result<Vec<Damage>> {
        self.read().await?.known_damage(document).await
    }
}

fn alarm(document: &DocumentId, damage: &Damage) {
    tracing::error!(document.id = %document, damage.kind = damage.kind.key(),
        log.from_seq = damage.from_seq, log.to_seq = damage.to_seq,
        "stored bytes do not match their checksum: set aside");
    metrics::counter!("chantier_log_damaged_total", "kind" => damage.kind.key()).increment(1);
}

#[cfg(test)]
mod tests {
    use super::{Damage, DamageKind};

    #[test]
    fn the_first_damage_is_the_first_in_the_log() {
        let damage = |kind, from_seq| Damage {
            from_seq,
            to_seq: from_seq + 3,
            kind,
        };
        let mut damages = [damage(DamageKind::Row, 90), damage(DamageKind::Segment, 2)];
        damages.sort();
        assert_eq!(damages[0].from_seq, 2);
    }
}
