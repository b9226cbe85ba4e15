//! The proposals' texts as updates, which pass the gate like any other before they are kept.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::live::gate::{self, Limits, Tables, Verdict};
use crate::live::schema;
use crate::store::demo::Text;
use crate::store::demo::data::{Demo, Proposal};
use crate::text::{edit, random_client_id};
use crate::work::projection;

/// The text of each proposal, by proposal id. Blocking.
///
/// # Errors
/// When a text does not pass the gate, which a test shows for the data we ship.
pub(super) fn of(demo: &Demo) -> Result<HashMap<String, Text>> {
    demo.proposals
        .iter()
        .map(|proposal| Ok((proposal.id.clone(), text_of(proposal)?)))
        .collect()
}

fn text_of(proposal: &Proposal) -> Result<Text> {
    let client_id = random_client_id().map_err(Error::internal)?;
    let sections: Vec<(&str, &str)> = schema::SECTIONS
        .into_iter()
        .map(|key| (key, proposal.section(key)))
        .filter(|(_, markdown)| !markdown.is_empty())
        .collect();
    if sections.is_empty() {
        return Ok(Text {
            client_id,
            update: None,
            projection: projection::of(0, &[]).map_err(Error::internal)?,
        });
    }
    let update = edit::from_markdown(&sections, client_id);
    match gate::read(&update, &Tables::new(), &Limits::default()) {
        Verdict::Accepted(_) => {}
        refused @ (Verdict::NothingNew
        | Verdict::CleanUpOnly(_)
        | Verdict::Gap
        | Verdict::Refused(_)) => {
            return Err(Error::internal(format!(
                "the text of {} does not pass the gate: {refused:?}",
                proposal.id
            )));
        }
    }
    // The first row of a new document.
    let projection = projection::of(1, &[update.clone().into()]).map_err(Error::internal)?;
    Ok(Text {
        client_id,
        update: Some(update),
        projection,
    })
}
