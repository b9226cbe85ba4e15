//! The programme's settings, read where a rule needs one: each default stands once, in `rules::programme`.

use serde_json::Value as Json;

use super::Tx;
use crate::error::Result;
use crate::rules::programme::Setting;

/// The settings as they stand.
#[derive(Clone, Debug, Default)]
pub struct Settings(Json);

impl Settings {
    /// From the programme's `rules`; what is no JSON counts as nothing set.
    #[must_use]
    pub fn from_text(rules: &str) -> Self {
        Self(serde_json::from_str(rules).unwrap_or_default())
    }

    /// A setting that is a number: the one set, or what holds until somebody sets it.
    #[must_use]
    pub fn number(&self, setting: &Setting) -> i64 {
        let found = setting.path.iter().fold(&self.0, |at, key| &at[*key]);
        found.as_i64().unwrap_or(setting.default)
    }

    /// T14: whether the programme has a fast track. Until the Region says so it has none (`domain.md` 7).
    #[must_use]
    pub fn has_fast_track(&self) -> bool {
        self.0["fast_track"].as_bool().unwrap_or(false)
    }

    /// A commission's quorum, as its key.
    #[must_use]
    pub fn commission_quorum(&self) -> &str {
        self.0["commission"]["quorum"].as_str().unwrap_or_default()
    }

    /// All of it, to be changed.
    #[must_use]
    pub fn into_json(self) -> Json {
        self.0
    }
}

impl Tx {
    /// The programme's settings.
    pub(in crate::store) async fn settings(&mut self) -> Result<Settings> {
        let row = self.row("select rules from programme", &[]).await?;
        let text = row.map(|row| row.text(0)).transpose()?;
        Ok(text.as_deref().map(Settings::from_text).unwrap_or_default())
    }
}
