//! The keys that sign versions: one signs at a time, made when it is first needed; retired ones stay,
//! so that what they signed still verifies. The secrets are in the database and nowhere else.

use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::proof::keys::SigningKey;

/// A key as everybody may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name ([`crate::proof::keys::key_id`]).
    pub key_id: String,
    /// 32 bytes.
    pub public_key: Vec<u8>,
    /// When it was made, in milliseconds UTC.
    pub created_at_ms: i64,
    /// Until when it signed.
    pub retired_at_ms: Option<i64>,
}

impl Tx {
    async fn current_key(&mut self) -> Result<Option<SigningKey>> {
        let row = self
            .row(
                "select secret_key from signing_key where retired_at_ms is null",
                &[],
            )
            .await?;
        row.map(|row| SigningKey::from_pkcs8(&row.bytes(0)?).map_err(Error::internal))
            .transpose()
    }

    async fn add_key(&mut self, now_ms: i64) -> Result<()> {
        let (key, secret) = SigningKey::generate().map_err(Error::internal)?;
        // Two at once: one key is kept, and both read it back.
        self.run(
            "insert into signing_key (key_id, public_key, secret_key, created_at_ms)
             values ($1, $2, $3, $4) on conflict do nothing",
            args![key.id(), key.public(), secret, now_ms],
        )
        .await
        .map(|_| ())
    }

    /// Every key, the first made first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn public_keys(&mut self) -> Result<Vec<PublicKey>> {
        let key = |row: &Row| {
            Ok(PublicKey {
                key_id: row.text(0)?,
                public_key: row.bytes(1)?,
                created_at_ms: row.int(2)?,
                retired_at_ms: row.opt_int(3)?,
            })
        };
        self.rows(
            "select key_id, public_key, created_at_ms, retired_at_ms from signing_key
             order by created_at_ms, key_id",
            &[],
        )
        .await?
        .iter()
        .map(key)
        .collect()
    }
}

impl Store {
    /// The key that signs now; made when there is none.
    ///
    /// # Errors
    /// Those of the database; `Internal` when the system gives no randomness.
    pub async fn signing_key(&self) -> Result<SigningKey> {
        if let Some(key) = self.read().await?.current_key().await? {
            return Ok(key);
        }
        let mut tx = self.write().await?;
        tx.add_key(self.clock.now().ms()).await?;
        let key = tx.current_key().await?;
        tx.commit().await?;
        key.ok_or_else(|| Error::internal("no signing key"))
    }

    /// Retires the key that signs and makes a new one; the new one's name.
    ///
    /// # Errors
    /// Those of the database; `Internal` when the system gives no randomness.
    pub async fn rotate_key(&self) -> Result<String> {
        let now = self.clock.now().ms();
        let mut tx = self.write().await?;
        tx.run(
            "update signing_key set retired_at_ms = $1 where retired_at_ms is null",
            args![now],
        )
        .await?;
        tx.add_key(now).await?;
        let key = tx.current_key().await?;
        tx.commit().await?;
        Ok(key.ok_or_else(|| Error::internal("no signing key"))?.id())
    }
}
