//! What the committee and the Region have of a proposal, as the database has it: rows read beside the API,
//! and what the walk itself adds up from them.

use chantier::ids::ProposalId;
use chantier::rules::agreements::AgreementKind;
use chantier::rules::arbitrations::Advice;
use chantier::rules::day::Day;
use chantier::rules::decisions::{DecisionValue, Kind};
use chantier::rules::money::{Amount, Envelope};
use chantier::store::Tx;

use super::super::state::{int, maybe, number, rows, text};

/// What the steering committee advised.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arbitration {
    pub(crate) advice: Advice,
    pub(crate) round: i64,
    pub(crate) rank: Option<i64>,
    pub(crate) has_motive: bool,
    pub(crate) ceilings: Vec<Amount>,
}

/// The review that is open.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Review {
    pub(crate) version: i64,
    pub(crate) is_complete: bool,
    /// Point, state.
    pub(crate) checks: Vec<(String, String)>,
    /// The directions asked to read it.
    pub(crate) asked: Vec<String>,
}

/// A condition of a decision.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) id: String,
    pub(crate) due_on: Day,
    pub(crate) is_blocking: bool,
    pub(crate) is_lifted: bool,
    pub(crate) version: i64,
}

/// A decision, prepared, given up or confirmed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decision {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) value: DecisionValue,
    pub(crate) rectifies: Option<String>,
    pub(crate) number: String,
    pub(crate) title: String,
    pub(crate) decided_on: Day,
    pub(crate) due_on: Option<Day>,
    pub(crate) points: i64,
    pub(crate) has_motive: bool,
    pub(crate) has_override: bool,
    pub(crate) departs: bool,
    pub(crate) prepared_by: String,
    pub(crate) confirmed_by: Option<String>,
    pub(crate) is_abandoned: bool,
    pub(crate) version: i64,
    pub(crate) amounts: Vec<Amount>,
    pub(crate) conditions: Vec<Condition>,
    /// Every column, every amount, every condition but whether it is lifted: what never changes.
    pub(crate) whole: String,
}

/// What is recorded of an agreement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Agreement {
    pub(crate) kind: AgreementKind,
    pub(crate) number: Option<String>,
    pub(crate) signed_on: Option<Day>,
    /// Who gets it.
    pub(crate) paid: Vec<String>,
}

/// A report.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Report {
    pub(crate) period: String,
    pub(crate) due_on: Day,
    pub(crate) progress: Option<i64>,
    pub(crate) spent_cents: Option<i64>,
    pub(crate) posts: i64,
    pub(crate) is_given: bool,
    pub(crate) version: i64,
}

/// Everything of a proposal that has come so far; empty before that.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Region {
    pub(crate) lead_unit: Option<String>,
    pub(crate) action_number: Option<String>,
    pub(crate) requested: Vec<Amount>,
    /// The newest first.
    pub(crate) arbitrations: Vec<Arbitration>,
    pub(crate) evocations: i64,
    pub(crate) review: Option<Review>,
    /// How many reviews are open: one at most.
    pub(crate) open_reviews: i64,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) agreements: Vec<Agreement>,
    /// Id, state.
    pub(crate) addenda: Vec<(String, String)>,
    pub(crate) reports: Vec<Report>,
    pub(crate) open_suspensions: i64,
    pub(crate) indicators: Vec<String>,
    pub(crate) lines: Vec<String>,
    /// Jobs decided and not cancelled, and jobs realised.
    pub(crate) jobs: (i64, i64),
    /// The day of the last opinion given.
    pub(crate) opinion_on: Option<Day>,
    /// The programme's envelopes, and what other proposals took of them.
    pub(crate) envelopes: Vec<Envelope>,
    pub(crate) taken_beside: Vec<Amount>,
}

fn day(text: &str) -> Day {
    Day::from_iso(text).expect("a day")
}

