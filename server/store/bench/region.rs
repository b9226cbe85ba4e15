//! The proposals of [`Store::bench_documents`] made a Region's desk: files that await it, a committee's table,
//! and decided actions whose amounts the envelopes add up.

use super::{BenchDocuments, EMAIL, SECOND_EMAIL};
use crate::error::{Error, Result};
use crate::ids::{BodyId, PersonId};
use crate::rules::role::Role;
use crate::rules::stage::Stage;
use crate::store::{Store, Tx, args};

/// The stages of what does not lie at the Region, in turn.
const STAGES: [Stage; 8] = [
    Stage::Submitted,
    Stage::InCommission,
    Stage::OpinionGiven,
    Stage::AtCopil,
    Stage::Approved,
    Stage::Committed,
    Stage::InProgress,
    Stage::Rejected,
];

const DAY_MS: i64 = 86_400_000;
/// The years of the envelopes.
const YEARS: std::ops::RangeInclusive<i64> = 2026..=2029;
const DIRECTION: &str = "bench-direction";

impl Store {
    /// Lets `files` of these proposals lie at the Region, retained by the committee, and spreads the others over
    /// the stages with money in the envelopes; the second account is the committee's secretary and instructs.
    ///
    /// # Errors
    /// Those of the database; `NotFound` when they are not there.
    pub async fn bench_region(&self, made: &BenchDocuments, files: usize) -> Result<()> {
        let (today, now_ms) = (self.today(), self.clock.now().ms());
        let mut tx = self.write().await?;
        let (owner, second) = (
            tx.bencher_of(EMAIL).await?,
            tx.bencher_of(SECOND_EMAIL).await?,
        );
        for (person, role, kind) in [
            (&second, Role::CopilSecretary, "copil"),
            (&second, Role::RegionInstructor, "region"),
        ] {
            let body = tx.body_of_kind(kind).await?;
            tx.seat_bencher(person, role, &body, &today).await?;
        }
        tx.bench_money().await?;
        let copil = tx.body_of_kind("copil").await?;
        for (at, proposal) in made.proposals.iter().enumerate() {
            let place = i64::try_from(at).unwrap_or_default();
            let stage = if at < files {
                Stage::AtRegion
            } else {
                STAGES[at % STAGES.len()]
            };
            let case = Case {
                id: proposal.as_str(),
                place,
                stage,
                now_ms,
                by: owner.as_str(),
            };
            tx.bench_case(&case).await?;
            let is_advised = stage == Stage::AtRegion || stage.is_decided();
            if is_advised {
                tx.bench_advised(&case, &copil).await?;
            }
            if stage.is_decided() {
                tx.bench_decided(&case).await?;
            }
        }
        tx.commit().await
    }
}

/// One proposal of them.
struct Case<'a> {
    id: &'a str,
    place: i64,
    stage: Stage,
    now_ms: i64,
    by: &'a str,
}

impl Case<'_> {
    fn year(&self) -> i64 {
        YEARS.start() + self.place % 4
    }

    fn cents(&self) -> i64 {
        100_000 + self.place
    }

    fn own(&self, what: &str) -> String {
        format!("bench-{what}-{}", self.id)
    }
}

impl Tx {
    async fn bencher_of(&mut self, email: &str) -> Result<PersonId> {
        let row = self
            .row(
                "select person_id from account where email = $1",
                args![email],
            )
            .await?;
        Ok(row.ok_or(Error::NotFound)?.text(0)?.into())
    }

    async fn body_of_kind(&mut self, kind: &str) -> Result<BodyId> {
        let row = self
            .row("select body_id from body where kind = $1", args![kind])
            .await?;
        Ok(row.ok_or(Error::NotFound)?.text(0)?.into())
    }

