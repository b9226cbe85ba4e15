//! The shipped data as they are written (`demo/demo.fr.json`, described in `demo/README.md`):
//! what the schema can hold. What is not named here stays in the file.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// An instant, written as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    /// Milliseconds UTC.
    pub ms: i64,
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        use time::OffsetDateTime;
        use time::format_description::well_known::Rfc3339;

        let text = String::deserialize(deserializer)?;
        let at = OffsetDateTime::parse(&text, &Rfc3339).map_err(D::Error::custom)?;
        Ok(Self {
            ms: at.unix_timestamp() * 1_000 + i64::from(at.millisecond()),
        })
    }
}

macro_rules! data {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Deserialize)]
        #[allow(missing_docs, reason = "the fields are described in demo/README.md")]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }
    )*};
}

data! {
    /// All of it.
    Demo {
        programme: Programme, axes: Vec<Axis>, envelopes: Vec<Envelope>,
        region_units: Vec<RegionUnit>, colleges: Vec<College>, territories: Vec<Territory>,
        chantiers: Vec<Chantier>, organisations: Vec<Organisation>, persons: Vec<Person>,
        affiliations: Vec<Affiliation>, memberships: Vec<Membership>, bodies: Vec<Body>,
        mandates: Vec<Mandate>, proposals: Vec<Proposal>, proposal_links: Vec<Link>,
        comments: Vec<Comment>, meetings: Vec<Meeting>, figures: Figures,
        written_consultations: Vec<Consultation>,
    }
    /// The programme.
    Programme {
        id: String, code: String, title: String, starts_on: String, ends_on: String,
        annual_budget_cents: i64, annual_jobs_target: i64, target_unit: String, intro: String,
        participation_rules: String, rules: Value,
    }
    /// An axis.
    Axis { id: String, title: String, description: String, }
    /// An envelope of money.
    Envelope {
        id: String, year: i64, code: String, label: String, amount_cents: i64,
        parent_id: Option<String>, requested_cents: i64, arbitrated_cents: i64,
        decided_cents: i64, committed_cents: i64,
    }
    /// A direction or an elected portfolio of the Region.
    RegionUnit { id: String, #[serde(rename = "type")] kind: String, title: String, }
    /// A college.
    College { id: String, title: String, family: String, }
    /// A territory.
    Territory { code: String, level: String, name: String, }
    /// A chantier.
    Chantier {
        id: String, slug: String, title: String, axis: Option<String>, delegations: Vec<String>,
        lead_direction: Option<String>, description: String, kind: String, status: String,
        opened_on: String,
    }
    /// An organisation.
    Organisation {
        id: String, name: String, short_name: String, kind: String, college: String,
        territory: Option<String>, siret: Option<String>, siren: Option<String>,
        rna: Option<String>, network_parent: Option<String>, solicitation_budget_minutes: i64,
    }
    /// A person.
    Person {
        id: String, given_name: String, usual_name: String, gender: Option<String>, email: String,
        public_listing_consent: bool,
    }
    /// Who works where.
    Affiliation {
        person: String, organisation: String, job_title: String, elected: bool, from: String,
        to: Option<String>,
    }
    /// Which organisation takes part in which chantier.
    Membership {
        id: String, organisation: String, chantier: String, level: String, status: String,
        from: String, to: Option<String>,
    }
    /// A body.
    Body { id: String, #[serde(rename = "type")] kind: String, chantier: Option<String>, title: String, }
    /// A mandate.
    Mandate {
        id: String, person: String, body: Option<String>, role: String, seat: Option<String>,
        seat_kind: Option<String>, from: String, to: Option<String>, voting: bool,
        designation_ref: Option<String>,
    }
    /// A proposal.
    Proposal {
        id: String, number: Option<String>, action_number: Option<String>, title: String,
        summary: String, stage: String, round: i64, lead_chantier: String,
        associated_chantiers: Vec<String>, axis: Option<String>, porteur: Option<String>,
        co_porteurs: Vec<String>, owners: Vec<String>, contributors: Vec<String>,
        lead_direction: Option<String>, territories: Vec<String>, sector: Option<String>,
        sections: Map<String, Value>, objectives: Vec<String>, partners: Vec<Partner>,
        target_public: Option<TargetPublic>, calendar: Vec<Phase>, budget: Budget,
        envelope_requests: Vec<EnvelopeRequest>, indicators: Vec<Indicator>,
        job_lines: Vec<JobLine>, tags: Vec<String>, history: Vec<Act>, opinions: Vec<Opinion>,
        no_jobs_motive: Option<String>, arbitrations: Vec<Arbitration>,
        regional_review: Option<Review>, decisions: Vec<Decision>, agreements: Vec<Agreement>,
        follow_ups: Vec<FollowUp>, associated_directions: Vec<String>,
    }
    /// How a file went at the Region.
    Review {
        complete_on: Option<String>, session_date: Option<String>, cross_readings: Vec<Reading>,
    }
    /// A direction asked to read a file.
    Reading { unit: String, at: Option<String>, since: Option<String>, text: Option<String>, }
    /// What the Region decided.
    Decision {
        value: String, organ: String, deliberation_ref: String, date: String, amounts: Vec<EnvelopeRequest>,
        conditions: Vec<Condition>, motive: Option<String>, recorded_by: String,
    }
    /// A condition of a decision.
    Condition {
        text: String, due: String, blocking: bool, lifted_at: Option<String>, evidence: Option<String>,
    }
    /// An agreement.
    Agreement {
        number: String, signed_on: String, purpose: String, total_cents: i64, nature: String,
        payment_terms: String, payment_dates: String, eu_notification: bool,
        beneficiaries: Vec<Beneficiary>,
    }
    /// Who gets what part of it, 1 being the whole.
    Beneficiary { organisation: String, share: f64, }
    /// A report on an action.
    FollowUp {
        period: String, submitted_on: Option<String>, progress: Option<i64>, spent_cents: Option<i64>,
        text: Option<String>, difficulties: Option<String>,
    }
    /// What the steering committee advised.
    Arbitration {
        at: String, value: String, rank: Option<i64>, envelope: Vec<Ceiling>, motive: Option<String>,
    }
    /// At most so much of an envelope, all years together.
    Ceiling { code: String, ceiling_cents: i64, }
    /// An opinion of the commission.
    Opinion {
        round: i64, value: String, mode: String, at: String,
        #[serde(rename = "for")] in_favour: Option<i64>, against: Option<i64>,
        abstain: Option<i64>, not_voting: Option<i64>, recused: Vec<String>,
        motive: Option<String>, reserves: Vec<Reserve>, dissents: Vec<Dissent>,
    }
    /// A reserve of an opinion.
    Reserve { text: String, state: String, answer: Option<String>, }
    /// A recorded disagreement.
    Dissent { organisation: String, text: String, }
    /// A written consultation.
    Consultation { proposal: String, closes_at: Instant, }
    /// A partner.
    Partner { organisation: Option<String>, role: String, state: String, }
    /// Whom it is for.
    TargetPublic { text: String, headcount: Option<i64>, women_share: Option<f64>, }
    /// A phase of the calendar.
    Phase { label: String, start: String, end: String, milestone: Option<String>, }
    /// What it costs and who pays.
    Budget { vat_mode: Option<String>, expenses: Vec<Expense>, funding: Vec<Funding>, }
    /// An expense.
    Expense { year: i64, nature: String, account: String, label: String, amount_cents: i64, }
    /// A funding row.
    Funding {
        year: i64, funder: String, kind: String, scheme: Option<String>, amount_cents: i64,
        state: String,
    }
    /// Money asked from an envelope.
    EnvelopeRequest { code: String, year: i64, amount_cents: i64, }
    /// An indicator; its values are whole or decimal numbers.
    Indicator {
        label: String, kind: String, unit: String, baseline: Option<serde_json::Number>,
        target: Option<serde_json::Number>, due: Option<String>, source: Option<String>,
        values: Vec<Measure>,
    }
    /// The value of an indicator on a day.
    Measure { at: String, value: serde_json::Number, }
    /// A job line.
    JobLine {
        kind: String, nature: String, stage: String, posts: i64, fte: f64, women: i64, men: i64,
        undisclosed: i64, contract: String, duration_months: Option<i64>, effect_year: i64,
        sector: Option<Sector>, confidence: String, note: Option<String>, territory: Vec<Share>,
        evidence: Vec<String>, overlap_rate: f64,
    }
    /// A part of a job line's posts.
    Share { code: String, share: f64, }
    /// A sector of activity.
    Sector { section: String, }
    /// One act of a proposal's history.
    Act { transition: String, to: String, at: Instant, by: String, reason: Option<String>, }
    /// A link between proposals.
    Link { from: String, to: String, kind: String, note: Option<String>, }
    /// A comment with its answers.
    Comment {
        id: String, proposal: String, section: Option<String>,
        #[serde(rename = "type")] kind: String, author: String, at: Instant, text: String,
        visibility: String, state: String, outcome: Option<String>, thread: Vec<Answer>,
    }
    /// An answer to a comment.
    Answer { author: String, at: Instant, text: String, }
    /// A meeting; what has no column is kept as `details`.
    Meeting {
        id: String, body: String, number: Option<String>, title: String, status: String,
        starts_at: Instant, ends_at: Option<Instant>, mode: Option<String>, place: Option<Place>,
        #[serde(flatten)] details: Map<String, Value>,
    }
    /// Where a meeting is held.
    Place { name: String, commune: Option<String>, access: Option<String>, }
    /// The yearly figures.
    Figures { years: Vec<Year>, }
    /// One year's figures; what has no column is kept as `details`.
    Year {
        year: i64, status: String, as_of: String, headline: i64,
        #[serde(flatten)] details: Map<String, Value>,
    }
}

impl Proposal {
    /// A section of the data as Markdown; empty when there is none.
    #[must_use]
    pub fn section(&self, key: &str) -> &str {
        self.sections
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

impl Meeting {
    /// What has no column, as JSON text.
    ///
    /// # Errors
    /// Never for what was read from JSON.
    pub fn details_json(&self) -> Result<String> {
        let mut details = self.details.clone();
        if let Some(place) = &self.place {
            for (key, value) in [("commune", &place.commune), ("access", &place.access)] {
                if let Some(value) = value {
                    details.insert(key.to_owned(), Value::String(value.clone()));
                }
            }
        }
        serde_json::to_string(&details).map_err(Error::internal)
    }
}
