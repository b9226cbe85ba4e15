//! The programme itself: its set-up from the shipped template, its name, logo and colours.

use serde_json::json;

use super::administration::Subject;
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, LinkId};
use crate::rules::rights::{Facts, Permit, Refusal, act};

/// What the sign-in page and every page's frame show.
#[derive(Clone, Debug)]
pub struct Face {
    /// The Region's name.
    pub region_name: String,
    /// The programme's code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Its introduction, in Markdown.
    pub intro: String,
    /// The main colour, `#rrggbb`.
    pub accent: Option<String>,
    /// The second colour.
    pub second: Option<String>,
    /// Whether there is a logo.
    pub has_logo: bool,
    /// Whether this is the demonstration.
    pub is_demo: bool,
    /// The optimistic counter.
    pub version: i64,
}

/// What an administrator changes; `None` leaves as it is, an inner `None` empties.
#[derive(Clone, Debug, Default)]
pub struct FaceChanges {
    /// The Region's name.
    pub region_name: Option<String>,
    /// The programme's title.
    pub title: Option<String>,
    /// Its introduction.
    pub intro: Option<String>,
    /// The main colour.
    pub accent: Option<Option<String>>,
    /// The second colour.
    pub second: Option<Option<String>>,
}

/// A logo.
#[derive(Clone, Debug)]
pub struct Logo {
    /// The picture.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media_type: String,
    /// The programme's version it was read at.
    pub version: i64,
}

/// The rule that a change of the programme needs.
pub trait ProgrammeRule:
    FnOnce(&Facts) -> Result<Permit<act::ManageProgramme>, Refusal> + Send
{
}

impl<T> ProgrammeRule for T where
    T: FnOnce(&Facts) -> Result<Permit<act::ManageProgramme>, Refusal> + Send
{
}

impl Store {
    /// What the programme looks like; `None` before the set-up.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn face(&self) -> Result<Option<Face>> {
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select region_name, code, title, intro, accent, second, logo_type, demo_loaded_at_ms, version
                 from programme",
                &[],
            )
            .await?;
        row.map(|row| {
            Ok(Face {
                region_name: row.text(0)?,
                code: row.text(1)?,
                title: row.text(2)?,
                intro: row.text(3)?,
                accent: row.opt_text(4)?,
                second: row.opt_text(5)?,
                has_logo: row.opt_text(6)?.is_some(),
                is_demo: row.opt_int(7)?.is_some(),
                version: row.int(8)?,
            })
        })
        .transpose()
    }

    /// Changes the programme's name, introduction and colours.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn change_face(
        &self,
        by: &AccountId,
        changes: FaceChanges,
        rule: impl ProgrammeRule,
    ) -> Result<()> {
        let mut tx = self.change_programme(by, rule).await?;
        let details = json!({
            "region_name": &changes.region_name, "title": &changes.title,
            "intro": changes.intro.is_some().then_some("changed"),
            "accent": &changes.accent, "second": &changes.second,
        });
        let now_ms = self.clock.now().ms();
        let subject = (Subject::Programme, "programme");
        tx.note_admin(by, "change_look", subject, &details, now_ms)
            .await?;
        if let Some(text) = changes.region_name {
            tx.run("update programme set region_name = $1", args![text])
                .await?;
        }
        if let Some(text) = changes.title {
            tx.run("update programme set title = $1", args![text])
                .await?;
        }
        if let Some(text) = changes.intro {
            tx.run("update programme set intro = $1", args![text])
                .await?;
        }
        if let Some(color) = changes.accent {
            tx.run("update programme set accent = $1", args![color])
                .await?;
        }
        if let Some(color) = changes.second {
            tx.run("update programme set second = $1", args![color])
                .await?;
        }
        tx.commit().await
    }

    /// Sets the logo, or removes it.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn set_logo(
        &self,
        by: &AccountId,
        logo: Option<(Vec<u8>, &'static str)>,
        rule: impl ProgrammeRule,
    ) -> Result<()> {
        let (bytes, media_type) = logo.unzip();
        let mut tx = self.change_programme(by, rule).await?;
        let details = json!({"media_type": media_type});
        let now_ms = self.clock.now().ms();
        let subject = (Subject::Programme, "programme");
        tx.note_admin(by, "set_logo", subject, &details, now_ms)
            .await?;
        tx.run(
            "update programme set logo = $1, logo_type = $2",
            args![bytes, media_type],
        )
        .await?;
        tx.commit().await
    }

    /// The logo.
    ///
    /// # Errors
    /// `NotFound` without one.
    pub async fn logo(&self) -> Result<Logo> {
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select logo, logo_type, version from programme
                 where logo is not null and logo_type is not null",
                &[],
            )
            .await?
            .ok_or(Error::NotFound)?;
        Ok(Logo {
            bytes: row.bytes(0)?,
            media_type: row.text(1)?,
            version: row.int(2)?,
        })
    }

    /// Takes the programme's row, asks the rule, counts the change.
    pub(super) async fn change_programme(
        &self,
        by: &AccountId,
        rule: impl ProgrammeRule,
    ) -> Result<Tx> {
        let today = self.today();
        let mut tx = self.write().await?;
        tx.run("update programme set version = version + 1", &[])
            .await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        Ok(tx)
    }

    /// Makes the set-up link of an empty workspace and cancels earlier ones;
    /// `false` when there is a programme already.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn new_setup_link(&self, secret_hash: &[u8]) -> Result<bool> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.write().await?;
        if tx.has_programme().await? {
            return Ok(false);
        }
        tx.run(
            "update link set cancelled_at_ms = $1
             where kind = 'setup' and used_at_ms is null and cancelled_at_ms is null",
            args![now_ms],
        )
        .await?;
        tx.run(
            "insert into link (link_id, kind, secret_hash, created_at_ms, expires_at_ms)
             values ($1, 'setup', $2, $3, $4)",
            args![
                LinkId::new().as_str(),
                secret_hash,
                now_ms,
                now_ms + super::links::INVITATION_MS
            ],
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }
}

impl Tx {
    /// Whether the workspace was set up.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn has_programme(&mut self) -> Result<bool> {
        Ok(self
            .row("select programme_id from programme", &[])
            .await?
            .is_some())
    }
}
