-- What lasts of a live document's log: older rows in compressed segments, what could not be read
-- any more, the points of its history, and what the server itself wrote.

-- Rows in a row, compressed; a row stands here or in log_row, never in both
-- (`store/log/segment.rs` documents the layout).
create table log_segment (
    document_id text not null references document (document_id),
    from_seq bigint not null,
    to_seq bigint not null,
    update_count bigint not null,
    byte_count bigint not null,
    body bytea not null,
    checksum bigint not null,
    created_at_ms bigint not null,
    primary key (document_id, from_seq)
);

-- What did not match its checksum, set aside: kind is row, segment or snapshot.
create table log_damage (
    document_id text not null references document (document_id),
    kind text not null,
    from_seq bigint not null,
    to_seq bigint not null,
    found_at_ms bigint not null,
    primary key (document_id, kind, from_seq)
);

-- The points of a document's history, made from its log behind the edits; may be made again.
create table history_point (
    document_id text not null references document (document_id),
    from_seq bigint not null,
    to_seq bigint not null,
    kind text not null,
    started_at_ms bigint not null,
    ended_at_ms bigint not null,
    added_chars bigint not null,
    removed_chars bigint not null,
    authors text not null,
    primary key (document_id, from_seq)
);

-- The client id under which the server writes for an account.
create table server_client (
    document_id text not null references document (document_id),
    account_id text not null references account (account_id),
    client_id bigint not null,
    created_at_ms bigint not null,
    primary key (document_id, account_id)
);

-- The update at seq brought the text of to_seq back.
create table restoration (
    document_id text not null references document (document_id),
    seq bigint not null,
    to_seq bigint not null,
    account_id text not null references account (account_id),
    created_at_ms bigint not null,
    primary key (document_id, seq)
);
