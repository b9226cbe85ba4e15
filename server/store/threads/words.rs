//! The words of threads: their messages, who wrote them, who is named in them.

use std::collections::{HashMap, HashSet};

use super::{Head, Message, Thread};
use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::day::Day;
use crate::store::refs::{PersonRef, add_once, organisation_today, person_at, person_columns};
use crate::store::{Tx, args};

impl Tx {
    /// These threads with their messages, in the order given.
    pub(super) async fn with_words(
        &mut self,
        proposal: &ProposalId,
        heads: Vec<Head>,
        answered: &HashSet<String>,
        today: &Day,
    ) -> Result<Vec<Thread>> {
        let activity = heads.iter().map(|head| head.activity_at_ms);
        let (Some(newest), Some(oldest)) = (activity.clone().max(), activity.min()) else {
            return Ok(Vec::new());
        };
        let people = self.people_of_threads(proposal, today).await?;
        let mentions = self.mentions(proposal, (oldest, newest), &people).await?;
        let mut messages = self
            .messages(proposal, (oldest, newest), &people, mentions)
            .await?;
        for message in messages.values_mut().flatten() {
            message.is_answered = answered.contains(&message.message_id);
        }
        Ok(heads
            .into_iter()
            .map(|head| Thread {
                messages: messages.remove(&head.thread_id).unwrap_or_default(),
                closed_by: head
                    .closing
                    .as_ref()
                    .and_then(|closing| named(&people, closing.closed_by.as_deref()?)),
                head,
            })
            .collect())
    }

    /// The messages of the threads that were last active between these times, by thread.
    async fn messages(
        &mut self,
        proposal: &ProposalId,
        (oldest, newest): (i64, i64),
        people: &[PersonRef],
        mut mentions: HashMap<String, Vec<PersonRef>>,
    ) -> Result<HashMap<String, Vec<Message>>> {
        let organisations = self.organisations().await?;
        let mut messages: HashMap<String, Vec<Message>> = HashMap::new();
        for row in self
            .rows(
                "select t.comment_id, c.comment_id, c.author_id, c.author_organisation_id, c.body,
                        c.created_at_ms, c.edited_at_ms, c.withdrawn_at_ms
                 from comment c join comment t on t.comment_id = coalesce(c.parent_id, c.comment_id)
                 where c.proposal_id = $1 and t.activity_at_ms between $2 and $3
                 order by case when c.parent_id is null then 0 else 1 end, c.created_at_ms,
                          c.comment_id",
                args![proposal.as_str(), oldest, newest],
            )
            .await?
        {
            let (message_id, author_id) = (row.text(1)?, row.text(2)?);
            let mut author = named(people, &author_id)
                .ok_or_else(|| Error::internal(format!("{message_id} has no author")))?;
            if let Some(then) = row.opt_text(3)?.and_then(|id| organisations.get(&id)) {
                author.organisation = Some(then.clone());
            }
            messages.entry(row.text(0)?).or_default().push(Message {
                author,
                body: row.text(4)?,
                mentions: mentions.remove(&message_id).unwrap_or_default(),
                created_at_ms: row.int(5)?,
                edited_at_ms: row.opt_int(6)?,
                withdrawn_at_ms: row.opt_int(7)?,
                is_answered: false,
                message_id,
            });
        }
        Ok(messages)
    }

    /// Who is named in the messages of these threads, by message.
    async fn mentions(
        &mut self,
        proposal: &ProposalId,
        (oldest, newest): (i64, i64),
        people: &[PersonRef],
    ) -> Result<HashMap<String, Vec<PersonRef>>> {
        let mut mentions: HashMap<String, Vec<PersonRef>> = HashMap::new();
        for row in self
            .rows(
                "select m.comment_id, m.person_id from comment_mention m
                 join comment c on c.comment_id = m.comment_id
                 join comment t on t.comment_id = coalesce(c.parent_id, c.comment_id)
                 where c.proposal_id = $1 and t.activity_at_ms between $2 and $3
                 order by m.comment_id, m.person_id",
                args![proposal.as_str(), oldest, newest],
            )
            .await?
        {
            if let Some(person) = named(people, &row.text(1)?) {
                mentions.entry(row.text(0)?).or_default().push(person);
            }
        }
        Ok(mentions)
    }

    /// Everybody who wrote, closed or is named in the threads of a proposal.
    async fn people_of_threads(
        &mut self,
        proposal: &ProposalId,
        today: &Day,
    ) -> Result<Vec<PersonRef>> {
        let mut people = Vec::new();
        for row in self
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    " from person p",
                    organisation_today!("$1", "$2"),
                    "where p.person_id in (select author_id from comment where proposal_id = $3)
                     or p.person_id in (select closed_by from comment where proposal_id = $4)
                     or p.person_id in
                         (select m.person_id from comment_mention m
                          join comment c on c.comment_id = m.comment_id where c.proposal_id = $5)
                     order by p.person_id, f.valid_from"
                ),
                args![
                    today.as_str(),
                    today.as_str(),
                    proposal.as_str(),
                    proposal.as_str(),
                    proposal.as_str()
                ],
            )
            .await?
        {
            add_once(&mut people, person_at(&row, 0)?);
        }
        Ok(people)
    }
}

fn named(people: &[PersonRef], id: &str) -> Option<PersonRef> {
    people.iter().find(|one| one.person_id == id).cloned()
}
