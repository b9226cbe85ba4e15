//! What a split plans (T30): its proposals, where each row goes, and the text they begin with.

use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::ids::{OrganisationId, ProposalId};
use crate::rules::splits::{Fate, RowKind, RowRef};

/// What is given with T30.
#[derive(Clone, Debug, Default)]
pub struct SplitAsk {
    /// What it becomes; `None` when one agrees to what the other planned.
    pub plan: Option<Plan>,
    /// The parent's text, written anew for each child; read before the transaction.
    pub text: Option<ChildText>,
    /// Proposals that exist already and become its children (the demonstration's), in the place of new
    /// ones; nothing is copied into them.
    pub adopted: Vec<ProposalId>,
}

/// What a proposal is to become.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The proposals, in order.
    pub children: Vec<Child>,
    /// Where each row goes.
    pub rows: Vec<(RowRef, Fate)>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Its structure porteuse; the parent's when `None`.
    pub porteur: Option<OrganisationId>,
}

/// The parent's text as one update of an empty document, which passed the gate.
#[derive(Clone, Debug)]
pub struct ChildText {
    /// The place of the parent's log it was read at.
    pub seq: i64,
    /// The client id it is written under.
    pub client_id: u32,
    /// The update; `None` for an empty text.
    pub update: Option<Vec<u8>>,
}

/// A row with amounts or jobs, as a plan's form shows it.
#[derive(Clone, Debug)]
pub struct SplitRow {
    /// Which, and which state of it.
    pub row: RowRef,
    /// Its year.
    pub year: i64,
    /// What it is about: a label, a funder, an envelope, a kind of jobs.
    pub label: String,
    /// The account, the kind of funder, the nature of the jobs.
    pub detail: String,
    /// How much, in euro cents.
    pub cents: Option<i64>,
    /// How many posts.
    pub posts: Option<i64>,
}

/// The plan that awaits its second person, with the rows as they stand.
#[derive(Clone, Debug)]
pub struct SplitState {
    /// What was planned.
    pub plan: Plan,
    /// The rows now.
    pub rows: Vec<RowRef>,
}

impl SplitAsk {
    /// The place of the log its text was read at.
    #[must_use]
    pub fn text_seq(&self) -> Option<i64> {
        self.text.as_ref().map(|text| text.seq)
    }
}

impl Plan {
    /// As kept: `{"children": [..], "rows": [..]}`.
    pub(super) fn json(&self) -> Json {
        let child = |child: &Child| {
            json!({
                "title": child.title, "summary": child.summary,
                "porteur_id": child.porteur.as_ref().map(OrganisationId::as_str),
            })
        };
        let row = |(row, fate): &(RowRef, Fate)| {
            let (child, motive) = match fate {
                Fate::Child(place) => (Some(*place), None),
                Fate::Dropped(motive) => (None, Some(motive)),
            };
            json!({
                "kind": row.kind.key(), "row_id": row.row_id, "version": row.version,
                "child": child, "motive": motive,
            })
        };
        json!({
            "children": self.children.iter().map(child).collect::<Vec<_>>(),
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }

    /// As it was kept.
    ///
    /// # Errors
    /// `Internal` for what no plan is.
    pub(in crate::store) fn read(text: &str) -> Result<Self> {
        let kept: Json = serde_json::from_str(text).map_err(Error::internal)?;
        let of = |key: &str| kept[key].as_array().cloned().unwrap_or_default();
        let string = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let mut plan = Self::default();
        for one in of("children") {
            plan.children.push(Child {
                title: string(&one["title"]),
                summary: string(&one["summary"]),
                porteur: one["porteur_id"].as_str().map(OrganisationId::from),
            });
        }
        for one in of("rows") {
            let kind = RowKind::from_key(&string(&one["kind"]))
                .ok_or_else(|| Error::internal("a plan of an unknown row"))?;
            let fate = match one["child"].as_u64() {
                Some(place) => Fate::Child(usize::try_from(place).map_err(Error::internal)?),
                None => Fate::Dropped(string(&one["motive"])),
            };
            let row = RowRef {
                kind,
                row_id: string(&one["row_id"]),
                version: one["version"].as_i64().unwrap_or_default(),
            };
            plan.rows.push((row, fate));
        }
        Ok(plan)
    }
}
