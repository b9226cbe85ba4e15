//! One commit of many turns on SQLite, in one trip to the thread that owns its connection:
//! each statement of a transaction would cost one, and wake two threads.
//! The same fence as everywhere: a turn is written where epoch and head are still those it was
//! judged under. The transaction holds SQLite's only write lock, so that the row, the client ids
//! and the head see the same document row.

use std::fmt::Write as _;

use super::body;
use super::writer::Append;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::store::{Store, Value};

/// `$1`: the turns, `[document, epoch, seq, updates, first byte, bytes, checksum]` each; `$2`: their
/// bodies, one after the other; `$3`: now; `$4`: client ids, `[document, epoch, seq, client, account]`.
const COMMIT: &str = "
    begin immediate;
    insert into log_row (document_id, seq, epoch, update_count, body, checksum, created_at_ms)
    select d.document_id, t.value ->> 2, t.value ->> 1, t.value ->> 3,
           substr($2, t.value ->> 4, t.value ->> 5), t.value ->> 6, $3
    from json_each($1) t join document d on d.document_id = t.value ->> 0
    where d.epoch = t.value ->> 1 and d.head_seq = (t.value ->> 2) - 1;
    insert into client_binding (document_id, client_id, account_id, bound_at_ms)
    select d.document_id, t.value ->> 3, t.value ->> 4, $3
    from json_each($4) t join document d on d.document_id = t.value ->> 0
    where d.epoch = t.value ->> 1 and d.head_seq = (t.value ->> 2) - 1
    on conflict (document_id, client_id) do nothing;
    update document set head_seq = t.value ->> 2
    from json_each($1) t
    where document.document_id = t.value ->> 0 and document.epoch = t.value ->> 1
    and document.head_seq = (t.value ->> 2) - 1;
    select changes();
    commit";

/// Commits these turns, at most one a document; how many of their fences held: one number, since each
/// row that a statement returns wakes two threads. `None` on a database where this is no gain.
///
/// # Errors
/// Those of the database; nothing was kept, unless the commit itself failed.
pub(super) async fn commit(
    store: &Store,
    appends: &[&Append],
    now: Timestamp,
) -> Result<Option<usize>> {
    if !store.is_sqlite() {
        return Ok(None);
    }
    let (mut turns, mut bodies, mut clients) = (String::from("["), Vec::new(), String::from("["));
    for append in appends {
        let id = serde_json::to_string(append.document.as_str()).map_err(Error::internal)?;
        let (epoch, seq) = (append.epoch, append.head_seq + 1);
        let body = body::encode(&append.updates);
        let checksum = body::checksum(&append.document, seq, epoch, &body);
        let (count, first) = (append.updates.len(), bodies.len() + 1);
        write_row(
            &mut turns,
            format_args!(
                "{id},{epoch},{seq},{count},{first},{},{checksum}",
                body.len()
            ),
        );
        bodies.extend_from_slice(&body);
        for (client, account) in &append.clients {
            let account = serde_json::to_string(account.as_str()).map_err(Error::internal)?;
            write_row(
                &mut clients,
                format_args!("{id},{epoch},{seq},{client},{account}"),
            );
        }
    }
    turns.push(']');
    clients.push(']');
    let values = vec![
        Value::from(turns),
        Value::from(bodies),
        Value::from(now.ms()),
        Value::from(clients),
    ];
    let rows = store.run_whole(COMMIT, values).await?;
    let held = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(Some(usize::try_from(held).map_err(Error::internal)?))
}

fn write_row(rows: &mut String, row: std::fmt::Arguments<'_>) {
    if rows.len() > 1 {
        rows.push(',');
    }
    // Writing to a string cannot fail.
    let _ = write!(rows, "[{row}]");
}
