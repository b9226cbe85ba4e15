//! Versions, journal and keys for who may read them.

use std::collections::BTreeMap;

use super::super::journal::{Act, JournalRow};
use super::super::keys::PublicKey;
use super::super::opinions::Opinion;
use super::super::refs::PersonRef;
use super::super::{Store, args};
use super::VersionRow;
use crate::error::Result;
use crate::ids::{AccountId, ProposalId, VersionId};
use crate::rules::rights::{Facts, Permit, Refusal, act};

/// The versions of a proposal and who opened them.
#[derive(Clone, Debug)]
pub struct VersionList {
    /// The versions, the first first.
    pub versions: Vec<VersionRow>,
    /// Everybody who acted on the proposal.
    pub people: Vec<PersonRef>,
}

/// What is known of a content by its hash, and may be told to anybody.
#[derive(Clone, Debug)]
pub struct KnownSeal {
    /// When it was sealed, in milliseconds UTC.
    pub sealed_at_ms: i64,
    /// Why the version was made.
    pub reason: String,
    /// The round.
    pub round: i64,
    /// The key that signed.
    pub key_id: String,
}

/// All that a dossier is made from.
#[derive(Clone, Debug)]
pub struct DossierSource {
    /// The sealed versions, each with its signed file and its page.
    pub versions: Vec<(VersionRow, Vec<u8>, Vec<u8>)>,
    /// The proposal's number, if it has one.
    pub number: Option<String>,
    /// The proposal's title now.
    pub title: String,
    /// The journal.
    pub journal: Vec<JournalRow>,
    /// Who acted.
    pub people: Vec<PersonRef>,
    /// The opinions that were given.
    pub opinions: Vec<Opinion>,
    /// The names of the organisations, by id.
    pub organisations: BTreeMap<String, String>,
    /// Every key.
    pub keys: Vec<PublicKey>,
}

impl Store {
    /// The versions of a proposal, for who may read it.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn versions_for(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<VersionList> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.proposal_facts(account, proposal, &today).await?)?;
        Ok(VersionList {
            versions: tx.versions(proposal).await?,
            people: tx.journal_people(proposal, &today).await?,
        })
    }

    /// One version, for who may read its proposal, and everybody who acted on it.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read its proposal.
    pub async fn version_for(
        &self,
        account: &AccountId,
        version: &VersionId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<(VersionRow, Vec<PersonRef>)> {
        let today = self.today();
        let mut tx = self.read().await?;
        let row = tx.version(version).await?;
        rule(&tx.proposal_facts(account, &row.proposal_id, &today).await?)?;
        let people = tx.journal_people(&row.proposal_id, &today).await?;
        Ok((row, people))
    }

    /// The exact bytes of a sealed version's file (`json`, `html`), for who may read its proposal.
    ///
    /// # Errors
    /// `NotFound` when there is none, it is not sealed yet, or the account may not read its proposal.
    pub async fn version_file_for(
        &self,
        account: &AccountId,
        version: &VersionId,
        name: &str,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<(VersionRow, Vec<u8>)> {
        let today = self.today();
        let mut tx = self.read().await?;
        let row = tx.version(version).await?;
        rule(&tx.proposal_facts(account, &row.proposal_id, &today).await?)?;
        let body = tx.version_file(version, name).await?;
        Ok((row, body))
    }

    /// The journal of a proposal, for who may read it.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn journal_for(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<(Vec<Act>, Vec<JournalRow>)> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.proposal_facts(account, proposal, &today).await?)?;
        let acts = tx.acts(proposal, &today).await?;
        Ok((acts, tx.journal_rows(proposal).await?))
    }

    /// Everything a dossier is made from, as of one moment, for who may read the proposal.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn dossier_for(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<DossierSource> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.proposal_facts(account, proposal, &today).await?)?;
        let row = tx.proposal_row(proposal).await?;
        let mut versions = Vec::new();
        for version in tx.versions(proposal).await? {
            if version.sealed_at_ms.is_some() {
                let file = tx.version_file(&version.version_id, "json").await?;
                let page = tx.version_file(&version.version_id, "html").await?;
                versions.push((version, file, page));
            }
        }
        let mut opinions = tx.opinions(proposal).await?;
        opinions.retain(|opinion| opinion.given_at_ms.is_some());
        let organisations = tx.organisations().await?;
        Ok(DossierSource {
            opinions,
            organisations: organisations
                .into_iter()
                .map(|(id, organisation)| (id, organisation.name))
                .collect(),
            versions,
            number: row.number,
            title: row.title,
            journal: tx.journal_rows(proposal).await?,
            people: tx.journal_people(proposal, &today).await?,
            keys: tx.public_keys().await?,
        })
    }

    /// The seals of a content, by its SHA-256: for anybody.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn known_seals(&self, content_sha256: &str) -> Result<Vec<KnownSeal>> {
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select sealed_at_ms, reason, round, key_id from version
                 where content_sha256 = $1 and sealed_at_ms is not null order by sealed_at_ms",
                args![content_sha256],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(KnownSeal {
                    sealed_at_ms: row.int(0)?,
                    reason: row.text(1)?,
                    round: row.int(2)?,
                    key_id: row.text(3)?,
                })
            })
            .collect()
    }

    /// Every public key: for anybody.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn known_keys(&self) -> Result<Vec<PublicKey>> {
        self.read().await?.public_keys().await
    }
}
