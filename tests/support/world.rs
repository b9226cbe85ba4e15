//! A small programme with one person a role, and its API called as a browser would, in process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use chantier::app::App;
use chantier::clock::Clock;
use chantier::config::Config;
use chantier::http::extract::secret_hash;
use chantier::store::{Store, Value};
use serde_json::Value as Json;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use super::database::Database;

/// Milliseconds UTC of 2026-11-01, when everything here began.
pub(crate) const BEGAN_MS: i64 = 1_793_491_200_000;
/// A summary of the least length and more.
pub(crate) const SUMMARY: &str =
    "Un r\u{e9}sum\u{e9} assez long pour passer la borne des quarante caract\u{e8}res.";

/// The programme: chantiers `CH1` to `CH3`, organisations `org-a` to `org-c`, one person a role.
///
/// | person | sits |
/// |---|---|
/// | `owner`, `contributor` | member of CH2, tied to every proposal made by [`World::proposal`] |
/// | `member`, `facilitator`, `co_president`, `observer` | CH1 |
/// | `associated` | member of CH2 |
/// | `elsewhere`, `receiver` | member of CH3; runs CH3 |
/// | `copil_member`, `copil_secretary`, `region_instructor`, `region_validator` | their bodies |
/// | `org_admin` | reference of `org-b`, the porteur |
/// | `admin`, `nobody` | administers; has no role |
#[derive(Debug)]
pub(crate) struct World {
    /// The store, to look behind the API.
    pub(crate) store: Store,
    app: App,
    router: Router,
}

/// An answer: its status and JSON (null when empty).
pub(crate) type Answer = (StatusCode, Json);

impl World {
    /// Builds the programme in an empty database.
    pub(crate) async fn new(database: &Database) -> Self {
        Self::on(database, database.store().await).await
    }

    /// The same with a clock that the test moves by these milliseconds.
    pub(crate) async fn moving(database: &Database, moved_ms: &'static AtomicI64) -> Self {
        let clock = Clock {
            shift_ms: 0,
            moved_ms: Some(moved_ms),
        };
        Self::on(database, database.store_with(clock).await).await
    }

    async fn on(database: &Database, store: Store) -> Self {
        let config = Arc::new(Config::local(database.folder().to_path_buf()));
        let app = App::new(store.clone(), config).expect("a workspace");
        let world = Self {
            router: chantier::http::router(app.clone()),
            app,
            store,
        };
        world.build().await;
        world
    }

