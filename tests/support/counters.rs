//! What the server counts, read as an operator reads it. The counts are of the whole process: a
//! test may only say that one grew.

use std::sync::OnceLock;

use metrics_exporter_prometheus::PrometheusHandle;

use super::server::Server;
use super::until;

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// The administration listener of a server.
#[derive(Debug)]
pub(crate) struct Counters {
    url: String,
}

impl Counters {
    /// Begins to count, for the whole process, and opens the listener.
    pub(crate) async fn of(server: &Server) -> Self {
        let handle = HANDLE.get_or_init(|| chantier::http::metrics::start().expect("once"));
        let router = chantier::http::metrics::admin_router(server.app.clone(), handle.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url: format!("http://{address}/metrics"),
        }
    }

    /// How often this was counted with this label; no label: `""`.
    pub(crate) async fn count(&self, name: &str, label: &str) -> f64 {
        let answer = reqwest::get(&self.url).await.expect("an answer");
        let text = answer.text().await.expect("text");
        let lines = text
            .lines()
            .filter(|line| line.starts_with(name) && line.contains(label));
        let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        values.sum()
    }

    /// Waits until it was counted more often than `before`.
    pub(crate) async fn grew(&self, name: &str, label: &str, before: f64) {
        until("counted", async || {
            (self.count(name, label).await > before).then_some(())
        })
        .await;
    }
}
