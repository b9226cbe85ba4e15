//! How many statements a piece of work sends to the database: the number that must not grow with the rows
//! of a page, on any machine.

use std::cell::Cell;

tokio::task_local! {
    static SENT: Cell<u64>;
}

/// One more was sent; nothing where nobody counts.
pub(super) fn sent(count: u64) {
    // No scope around it: nobody counts.
    let _ = SENT.try_with(|sent| sent.set(sent.get() + count));
}

/// Runs this, and says how many statements it sent, those of other tasks left out.
pub async fn counted<T>(work: impl Future<Output = T>) -> (T, u64) {
    let (done, count) = SENT
        .scope(Cell::new(0), async {
            let done = work.await;
            (done, SENT.with(Cell::get))
        })
        .await;
    // Who counts around it counts these, too.
    sent(count);
    (done, count)
}
