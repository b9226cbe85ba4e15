//! The envelopes: what is asked, advised, decided, engaged and left of each, every number with its lines.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::csv::{Csv, amount};
use super::csv_words::word;
use super::envelope_numbers::EnvelopeNumbers;
use super::extract::{Path, Signed};
use super::problem::Problem;
use super::shapes::all;
use super::unchanged::unless_known;
use crate::app::App;
use crate::error::{Error, Result};
use crate::rules::money::Counter;
use crate::rules::rights::{act, may};
use crate::store::accounts::Identity;
use crate::store::envelopes::{Line, Lines, Opened};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_envelopes))
        .routes(routes!(get_envelopes_csv))
        .routes(routes!(list_envelope_lines))
        .routes(routes!(get_envelope_lines_csv))
}

/// The programme's envelopes, by year and code.
#[derive(Debug, Serialize, ToSchema)]
struct Envelopes {
    envelopes: Vec<EnvelopeNumbers>,
}

/// The lines behind a number.
#[derive(Debug, Serialize, ToSchema)]
struct EnvelopeLines {
    /// The largest first.
    lines: Vec<EnvelopeLine>,
    /// Proposals this person may not read.
    hidden_count: usize,
    /// Their sum, in euro cents.
    hidden_cents: i64,
    /// The whole sum.
    total_cents: i64,
}

/// A proposal behind a number.
#[derive(Debug, Serialize, ToSchema)]
struct EnvelopeLine {
    proposal_id: String,
    number: Option<String>,
    title: String,
    chantier_id: String,
    stage: &'static str,
    /// The envelope it is taken from: this one, or one within it.
    code: String,
    /// In euro cents.
    amount_cents: i64,
}

/// Every envelope with its numbers.
#[utoipa::path(get, path = "/api/envelopes", tag = "envelopes",
    responses((status = 200, body = Envelopes, description = "With an `ETag`"),
        (status = 304, description = "As the `If-None-Match` asked with"),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list_envelopes(
    State(app): State<App>,
    Signed(identity): Signed,
    headers: HeaderMap,
) -> Result<Response> {
    let rows = app
        .store
        .envelopes(&identity.account_id, may::<act::ReadEnvelopes>)
        .await?;
    let body = Envelopes {
        envelopes: all(rows),
    };
    unless_known(&headers, &body)
}

/// Every envelope with its numbers, as a table.
#[utoipa::path(get, path = "/api/envelopes.csv", tag = "envelopes",
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_envelopes_csv(State(app): State<App>, Signed(identity): Signed) -> Result<Response> {
    let rows = app
        .store
        .envelopes(&identity.account_id, may::<act::ReadEnvelopes>)
        .await?;
    let mut csv = Csv::new(&[
        "annee",
        "enveloppe",
        "intitule",
        "dans",
        "montant",
        "demande",
        "arbitre",
        "en_attente",
        "decide",
        "engage",
        "reste",
    ]);
    for row in rows {
        csv.row(&EnvelopeNumbers::from(row).cells());
    }
    Ok(csv.answer("enveloppes"))
}

/// The proposals behind one number of an envelope.
#[utoipa::path(get, path = "/api/envelopes/{code}/{year}/{counter}", tag = "envelopes",
    params(("code" = String, Path), ("year" = i64, Path),
        ("counter" = String, Path, description = "`requested`, `arbitrated`, `awaiting`, `decided`, `committed`")),
    responses((status = 200, body = EnvelopeLines), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn list_envelope_lines(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(number): Path<(String, i64, String)>,
) -> Result<Json<EnvelopeLines>> {
    let found = read(&app, &identity, number).await?;
    Ok(Json(EnvelopeLines {
        lines: all(found.lines),
        hidden_count: found.hidden_count,
        hidden_cents: found.hidden_cents,
        total_cents: found.total_cents,
    }))
}

/// The same proposals as a table; those one may not read are its last row, as a sum.
#[utoipa::path(get, path = "/api/envelopes/{code}/{year}/{counter}/lines.csv", tag = "envelopes",
    params(("code" = String, Path), ("year" = i64, Path), ("counter" = String, Path)),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn get_envelope_lines_csv(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(number): Path<(String, i64, String)>,
) -> Result<Response> {
    let name = format!("enveloppe-{}-{}", number.0, number.1).to_lowercase();
    let found = read(&app, &identity, number).await?;
    let mut csv = Csv::new(&[
        "numero",
        "titre",
        "chantier",
        "etape",
        "enveloppe",
        "montant",
    ]);
    for line in found.lines {
        let line = EnvelopeLine::from(line);
        csv.row(&[
            line.number.unwrap_or_default(),
            line.title,
            line.chantier_id,
            word(line.stage).to_owned(),
            line.code,
            amount(line.amount_cents),
        ]);
    }
    if found.hidden_count > 0 {
        let count = match found.hidden_count {
            1 => "1 autre proposition".to_owned(),
            many => format!("{many} autres propositions"),
        };
        csv.row(&["", &count, "", "", "", &amount(found.hidden_cents)]);
    }
    Ok(csv.answer(&name))
}

async fn read(
    app: &App,
    who: &Identity,
    (code, year, counter): (String, i64, String),
) -> Result<Lines> {
    let opened = Opened {
        code,
        year,
        counter: Counter::from_key(&counter).ok_or(Error::NotFound)?,
    };
    app.store
        .envelope_lines(
            &who.account_id,
            &opened,
            may::<act::ReadEnvelopes>,
            may::<act::Read>,
        )
        .await
}

impl From<Line> for EnvelopeLine {
    fn from(line: Line) -> Self {
        let card = line.card;
        Self {
            proposal_id: card.proposal_id,
            number: card.action_number.or(card.number),
            title: card.title,
            chantier_id: card.chantier_id,
            stage: card.stage.key(),
            code: line.code,
            amount_cents: line.cents,
        }
    }
}