impl Region {
    /// Reads it whole.
    pub(crate) async fn read(tx: &mut Tx, id: &str) -> Self {
        let sql = "select p.lead_unit_id, p.action_number,
                (select max(heard_on) from opinion o where o.proposal_id = p.proposal_id
                 and o.given_at_ms is not null)
             from proposal p where p.proposal_id = $1";
        let own = rows(tx, sql, &[id.into()]).await.remove(0);
        let count =
            "select count(*) from regional_review where proposal_id = $1 and closed_at_ms is null";
        let suspended =
            "select count(*) from suspension where proposal_id = $1 and resumed_at_ms is null";
        Self {
            lead_unit: maybe(&own, 0),
            action_number: maybe(&own, 1),
            opinion_on: maybe(&own, 2).map(|text| day(&text)),
            requested: amounts(tx, "select code, year, amount_cents from envelope_request where proposal_id = $1", id).await,
            arbitrations: arbitrations(tx, id).await,
            evocations: number(tx, "select count(*) from evocation where proposal_id = $1", id).await,
            review: review(tx, id).await,
            open_reviews: number(tx, count, id).await,
            decisions: decisions(tx, id).await,
            agreements: agreements(tx, id).await,
            addenda: pairs(tx, "select addendum_id, state from addendum where proposal_id = $1 order by asked_at_ms, addendum_id", id).await,
            reports: reports(tx, id).await,
            open_suspensions: number(tx, suspended, id).await,
            indicators: texts(tx, "select indicator_id from indicator where proposal_id = $1 order by indicator_id", id).await,
            lines: texts(tx, "select job_line_id from job_line where proposal_id = $1", id).await,
            jobs: (
                number(tx, "select count(*) from job_count where proposal_id = $1 and stage = 'decided' and cancelled_at_ms is null", id).await,
                number(tx, "select count(*) from job_count where proposal_id = $1 and stage = 'realised'", id).await,
            ),
            envelopes: envelopes(tx).await,
            taken_beside: taken_beside(tx, id).await,
        }
    }

    /// The preparation that is open.
    pub(crate) fn open(&self) -> Option<&Decision> {
        let mut all = self.decisions.iter();
        all.find(|one| one.confirmed_by.is_none() && !one.is_abandoned)
    }

    /// What is confirmed.
    pub(crate) fn confirmed(&self) -> impl Iterator<Item = &Decision> {
        self.decisions
            .iter()
            .filter(|one| one.confirmed_by.is_some())
    }

    /// What is confirmed and nothing corrects.
    pub(crate) fn in_force(&self) -> impl Iterator<Item = &Decision> {
        let corrected: Vec<&str> = self
            .confirmed()
            .filter_map(|one| one.rectifies.as_deref())
            .collect();
        self.confirmed()
            .filter(move |one| !corrected.contains(&one.id.as_str()))
    }

    /// The conditions of what is in force that are not lifted.
    pub(crate) fn open_conditions(&self) -> impl Iterator<Item = &Condition> {
        let all = self.in_force().flat_map(|one| &one.conditions);
        all.filter(|one| !one.is_lifted)
    }

    /// What the Region gives altogether, in euro cents.
    pub(crate) fn decided_cents(&self) -> i64 {
        let all = self.in_force().flat_map(|one| &one.amounts);
        all.map(|one| one.cents).sum()
    }

    /// Whether an agreement of this kind is recorded.
    pub(crate) fn has(&self, kind: AgreementKind) -> bool {
        self.agreements.iter().any(|one| one.kind == kind)
    }

    /// The day the action began.
    pub(crate) fn began_on(&self) -> Option<&Day> {
        let start = self.reports.iter().find(|one| one.period == "start")?;
        Some(&start.due_on)
    }
}

async fn pairs(tx: &mut Tx, sql: &'static str, id: &str) -> Vec<(String, String)> {
    let found = rows(tx, sql, &[id.into()]).await;
    let pair = |row| (text(row, 0), text(row, 1));
    found.iter().map(pair).collect()
}

async fn texts(tx: &mut Tx, sql: &'static str, id: &str) -> Vec<String> {
    let found = rows(tx, sql, &[id.into()]).await;
    found.iter().map(|row| text(row, 0)).collect()
}

async fn amounts(tx: &mut Tx, sql: &'static str, of: &str) -> Vec<Amount> {
    let found = rows(tx, sql, &[of.into()]).await;
    let amount = |row| Amount {
        code: text(row, 0),
        year: int(row, 1),
        cents: int(row, 2),
    };
    found.iter().map(amount).collect()
}

