//! A workspace served on a free port of this machine, and browsers that visit it.

use std::net::SocketAddr;
use std::sync::Arc;

use chantier::app::App;
use chantier::clock::Clock;
use chantier::config::Config;
use chantier::store::Store;
use chantier::store::secrets::{new_secret, secret_hash};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::database::Database;

/// The first administrator's address.
pub(crate) const ADMIN: &str = "ada@region.example";
/// The first administrator's password.
pub(crate) const PASSWORD: &str = "une phrase assez longue";

/// A running workspace; ends with the test.
pub(crate) struct Site {
    /// The store, to look behind the API.
    pub(crate) store: Store,
    address: SocketAddr,
    stop: CancellationToken,
}

/// One browser: it keeps its cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    client: reqwest::Client,
    base: String,
}

/// An answer: its status, its headers, its JSON (null when there is none).
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) json: Json,
}

impl Site {
    /// Serves an empty workspace with the default settings.
    pub(crate) async fn empty(database: &Database) -> Self {
        Self::start(database, 0, |_| {}).await
    }

    /// Serves a workspace, `shift_ms` later than now, with other settings.
    pub(crate) async fn start(
        database: &Database,
        shift_ms: i64,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut store = database.store().await;
        store.clock = Clock {
            shift_ms,
            ..Clock::default()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut config = Config::local(database.folder().to_path_buf());
        config.listen = address;
        change(&mut config);
        let app = App::new(store.clone(), Arc::new(config)).expect("a workspace");
        let stop = CancellationToken::new();
        tokio::spawn(chantier::http::serve(listener, app, stop.clone()));
        Self {
            store,
            address,
            stop,
        }
    }

    /// A browser without cookies.
    pub(crate) fn browser(&self) -> Browser {
        Browser {
            client: reqwest::Client::builder()
                .cookie_store(true)
                .build()
                .expect("a client"),
            base: format!("http://{}", self.address),
        }
    }

    /// A set-up link's token, as `serve` prints it.
    pub(crate) async fn setup_token(&self) -> String {
        let secret = new_secret().expect("randomness");
        assert!(
            self.store
                .new_setup_link(&secret_hash(&secret))
                .await
                .expect("a link"),
            "the workspace is empty"
        );
        secret
    }

    /// Sets the workspace up; the administrator's browser.
    pub(crate) async fn set_up(&self) -> Browser {
        let browser = self.browser();
        let form = setup_form(&self.setup_token().await);
        browser.post("/api/setup", form).await.is(201);
        browser
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What the set-up page sends.
pub(crate) fn setup_form(token: &str) -> Json {
    json!({
        "token": token, "code": "CREER", "title": "Programme", "region_name": "Région d'essai",
        "starts_on": "2026-01-01", "ends_on": "2029-12-31", "annual_budget_cents": 10_000_000_000_i64,
        "annual_jobs_target": 10_000, "given_name": "Ada", "usual_name": "Essai",
        "email": ADMIN, "password": PASSWORD,
    })
}

impl Browser {
    /// A request without a body.
    pub(crate) async fn ask(&self, method: Method, path: &str) -> Answer {
        self.send(self.client.request(method, format!("{}{path}", self.base)))
            .await
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).await
    }

    /// DELETE.
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path).await
    }

    /// POST of JSON.
    pub(crate) async fn post(&self, path: &str, body: Json) -> Answer {
        self.with_json(Method::POST, path, body).await
    }

    /// Any method with JSON.
    pub(crate) async fn with_json(&self, method: Method, path: &str, body: Json) -> Answer {
        self.send(self.request(method, path).json(&body)).await
    }

    /// A request to be completed, then given to [`Browser::send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.expect("a body");
        Answer {
            status,
            headers,
            json: serde_json::from_slice(&bytes).unwrap_or(Json::Null),
        }
    }

    /// Signs in.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let form = json!({"email": email, "password": password});
        self.post("/api/sessions", form).await
    }
}

impl Answer {
    /// Panics unless it has this status; gives the JSON.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Json {
        assert_eq!(self.status.as_u16(), status, "{}", self.json);
        self.json
    }

    /// Panics unless it is this problem.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.json["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.json
        );
        assert_eq!(
            self.headers.get("content-type").map(|kind| kind.as_bytes()),
            Some(b"application/problem+json".as_slice())
        );
    }

    /// Panics unless it is a 422 with this problem of this field.
    #[track_caller]
    pub(crate) fn is_invalid(&self, field: &str, problem: &str) {
        self.is_problem(422, "invalid");
        assert_eq!(
            self.json["errors"],
            json!([{"field": field, "code": problem}])
        );
    }
}
