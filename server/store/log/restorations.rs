//! What the server itself writes into a text, on behalf of an account: under which client id,
//! and which of it brought an earlier text back.

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId};
use crate::store::journal::Entry;
use crate::store::{Row, Store, Tx, args};

/// A text brought back: the update at `seq` made the text of `to_seq` again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restoration {
    /// The row of the update.
    pub seq: i64,
    /// The place of the log whose text it brought back.
    pub to_seq: i64,
    /// Who asked for it.
    pub account: AccountId,
    /// When.
    pub created_at: Timestamp,
}

impl Tx {
    /// Notes that the row `seq`, written in this transaction, brought the text of `to_seq` back:
    /// here, and in the journal of the proposal whose text it is. Noted once, however often.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note_restoration(
        &mut self,
        document: &DocumentId,
        restoration: &Restoration,
    ) -> Result<()> {
        let new = self
            .run(
                "insert into restoration (document_id, seq, to_seq, account_id, created_at_ms)
                 values ($1, $2, $3, $4, $5) on conflict (document_id, seq) do nothing",
                args![
                    document.as_str(),
                    restoration.seq,
                    restoration.to_seq,
                    restoration.account.as_str(),
                    restoration.created_at.ms()
                ],
            )
            .await?;
        let proposal = self
            .row(
                "select p.proposal_id, a.person_id from proposal p, account a
                 where p.document_id = $1 and a.account_id = $2",
                args![document.as_str(), restoration.account.as_str()],
            )
            .await?;
        if let (1, Some(row)) = (new, proposal) {
            let entry = Entry {
                person_id: Some(&row.text(1)?),
                document_seq: Some(restoration.seq),
                ..Entry::new("restore", restoration.created_at)
            };
            self.record(&row.text(0)?.into(), &entry).await?;
        }
        Ok(())
    }

    /// What was brought back in this document, the first first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn restorations(&mut self, document: &DocumentId) -> Result<Vec<Restoration>> {
        let rows = self
            .rows(
                "select seq, to_seq, account_id, created_at_ms from restoration
                 where document_id = $1 order by seq",
                args![document.as_str()],
            )
            .await?;
        let restoration = |row: &Row| {
            Ok(Restoration {
                seq: row.int(0)?,
                to_seq: row.int(1)?,
                account: row.text(2)?.into(),
                created_at: Timestamp(row.int(3)?),
            })
        };
        rows.iter().map(restoration).collect()
    }
}

impl Store {
    /// What was brought back in this document, the first first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn restorations(&self, document: &DocumentId) -> Result<Vec<Restoration>> {
        self.read().await?.restorations(document).await
    }

    /// The client id under which the server writes into this document for this account; always
    /// the same one. Nobody else in the document has it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn server_client(&self, document: &DocumentId, account: &AccountId) -> Result<u32> {
        let mut tx = self.write().await?;
        loop {
            let known = tx
                .row(
                    "select client_id from server_client where document_id = $1 and account_id = $2",
                    args![document.as_str(), account.as_str()],
                )
                .await?;
            if let Some(row) = known {
                tx.commit().await?;
                return u32::try_from(row.int(0)?).map_err(Error::internal);
            }
            let client = getrandom::u32().map_err(Error::internal)?;
            tx.run(
                "insert into server_client (document_id, account_id, client_id, created_at_ms)
                 select $1, $2, $3, $4
                 where not exists (select 1 from client_binding where document_id = $5 and client_id = $6)
                 and not exists (select 1 from server_client where document_id = $7 and client_id = $8)
                 on conflict (document_id, account_id) do nothing",
                args![
                    document.as_str(),
                    account.as_str(),
                    i64::from(client),
                    self.clock.now().ms(),
                    document.as_str(),
                    i64::from(client),
                    document.as_str(),
                    i64::from(client)
                ],
            )
            .await?;
        }
    }
}