    /// Serves it on a free port too, for sockets, until the guard is dropped.
    pub(crate) async fn serve(&self) -> (SocketAddr, DropGuard) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let stop = CancellationToken::new();
        let serving = chantier::http::serve(listener, self.app.clone(), stop.clone());
        tokio::spawn(serving);
        (address, stop.drop_guard())
    }

    async fn build(&self) {
        self.sql("insert into programme (programme_id, code, title, region_name, starts_on, ends_on, annual_budget_cents, annual_jobs_target, target_unit, intro, participation_rules, rules, created_at_ms, version) values ('programme', 'CREER', 'Programme', 'R\u{e9}gion', '2025-01-01', '2028-12-31', 1000, 10000, 'posts', 'Bonjour **vous**.', '', '{}', 1, 1)").await;
        self.sql("insert into college (college_id, title, family, rank) values ('ECO', 'Acteurs \u{e9}conomiques', 'economic', 3), ('SOC', 'Partenaires sociaux', 'social', 4), ('REG', 'R\u{e9}gion', 'region', 1)").await;
        self.sql("insert into organisation (organisation_id, name, short_name, kind, college_id, solicitation_budget_minutes, created_at_ms, version) values ('org-a', 'Organisation A', 'A', 'company', 'ECO', 240, 1, 1), ('org-b', 'Organisation B', 'B', 'chamber', 'ECO', 240, 1, 1), ('org-c', 'Syndicat C', 'C', 'trade_union', 'SOC', 240, 1, 1), ('org-region', 'R\u{e9}gion', 'R', 'region', 'REG', 240, 1, 1)").await;
        for number in 1..=3 {
            let id = format!("CH{number}");
            self.run("insert into chantier (chantier_id, slug, title, description, kind, status, opened_on, version) values ($1, $2, $3, 'Une phrase. Une **autre**.', 'permanent', 'active', '2025-01-01', 1)", &[&id, &id, &format!("Chantier {number}")]).await;
            self.run("insert into body (body_id, kind, chantier_id, title) values ($1, 'commission', $2, 'Commission')", &[&format!("body-{id}"), &id]).await;
        }
        self.sql("insert into body (body_id, kind, title) values ('body-copil', 'copil', 'Comit\u{e9} de pilotage'), ('body-region', 'region', 'R\u{e9}gion')").await;
        self.sql("insert into membership (membership_id, organisation_id, chantier_id, level, status, valid_from) values ('mem-a1', 'org-a', 'CH1', 'active', 'active', '2025-01-01'), ('mem-a2', 'org-a', 'CH2', 'active', 'active', '2025-01-01'), ('mem-b1', 'org-b', 'CH1', 'pilot', 'active', '2025-01-01'), ('mem-c1', 'org-c', 'CH1', 'informed', 'active', '2025-01-01')").await;
        for (person, organisation, role, body) in PEOPLE {
            self.person(person, organisation).await;
            if !role.is_empty() {
                self.mandate(person, role, body).await;
            }
        }
    }

    /// A person with a live affiliation, an account `acc-..` and a bearer token.
    pub(crate) async fn person(&self, person: &str, organisation: &str) {
        let account = format!("acc-{person}");
        self.run("insert into person (person_id, given_name, usual_name, created_at_ms, version) values ($1, 'Camille', $2, 1, 1)", &[person, person]).await;
        self.run("insert into affiliation (affiliation_id, person_id, organisation_id, job_title, elected, valid_from) values ($1, $2, $3, 'Charg\u{e9}e de mission', 0, '2025-01-01')", &[&format!("aff-{person}"), person, organisation]).await;
        self.run("insert into account (account_id, person_id, email, password_hash, created_at_ms) values ($1, $2, $3, 'none', 1)", &[&account, person, &format!("{person}@a.example")]).await;
        self.token(person, person).await;
    }

    /// One more bearer token of a person.
    pub(crate) async fn token(&self, person: &str, secret: &str) {
        let account = format!("acc-{person}");
        let mut tx = self.store.write().await.expect("writes");
        tx.run(
            "insert into token (token_id, account_id, secret_hash, label, created_at_ms) values ($1, $2, $3, 'tests', 1)",
            &[
                Value::from(secret),
                Value::from(account),
                Value::from(secret_hash(secret)),
            ],
        )
        .await
        .expect("a token");
        tx.commit().await.expect("commits");
    }

    /// Gives a mandate; `body` empty for the whole programme or the own organisation.
    pub(crate) async fn mandate(&self, person: &str, role: &str, body: &str) {
        // Only who belongs to the Region validates for it; their first organisation stays the one they have.
        if role == "region_validator" {
            self.run("insert into affiliation (affiliation_id, person_id, organisation_id, job_title, elected, valid_from) values ($1, $2, 'org-region', 'Validation', 0, '2025-01-01')", &[&format!("zz-{person}"), person]).await;
        }
        let mut tx = self.store.write().await.expect("writes");
        tx.run(
            "insert into mandate (mandate_id, person_id, body_id, role, voting, valid_from) values ($1, $2, $3, $4, 0, '2025-01-01')",
            &[
                Value::from(format!("man-{person}-{body}")),
                Value::from(person),
                Value::from((!body.is_empty()).then_some(body)),
                Value::from(role),
            ],
        )
        .await
        .expect("a mandate");
        tx.commit().await.expect("commits");
    }

    /// A proposal of CH1 with CH2 associated, at this stage, led by `owner`, written by
    /// `contributor`, borne by `org-b`; its document is `doc-{id}`.
    pub(crate) async fn proposal(&self, id: &str, stage: &str) {
        let document = format!("doc-{id}");
        self.run("insert into document (document_id, kind, lineage, schema_number, epoch, head_seq, created_at_ms) values ($1, 'sheet', 'l', 1, 1, 0, 1)", &[&document]).await;
        self.run("insert into proposal (proposal_id, title, summary, stage, round, chantier_id, porteur_id, document_id, created_by, created_at_ms, stage_since_ms, updated_at_ms, version) values ($1, $2, 'R\u{e9}sum\u{e9}', $3, 1, 'CH1', 'org-b', $4, 'owner', 1, 1, 1, 1)", &[id, &format!("Titre {id}"), stage, &document]).await;
        self.run(
            "insert into proposal_chantier (proposal_id, chantier_id) values ($1, 'CH2')",
            &[id],
        )
        .await;
        for tie in ["owner", "contributor"] {
            self.run("insert into proposal_person (proposal_id, person_id, tie, added_at_ms) values ($1, $2, $3, 1)", &[id, tie, tie]).await;
        }
    }

    /// Every proposal is asked of CH3 from now on (T07): `receiver` may take it over.
    pub(crate) async fn ask_receiver(&self) {
        let now = self.store.clock.now().ms();
        let mut tx = self.store.write().await.expect("writes");
        tx.run(
            "update proposal set receiving_chantier_id = 'CH3', receiving_since_ms = $1",
            &[Value::from(now)],
        )
        .await
        .expect("asks");
        tx.commit().await.expect("commits");
    }

    /// Runs a statement behind the API's back.
    pub(crate) async fn sql(&self, sql: &'static str) {
        self.run(sql, &[]).await;
    }

    /// Runs a statement with text values behind the API's back.
    pub(crate) async fn run(&self, sql: &'static str, values: &[&str]) {
        let values: Vec<Value> = values.iter().map(|text| Value::from(*text)).collect();
        let mut tx = self.store.write().await.expect("writes");
        tx.run(sql, &values)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        tx.commit().await.expect("commits");
    }

    /// One number out of the database.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let mut tx = self.store.read().await.expect("reads");
        let row = tx.row(sql, &[]).await.expect("reads").expect("a row");
        row.int(0).expect("a number")
    }

    /// GET, as this person.
    pub(crate) async fn get(&self, person: &str, path: &str) -> Answer {
        self.ask("GET", person, path, None).await
    }

    /// POST, as this person.
    pub(crate) async fn post(&self, person: &str, path: &str, body: Json) -> Answer {
        self.ask("POST", person, path, Some(body)).await
    }

    /// Any request, as this person (empty: nobody signed in).
    pub(crate) async fn ask(
        &self,
        method: &str,
        person: &str,
        path: &str,
        body: Option<Json>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !person.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {person}"));
        }
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        }
        .expect("a request");
        let (status, _, bytes) = self.raw(request).await;
        let json = if bytes.is_empty() {
            Json::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or_else(|_| {
                panic!(
                    "{method} {path}: no JSON: {}",
                    String::from_utf8_lossy(&bytes)
                )
            })
        };
        (status, json)
    }

    /// Any request, answered as it is: status, headers, bytes.
    pub(crate) async fn raw(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let router = self.router.clone();
        let answer = router.oneshot(request).await.expect("never fails");
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await;
        (parts.status, parts.headers, bytes.expect("a body").to_vec())
    }

    /// A table that a person downloads, as text.
    pub(crate) async fn table(&self, person: &str, path: &str) -> String {
        let request = Request::builder()
            .uri(path)
            .header("authorization", format!("Bearer {person}"))
            .body(Body::empty());
        let (status, headers, bytes) = self.raw(request.expect("a request")).await;
        let text = String::from_utf8(bytes).expect("text");
        assert_eq!(status, 200, "{path}: {text}");
        assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
        text
    }
}

