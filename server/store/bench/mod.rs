//! Documents for measuring: open, empty proposals that accounts of their own may write.
//! Their documents are of kind `bench`, whose sockets have no pace to keep, unless people's pace is
//! what is measured; only the program's own command makes them.

mod board;
mod region;

use super::people::NewPerson;
use super::secrets::{new_secret, secret_hash};
use super::setup::NewProgramme;
use super::{Store, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AccountId, BodyId, DocumentId, OrganisationId, PersonId, ProposalId, TokenId};
use crate::rules::day::Day;
use crate::rules::role::Role;
use crate::rules::stage::Stage;

/// The kind of the documents made here.
pub const KIND: &str = "bench";

/// The most documents of one call.
pub const DOCUMENTS_MAX: usize = 10_000;

/// The address of the account they belong to; nobody can sign in with it.
const EMAIL: &str = "bench@chantier.invalid";

/// The address of the other account that may write them.
const SECOND_EMAIL: &str = "bench-second@chantier.invalid";

/// Which pace the sockets of the documents keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// None: the server's own is measured.
    Free,
    /// That of everybody's documents.
    Kept,
}

impl Pace {
    const fn kind(self) -> &'static str {
        match self {
            Self::Free => KIND,
            Self::Kept => "sheet",
        }
    }
}

/// What was made.
#[derive(Clone, Debug)]
pub struct BenchDocuments {
    /// The documents.
    pub documents: Vec<DocumentId>,
    /// Their proposals, in the same order.
    pub proposals: Vec<ProposalId>,
    /// The chantier they are in.
    pub chantier: String,
    /// A bearer token of the account that owns them.
    pub token: String,
    /// A bearer token of another account that may write them.
    pub second_token: String,
}

/// An account that may write the documents.
struct Bencher {
    account: AccountId,
    person: PersonId,
    organisation: OrganisationId,
}

impl Store {
    /// Makes `count` empty documents in one transaction, and new tokens for them; a programme
    /// first, when there is none. Tokens of an earlier call end.
    ///
    /// # Errors
    /// `Internal` when no chantier has a commission to write in.
    pub async fn bench_documents(&self, count: usize, pace: Pace) -> Result<BenchDocuments> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        if !tx.has_programme().await? {
            let programme = NewProgramme {
                code: "BENCH".to_owned(),
                title: "Bench".to_owned(),
                region_name: "Bench".to_owned(),
                starts_on: today.as_str().to_owned(),
                ends_on: today.as_str().to_owned(),
                annual_budget_cents: 0,
                annual_jobs_target: 0,
            };
            tx.add_whole_programme(&programme, &today, now.ms()).await?;
        }
        let (body, chantier) = tx.bench_body().await?;
        let owner = tx.bencher(EMAIL, None, &body, &today, now).await?;
        let organisation = Some(&owner.organisation);
        let second = tx
            .bencher(SECOND_EMAIL, organisation, &body, &today, now)
            .await?;
        let mut documents = Vec::with_capacity(count);
        let mut proposals = Vec::with_capacity(count);
        for number in 1..=count {
            let (proposal, document) = tx
                .add_bench_document((number, pace), &owner, &chantier, now)
                .await?;
            for (bencher, tie) in [(&owner, Role::Owner), (&second, Role::Contributor)] {
                tx.tie_bencher(&proposal, &bencher.person, tie, now).await?;
            }
            documents.push(document);
            proposals.push(proposal);
        }
        let (token, second_token) = (new_secret()?, new_secret()?);
        for (bencher, token) in [(&owner, &token), (&second, &second_token)] {
            tx.renew_bench_token(&bencher.account, &secret_hash(token), now)
                .await?;
        }
        tx.commit().await?;
        Ok(BenchDocuments {
            documents,
            proposals,
            chantier,
            token,
            second_token,
        })
    }
}

impl Tx {
    /// A commission, and its chantier.
    async fn bench_body(&mut self) -> Result<(BodyId, String)> {
        let sql = "select body_id, chantier_id from body
                   where kind = 'commission' and chantier_id is not null order by body_id";
        let body = self
            .row(sql, &[])
            .await?
            .ok_or_else(|| Error::internal("no chantier of the programme has a commission"))?;
        Ok((BodyId::from(body.text(0)?), body.text(1)?))
    }

    /// The account of this address, made at the first call; of an organisation of its own
    /// unless one is given.
    async fn bencher(
        &mut self,
        email: &str,
        organisation: Option<&OrganisationId>,
        body: &BodyId,
        today: &Day,
        now: Timestamp,
    ) -> Result<Bencher> {
        let known = self
            .row(
                "select a.account_id, a.person_id, f.organisation_id
                 from account a join affiliation f on f.person_id = a.person_id
                 where a.email = $1",
                args![email],
            )
            .await?;
        if let Some(row) = known {
            return Ok(Bencher {
                account: row.text(0)?.into(),
                person: row.text(1)?.into(),
                organisation: row.text(2)?.into(),
            });
        }
        let organisation = match organisation {
            Some(organisation) => organisation.clone(),
            None => self.add_region("Bench", now.ms()).await?,
        };
        let new = NewPerson {
            given_name: "Bench".to_owned(),
            usual_name: "Bench".to_owned(),
            email: email.to_owned(),
            job_title: String::new(),
            is_elected: false,
        };
        let (person, account) = self
            .add_person(&new, &organisation, today, now.ms())
            .await?;
        self.seat_bencher(&person, Role::Member, body, today)
            .await?;
        Ok(Bencher {
            account,
            person,
            organisation,
        })
    }

    async fn add_bench_document(
        &mut self,
        (number, pace): (usize, Pace),
        bencher: &Bencher,
        chantier: &str,
        now: Timestamp,
    ) -> Result<(ProposalId, DocumentId)> {
        let (proposal, document) = (ProposalId::new(), DocumentId::new());
        super::log::create_document(self, &document, pace.kind(), now).await?;
        self.run(
            "insert into proposal (proposal_id, title, summary, stage, round, chantier_id,
                                   porteur_id, document_id, created_by, created_at_ms,
                                   stage_since_ms, updated_at_ms, version)
             values ($1, $2, '', $3, 1, $4, $5, $6, $7, $8, $9, $10, 1)",
            args![
                proposal.as_str(),
                format!("Bench {number}"),
                Stage::Drafting.key(),
                chantier,
                bencher.organisation.as_str(),
                document.as_str(),
                bencher.person.as_str(),
                now.ms(),
                now.ms(),
                now.ms()
            ],
        )
        .await?;
        Ok((proposal, document))
    }

    async fn tie_bencher(
        &mut self,
        proposal: &ProposalId,
        person: &PersonId,
        tie: Role,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "insert into proposal_person (proposal_id, person_id, tie, added_by, added_at_ms)
             values ($1, $2, $3, $4, $5)",
            args![
                proposal.as_str(),
                person.as_str(),
                tie.key(),
                person.as_str(),
                now.ms()
            ],
        )
        .await?;
        Ok(())
    }

    async fn renew_bench_token(
        &mut self,
        account: &AccountId,
        secret_hash: &[u8],
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "update token set revoked_at_ms = $1 where account_id = $2 and revoked_at_ms is null",
            args![now.ms(), account.as_str()],
        )
        .await?;
        self.run(
            "insert into token (token_id, account_id, secret_hash, label, created_at_ms)
             values ($1, $2, $3, 'bench', $4)",
            args![
                TokenId::new().as_str(),
                account.as_str(),
                secret_hash,
                now.ms()
            ],
        )
        .await?;
        Ok(())
    }
}