    /// A direction, and envelopes of every year.
    async fn bench_money(&mut self) -> Result<()> {
        self.run(
            "insert into region_unit (region_unit_id, kind, title) values ($1, 'direction', 'Bench')
             on conflict (region_unit_id) do nothing",
            args![DIRECTION],
        )
        .await?;
        for year in YEARS {
            for (code, cents, parent) in [
                ("CREER", 1_000_000_000_000_i64, None),
                ("FEE", 50_000_000_000, Some(format!("CREER-{year}"))),
            ] {
                self.run(
                    "insert into envelope (envelope_id, year, code, label, amount_cents, parent_id,
                     requested_cents, arbitrated_cents, decided_cents, committed_cents)
                     values ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0)
                     on conflict (envelope_id) do nothing",
                    args![format!("{code}-{year}"), year, code, code, cents, parent],
                )
                .await?;
            }
        }
        Ok(())
    }

    async fn bench_case(&mut self, case: &Case<'_>) -> Result<()> {
        self.run(
            "update proposal set stage = $1, stage_since_ms = $2, title = $3, number = $4, lead_unit_id = $5
             where proposal_id = $6",
            args![
                case.stage.key(),
                case.now_ms - case.place % 60 * DAY_MS,
                format!("Un dossier parmi beaucoup, le {}", case.place + 1),
                format!("BENCH-2026-CH1-{:05}", case.place + 1),
                DIRECTION,
                case.id
            ],
        )
        .await?;
        self.run(
            "insert into envelope_request (envelope_request_id, proposal_id, code, year, amount_cents, version)
             values ($1, $2, $3, $4, $5, 1)",
            args![
                case.own("request"),
                case.id,
                if case.place % 10 == 0 { "FEE" } else { "CREER" },
                case.year(),
                case.cents()
            ],
        )
        .await
        .map(drop)
    }

    /// Retained by the committee; at the Region, its review is open.
    async fn bench_advised(&mut self, case: &Case<'_>, copil: &BodyId) -> Result<()> {
        let (arbitration, day) = (case.own("arbitration"), "2026-06-15");
        self.run(
            "insert into arbitration (arbitration_id, proposal_id, body_id, round, value, rank, motive,
                                      arbitrated_on, recorded_by, recorded_at_ms)
             values ($1, $2, $3, 1, 'retained', 1, 'Utile', $4, $5, $6)",
            args![&arbitration, case.id, copil.as_str(), day, case.by, case.now_ms - DAY_MS],
        )
        .await?;
        self.run(
            "insert into arbitration_ceiling (arbitration_id, code, year, amount_cents)
             values ($1, 'CREER', $2, $3)",
            args![&arbitration, case.year(), case.cents()],
        )
        .await?;
        if case.stage != Stage::AtRegion {
            return Ok(());
        }
        self.run(
            "insert into regional_review (review_id, proposal_id, round, received_at_ms, session_on,
                                          session_organ, version)
             values ($1, $2, 1, $3, '2026-12-11', 'permanent_commission', 1)",
            args![case.own("review"), case.id, case.now_ms - DAY_MS],
        )
        .await
        .map(drop)
    }

    /// Decided by the Region.
    async fn bench_decided(&mut self, case: &Case<'_>) -> Result<()> {
        let decision = case.own("decision");
        let value = if case.stage == Stage::Rejected {
            "rejected"
        } else {
            "approved"
        };
        self.run(
            "insert into decision (decision_id, proposal_id, kind, round, value, organ, deliberation_ref, title,
                                   decided_on, prepared_by, prepared_at_ms, version)
             values ($1, $2, 'initial', 1, $3, 'permanent_commission', $4, 'Bench', '2026-07-01', $5, $6, 1)",
            args![
                &decision,
                case.id,
                value,
                format!("26-{:05}", case.place),
                case.by,
                case.now_ms - DAY_MS
            ],
        )
        .await?;
        if value == "approved" {
            self.run(
                "insert into decision_amount (decision_id, code, year, amount_cents)
                 values ($1, 'CREER', $2, $3)",
                args![&decision, case.year(), case.cents()],
            )
            .await?;
        }
        self.run(
            "update decision set confirmed_by = $1, confirmed_at_ms = $2, published_at_ms = $3
             where decision_id = $4",
            args![case.by, case.now_ms, case.now_ms, &decision],
        )
        .await
        .map(drop)
    }
}
