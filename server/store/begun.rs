//! A transaction that is begun whole, also when who asked for it leaves meanwhile.

/// Begins a transaction on a task of its own. A request that is dropped while it begins one (its client went
/// away) would else leave the connection in the pool with that transaction open, or its answer unread.
pub(super) async fn begun<T: Send + 'static>(
    begin: impl Future<Output = sqlx::Result<T>> + Send + 'static,
) -> sqlx::Result<T> {
    let ended = |error| Err(sqlx::Error::Io(std::io::Error::other(error)));
    tokio::spawn(begin).await.unwrap_or_else(ended)
}