async fn arbitrations(tx: &mut Tx, id: &str) -> Vec<Arbitration> {
    let sql = "select arbitration_id, value, round, rank, motive from arbitration
               where proposal_id = $1 order by recorded_at_ms desc, arbitration_id desc";
    let mut all = Vec::new();
    for row in rows(tx, sql, &[id.into()]).await {
        let ceilings = "select code, year, amount_cents from arbitration_ceiling
                        where arbitration_id = $1 order by code, year";
        all.push(Arbitration {
            advice: Advice::from_key(&text(&row, 1)).expect("an advice"),
            round: int(&row, 2),
            rank: row.opt_int(3).expect("a rank"),
            has_motive: maybe(&row, 4).is_some(),
            ceilings: amounts(tx, ceilings, &text(&row, 0)).await,
        });
    }
    all
}

async fn review(tx: &mut Tx, id: &str) -> Option<Review> {
    let sql = "select review_id, version, completed_at_ms from regional_review
               where proposal_id = $1 and closed_at_ms is null";
    let row = rows(tx, sql, &[id.into()]).await.pop()?;
    let review = text(&row, 0);
    Some(Review {
        version: int(&row, 1),
        is_complete: row.opt_int(2).expect("a time").is_some(),
        checks: pairs(
            tx,
            "select item, state from review_check where review_id = $1 order by item",
            &review,
        )
        .await,
        asked: texts(
            tx,
            "select region_unit_id from cross_reading where review_id = $1",
            &review,
        )
        .await,
    })
}

async fn decisions(tx: &mut Tx, id: &str) -> Vec<Decision> {
    let sql = "select decision_id, kind, value, rectifies_id, deliberation_ref, decided_on, due_on, points,
                      motive, override_motive, prepared_by, confirmed_by, version, departs, organ, title,
                      transmitted_on, enforceable_on, reason_code, round, prepared_at_ms, confirmed_at_ms,
                      published_at_ms, version_id, abandoned_at_ms
               from decision where proposal_id = $1 order by decision_id";
    let mut all = Vec::new();
    for row in rows(tx, sql, &[id.into()]).await {
        let id = text(&row, 0);
        let amounts = amounts(tx, "select code, year, amount_cents from decision_amount where decision_id = $1 order by code, year", &id).await;
        let conditions = conditions(tx, &id).await;
        let points: Vec<String> = serde_json::from_str(&text(&row, 7)).expect("points");
        let said: Vec<Option<String>> = [3, 6, 8, 9, 11, 16, 17, 18, 23]
            .map(|at| maybe(&row, at))
            .into();
        let counted: Vec<Option<i64>> = [12, 13, 19, 20, 21, 22, 24]
            .map(|at| row.opt_int(at).expect("a number"))
            .into();
        let told: Vec<String> = [1, 2, 4, 5, 7, 10, 14, 15].map(|at| text(&row, at)).into();
        let kept: Vec<(&str, &Day, bool)> = conditions
            .iter()
            .map(|one| (one.id.as_str(), &one.due_on, one.is_blocking))
            .collect();
        all.push(Decision {
            whole: format!("{said:?} {counted:?} {told:?} {amounts:?} {kept:?}"),
            kind: Kind::from_key(&text(&row, 1)).expect("a kind"),
            value: DecisionValue::from_key(&text(&row, 2)).expect("a value"),
            rectifies: maybe(&row, 3),
            number: text(&row, 4),
            title: text(&row, 15),
            decided_on: day(&text(&row, 5)),
            due_on: maybe(&row, 6).map(|text| day(&text)),
            points: i64::try_from(points.len()).expect("few"),
            has_motive: maybe(&row, 8).is_some(),
            has_override: maybe(&row, 9).is_some(),
            prepared_by: text(&row, 10),
            confirmed_by: maybe(&row, 11),
            version: int(&row, 12),
            departs: int(&row, 13) == 1,
            is_abandoned: row.opt_int(24).expect("a time").is_some(),
            amounts,
            conditions,
            id,
        });
    }
    all
}

