//! Client ids that accounts have shown beside a text and not written under yet: theirs for 90 days,
//! whatever room or process opens the document next.

use super::late::EPOCH_MS;
use super::{Row, Store, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId};

impl Store {
    /// Keeps client ids for the accounts that showed them first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn reserve_clients(
        &self,
        document: &DocumentId,
        clients: &[(u64, AccountId)],
    ) -> Result<()> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.write().await?;
        for (client, account) in clients {
            let client = i64::try_from(*client).map_err(Error::internal)?;
            tx.run(
                "insert into client_reservation
                 (document_id, client_id, account_id, reserved_at_ms)
                 values ($1, $2, $3, $4) on conflict (document_id, client_id) do nothing",
                args![document.as_str(), client, account.as_str(), now_ms],
            )
            .await?;
        }
        tx.commit().await
    }

    /// The client ids of this document kept for an account, the latest first, at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn reserved_clients(
        &self,
        document: &DocumentId,
        limit: i64,
    ) -> Result<Vec<(u64, AccountId)>> {
        let oldest = self.clock.now().ms() - EPOCH_MS;
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select client_id, account_id from client_reservation
                 where document_id = $1 and reserved_at_ms >= $2
                 order by reserved_at_ms desc limit $3",
                args![document.as_str(), oldest, limit],
            )
            .await?;
        let reservation = |row: &Row| {
            let client = u64::try_from(row.int(0)?).map_err(Error::internal)?;
            Ok((client, AccountId::from(row.text(1)?)))
        };
        rows.iter().map(reservation).collect()
    }

    /// Forgets those that are too old to count.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn purge_reservations(&self) -> Result<()> {
        let oldest = self.clock.now().ms() - EPOCH_MS;
        let mut tx = self.write().await?;
        tx.run(
            "delete from client_reservation where reserved_at_ms < $1",
            args![oldest],
        )
        .await?;
        tx.commit().await
    }
}
