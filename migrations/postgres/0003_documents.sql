-- Live documents: the append-only log, its snapshots and what is read from them (live-text.md).

create table document (
    document_id text primary key,
    kind text not null,
    lineage text not null,
    schema_number bigint not null,
    epoch bigint not null,
    head_seq bigint not null,
    created_at_ms bigint not null
);

-- One row a turn: its updates with their authors, in one body (`store/log.rs` documents the layout).
create table log_row (
    document_id text not null references document (document_id),
    seq bigint not null,
    epoch bigint not null,
    update_count bigint not null,
    body bytea not null,
    checksum bigint not null,
    created_at_ms bigint not null,
    primary key (document_id, seq)
);

create table snapshot (
    document_id text not null references document (document_id),
    seq bigint not null,
    state_vector bytea not null,
    structure bytea not null,
    byte_count bigint not null,
    piece_count bigint not null,
    checksum bigint not null,
    created_at_ms bigint not null,
    primary key (document_id, seq)
);

create table snapshot_piece (
    document_id text not null,
    seq bigint not null,
    piece bigint not null,
    body bytea not null,
    primary key (document_id, seq, piece)
);

-- Which account writes under which Yjs client id.
create table client_binding (
    document_id text not null references document (document_id),
    client_id bigint not null,
    account_id text not null references account (account_id),
    bound_at_ms bigint not null,
    primary key (document_id, client_id)
);

-- The text as of `seq`: JSON of the sections (HTML, words) for reading mode, the plain text,
-- and the plain text folded (`rules/wording.rs`: no accents, lower case) for searching.
create table projection (
    document_id text primary key references document (document_id),
    seq bigint not null,
    sections text not null,
    plain text not null,
    folded text not null,
    created_at_ms bigint not null
);