async fn conditions(tx: &mut Tx, decision: &str) -> Vec<Condition> {
    let sql = "select condition_id, due_on, blocking, lifted_at_ms, version from decision_condition
               where decision_id = $1 order by rank";
    let found = rows(tx, sql, &[decision.into()]).await;
    let condition = |row: &chantier::store::Row| Condition {
        id: text(row, 0),
        due_on: day(&text(row, 1)),
        is_blocking: int(row, 2) == 1,
        is_lifted: row.opt_int(3).expect("a time").is_some(),
        version: int(row, 4),
    };
    found.iter().map(condition).collect()
}

async fn agreements(tx: &mut Tx, id: &str) -> Vec<Agreement> {
    let sql = "select agreement_id, kind, number, signed_on from agreement where proposal_id = $1
               order by recorded_at_ms, agreement_id";
    let mut all = Vec::new();
    for row in rows(tx, sql, &[id.into()]).await {
        let paid = "select organisation_id from agreement_beneficiary where agreement_id = $1 order by rank";
        all.push(Agreement {
            kind: AgreementKind::from_key(&text(&row, 1)).expect("a kind"),
            number: maybe(&row, 2),
            signed_on: maybe(&row, 3).map(|text| day(&text)),
            paid: texts(tx, paid, &text(&row, 0)).await,
        });
    }
    all
}

async fn reports(tx: &mut Tx, id: &str) -> Vec<Report> {
    let sql = "select f.period, f.due_on, f.progress, f.spent_cents, f.submitted_at_ms, f.version,
                      (select coalesce(cast(sum(c.posts) as bigint), 0) from job_count c
                       where c.follow_up_id = f.follow_up_id)
               from follow_up f where f.proposal_id = $1 order by f.period";
    let found = rows(tx, sql, &[id.into()]).await;
    let report = |row: &chantier::store::Row| Report {
        period: text(row, 0),
        due_on: day(&text(row, 1)),
        progress: row.opt_int(2).expect("a number"),
        spent_cents: row.opt_int(3).expect("a number"),
        is_given: row.opt_int(4).expect("a time").is_some(),
        version: int(row, 5),
        posts: int(row, 6),
    };
    found.iter().map(report).collect()
}

async fn envelopes(tx: &mut Tx) -> Vec<Envelope> {
    let sql = "select code, year, amount_cents, parent_id from envelope order by year, code";
    let found = rows(tx, sql, &[]).await;
    let envelope = |row: &chantier::store::Row| Envelope {
        code: text(row, 0),
        year: int(row, 1),
        cents: int(row, 2),
        parent: maybe(row, 3).map(|_| "CREER".to_owned()),
    };
    found.iter().map(envelope).collect()
}

/// What other proposals have of the envelopes: confirmed, not corrected, not abandoned.
async fn taken_beside(tx: &mut Tx, id: &str) -> Vec<Amount> {
    let sql = "select d.decision_id, d.rectifies_id, p.stage, p.proposal_id from decision d
               join proposal p on p.proposal_id = d.proposal_id where d.confirmed_at_ms is not null";
    let found = rows(tx, sql, &[]).await;
    let corrected: Vec<String> = found.iter().filter_map(|row| maybe(row, 1)).collect();
    let counts = |row: &&chantier::store::Row| {
        text(row, 2) != "abandoned" && text(row, 3) != id && !corrected.contains(&text(row, 0))
    };
    let counting: Vec<String> = found
        .iter()
        .filter(counts)
        .map(|row| text(row, 0))
        .collect();
    let sql = "select code, year, amount_cents, decision_id from decision_amount";
    let all = rows(tx, sql, &[]).await;
    let of = all.iter().filter(|row| counting.contains(&text(row, 3)));
    of.map(|row| Amount {
        code: text(row, 0),
        year: int(row, 1),
        cents: int(row, 2),
    })
    .collect()
}

/// Whether this proposal ever came so far that there may be something of all this.
pub(crate) async fn has_begun(tx: &mut Tx, proposal: &ProposalId) -> bool {
    let sql = "select count(*) from journal where proposal_id = $1 and act in ('T10', 'T19')";
    number(tx, sql, proposal.as_str()).await > 0
}
