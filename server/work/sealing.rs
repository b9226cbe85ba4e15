//! Seals versions: the text exactly at its place of the log, the canonical content, its SHA-256, the
//! signature, the readable page. The work is a row written with the act, so that a crash before the
//! seal seals after the restart; a failure is tried again, later and later.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Work;
use super::past::PastText;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::VersionId;
use crate::proof::keys::SigningKey;
use crate::proof::verify::VERSION_FORMAT;
use crate::proof::{canonical, envelope, hex, sha256};
use crate::render::version_page::{self, About};
use crate::render::{content, words};
use crate::rules::day::Day;
use crate::store::versions::{SEAL, Seal, VersionRow};

/// The format of a version's content.
pub const CONTENT_FORMAT: &str = "chantier.content.1";

/// The pause when the database does not say what is due.
const AWAY: Duration = Duration::from_secs(5);

/// How often the day is looked at.
const HOUR: Duration = Duration::from_hours(1);

/// What a seal is made from.
struct Source {
    version: VersionRow,
    number: Option<String>,
    sheet: Value,
    opening_act: Option<(i64, Vec<u8>)>,
}

impl Work {
    /// Seals what is due, at start and whenever an act left more; ends with the process.
    pub(super) async fn keep_sealing(&self) {
        loop {
            let wait = match self.seal_due().await {
                Ok(None) => Duration::from_hours(24),
                Ok(Some(wait)) => wait,
                Err(error) => {
                    tracing::error!(cause = ?error, "cannot list the versions to seal");
                    AWAY
                }
            };
            tokio::select! {
                () = self.sealing.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Signs the ends of all journals once a day; ends with the process.
    pub(super) async fn keep_signing_heads(&self) {
        let mut hourly = tokio::time::interval(HOUR);
        loop {
            hourly.tick().await;
            if let Err(error) = self.store.sign_heads_of_today().await {
                tracing::error!(cause = ?error, "cannot sign the ends of the journals");
            }
        }
    }

    /// Seals everything that is due; how long until more is.
    async fn seal_due(&self) -> Result<Option<Duration>> {
        let waiting = self.store.waiting_work(SEAL).await?;
        for subject in &waiting.due {
            let version = VersionId::from(subject.as_str());
            if let Err(error) = self.seal(&version).await {
                tracing::error!(version.id = %version, cause = ?error, "sealing failed");
                metrics::counter!("chantier_seals_failed_total").increment(1);
                let why = error.to_string();
                self.store.work_failed(SEAL, subject, &why).await?;
            }
        }
        let waiting = self.store.waiting_work(SEAL).await?;
        let now = self.store.clock.now().ms();
        let next = if waiting.due.is_empty() {
            waiting.next_at_ms
        } else {
            Some(now)
        };
        let wait = |at: i64| Duration::from_millis(u64::try_from(at - now).unwrap_or(0));
        Ok(next.map(wait))
    }

    /// Seals one version; doing it twice changes nothing.
    ///
    /// # Errors
    /// `NotFound` without such a version; `Conflict` `document_damaged` when a part of its text
    /// cannot be read back; those of the database.
    pub async fn seal(&self, version: &VersionId) -> Result<()> {
        let started = tokio::time::Instant::now();
        let source = self.source(version).await?;
        let row = source.version.clone();
        if row.sealed_at_ms.is_some() {
            return Ok(());
        }
        let text = self.text_at(&row.document_id, row.document_seq).await?;
        if text.is_damaged {
            return Err(Error::Conflict("document_damaged"));
        }
        let key = self.store.signing_key().await?;
        let now = self.store.clock.now();
        let seal = self
            .blocking(move || made(&source, &text, &key, now))
            .await?;
        self.store.seal_version(&row, &seal).await?;
        metrics::counter!("chantier_seals_total").increment(1);
        metrics::histogram!("chantier_seal_seconds").record(started.elapsed().as_secs_f64());
        Ok(())
    }

    async fn source(&self, version: &VersionId) -> Result<Source> {
        let mut tx = self.store.read().await?;
        let row = tx.version(version).await?;
        let sheet = tx.version_sheet(version).await?;
        Ok(Source {
            number: tx.proposal_number(&row.proposal_id).await?,
            sheet: serde_json::from_str(&sheet).map_err(Error::internal)?,
            opening_act: tx.opening_act(&row).await?,
            version: row,
        })
    }
}

/// The canonical content of a version. Nothing in it tells how it came about.
#[must_use]
pub fn content_of(title: &str, summary: &str, text: &PastText, sheet: &Value) -> String {
    canonical::json(&json!({
        "format": CONTENT_FORMAT,
        "title": title,
        "summary": summary,
        "sections": content::sections(&text.sections),
        "sheet": sheet,
    }))
}

/// Makes the seal. Blocking.
fn made(source: &Source, text: &Arc<PastText>, key: &SigningKey, now: Timestamp) -> Seal {
    let version = &source.version;
    let content = content_of(&version.title, &version.summary, text, &source.sheet);
    let content_sha256 = hex(&sha256(content.as_bytes()));
    let key_id = key.id();
    let about = About {
        number: source.number.as_deref(),
        title: &version.title,
        summary: &version.summary,
        rank: version.rank,
        reason: &version.reason,
        round: version.round,
        opened: moment(version.opened_at_ms),
        sealed: moment(now.ms()),
        sha256: &content_sha256,
        key_id: &key_id,
        version_id: version.version_id.as_str(),
    };
    let page = version_page::html(&about, &text.sections, &source.sheet).into_bytes();
    let statement = statement(source, &page, now);
    Seal {
        file: envelope::seal(VERSION_FORMAT, &content, statement, key),
        page,
        content_sha256,
        key_id,
        at: now,
    }
}

/// What the signature covers beside the content's length and hash.
fn statement(source: &Source, page: &[u8], now: Timestamp) -> Map<String, Value> {
    let version = &source.version;
    let act = source.opening_act.as_ref();
    let fields = [
        ("version_id", json!(version.version_id.as_str())),
        ("proposal_id", json!(version.proposal_id.as_str())),
        ("proposal_number", json!(source.number)),
        ("rank", json!(version.rank)),
        ("reason", json!(version.reason)),
        ("round", json!(version.round)),
        ("document_id", json!(version.document_id.as_str())),
        ("document_lineage", json!(version.lineage)),
        ("document_seq", json!(version.document_seq)),
        ("opened_at_ms", json!(version.opened_at_ms)),
        ("sealed_at_ms", json!(now.ms())),
        ("journal_rank", json!(act.map(|(rank, _)| rank))),
        ("journal_hash", json!(act.map(|(_, hash)| hex(hash)))),
        ("page_sha256", json!(hex(&sha256(page)))),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// An instant in words, as clocks in Paris show it.
fn moment(at_ms: i64) -> String {
    let day = Day::in_paris(at_ms);
    let since = (at_ms - day.at_ms(0)).max(0) / 60_000;
    // Twice a year the day is an hour shorter or longer before this minute.
    let minutes = since + (at_ms - day.at_ms(since * 60_000)).div_euclid(60_000);
    let (hour, minute) = (minutes / 60, minutes % 60);
    format!(
        "{} \u{e0} {hour}\u{a0}h\u{a0}{minute:02} (heure de Paris)",
        words::day(day.as_str())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_what_clocks_in_paris_show() {
        for (at_ms, shown) in [
            (
                1_793_491_200_000,
                "1er\u{a0}novembre 2026 \u{e0} 1\u{a0}h\u{a0}00",
            ),
            (
                1_774_746_000_000,
                "29\u{a0}mars 2026 \u{e0} 3\u{a0}h\u{a0}00",
            ),
            (
                1_774_742_400_000,
                "29\u{a0}mars 2026 \u{e0} 1\u{a0}h\u{a0}00",
            ),
        ] {
            assert_eq!(moment(at_ms), format!("{shown} (heure de Paris)"));
        }
    }
}
