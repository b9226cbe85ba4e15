//! The demonstration programme, loaded into an empty database and lived through.
//!
//! A room of its own because it joins what nothing else may join: shipped data (`demo/`), texts
//! written as documents (`text`), the gate they pass like any others, and every table of the
//! store. Called once at start, by `serve --demo`; never by a request.

mod copil;
mod joined;
mod region;
mod replay;
mod texts;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::rules::day::Day;
use crate::store::Store;
use crate::store::demo::data::Demo;
use crate::store::demo::{Load, Progress, shift};
use crate::store::passwords;
use crate::work::Work;

/// The password of every demonstration person.
pub const PASSWORD: &str = "chantier-demo";

/// Who the sign-in page lists, and for which role: the person's id, the role's key.
pub const SIGN_IN: [(&str, &str); 6] = [
    ("per-variante", "owner"),
    ("per-demo", "owner"),
    ("per-factice", "contributor"),
    ("per-prototype", "facilitator"),
    ("per-exemple", "co_president"),
    ("per-charpente", "admin"),
];

/// The shipped data.
const DATA: &str = include_str!("../../demo/demo.fr.json");

/// What a load did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// The database was empty and holds the demonstration now.
    Now {
        /// How many people can sign in.
        people: usize,
        /// How many proposals there are.
        proposals: usize,
    },
    /// It had been loaded before; nothing was done.
    Before,
}

/// Loads the demonstration programme into an empty database, or goes on where a load was interrupted:
/// first everything but what people did, in one transaction; then their acts, one by one.
///
/// # Errors
/// `Conflict("not_empty")` when the database holds another programme; those of the database.
pub async fn load(store: &Store, work: &Work) -> Result<Loaded> {
    let began = match store.demo_progress().await? {
        Progress::Done => return Ok(Loaded::Before),
        Progress::Began(day) => day,
        Progress::Nothing => {
            let today = store.today();
            let load = tokio::task::spawn_blocking(move || prepare(&today))
                .await
                .map_err(Error::internal)??;
            store.load_demo(&load).await?;
            store.today()
        }
    };
    let demo = data(&began)?;
    replay::all(store, work, &demo).await?;
    store.finish_demo(&demo).await?;
    Ok(Loaded::Now {
        people: demo.persons.len(),
        proposals: demo.proposals.len(),
    })
}

/// The shipped data with their dates moved to this week.
///
/// # Errors
/// Never for the data we ship.
pub fn data(today: &Day) -> Result<Demo> {
    let mut data: Value = serde_json::from_str(DATA).map_err(Error::internal)?;
    let reference = data["meta"]["reference_date"]
        .as_str()
        .and_then(Day::parse)
        .ok_or_else(|| Error::internal("the data have no reference date"))?;
    shift::shift(&mut data, shift::days(&reference, today));
    serde_json::from_value(data).map_err(Error::internal)
}

/// All that takes time and no database. Blocking.
fn prepare(today: &Day) -> Result<Load> {
    let demo = data(today)?;
    Ok(Load {
        texts: texts::of(&demo)?,
        // One hash for all: they share the password, and each hash takes a while by design.
        password_hash: passwords::hash_now(PASSWORD)?,
        demo,
    })
}