/// Person, organisation, role, body.
const PEOPLE: [(&str, &str, &str, &str); 16] = [
    ("owner", "org-a", "member", "body-CH2"),
    ("contributor", "org-a", "member", "body-CH2"),
    ("member", "org-a", "member", "body-CH1"),
    ("facilitator", "org-a", "facilitator", "body-CH1"),
    ("co_president", "org-a", "co_president", "body-CH1"),
    ("associated", "org-a", "member", "body-CH2"),
    ("copil_member", "org-a", "member", "body-copil"),
    ("copil_secretary", "org-a", "copil_secretary", "body-copil"),
    (
        "region_instructor",
        "org-a",
        "region_instructor",
        "body-region",
    ),
    (
        "region_validator",
        "org-a",
        "region_validator",
        "body-region",
    ),
    ("org_admin", "org-b", "org_admin", ""),
    ("observer", "org-a", "observer", "body-CH1"),
    ("admin", "org-a", "admin", ""),
    ("elsewhere", "org-c", "member", "body-CH3"),
    ("receiver", "org-c", "facilitator", "body-CH3"),
    ("nobody", "org-a", "", ""),
];

/// Panics unless the answer has this status and, when it is a problem, this code.
#[track_caller]
pub(crate) fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.0.as_u16(), answer.1["code"].as_str()),
        (status, Some(code)),
        "{}",
        answer.1
    );
}
