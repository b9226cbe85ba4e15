-- Versions that prove themselves, and the journal's second format (docs/versions.md).

-- format 1: rows from before; 2: the hash covers every column (`server/proof/link.rs`).
alter table journal add column capacity text;
alter table journal add column details text;
alter table journal add column version_id text;
alter table journal add column text_hash bytea;
alter table journal add column format bigint not null default 1;

-- The free text of an act. The chain holds SHA-256(salt, text) only, so that a text can be erased
-- and the chain still holds. No foreign key: checking one would ask for the right to update journal.
create table journal_text (
    proposal_id text not null,
    rank bigint not null,
    salt bytea not null,
    body text not null,
    primary key (proposal_id, rank)
);

-- What signs. Keys are retired, never removed: what they signed still verifies.
create table signing_key (
    key_id text primary key,
    public_key bytea not null,
    secret_key bytea not null,
    created_at_ms bigint not null,
    retired_at_ms bigint
);

-- One key signs at a time.
create unique index signing_key_current on signing_key ((retired_at_ms is null)) where retired_at_ms is null;

-- A frozen state of a proposal. Opened in the transaction that freezes; its seal is set once, after it.
-- reason: deposit, freeze, opinion, decision, completion. sheet: canonical JSON of the rows.
create table version (
    version_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    rank bigint not null,
    reason text not null,
    round bigint not null,
    document_id text not null references document (document_id),
    lineage text not null,
    document_seq bigint not null,
    title text not null,
    summary text not null,
    sheet text not null,
    opened_by text references person (person_id),
    opened_at_ms bigint not null,
    sealed_at_ms bigint,
    content_sha256 text,
    key_id text references signing_key (key_id),
    unique (proposal_id, rank)
);

create index version_by_content on version (content_sha256);

-- The sealed bytes. name: json (the signed file), html (the readable page).
create table version_file (
    version_id text not null references version (version_id),
    name text not null,
    body bytea not null,
    primary key (version_id, name)
);

-- Signed lists of the ends of all chains: what shows that a row was taken off an end.
create table journal_head (
    rank bigint primary key,
    day text not null,
    file bytea not null,
    key_id text not null references signing_key (key_id),
    created_at_ms bigint not null
);

-- Work written in the transaction of an act and done after it. kind: seal (subject: a version).
create table work_item (
    work_item_id text primary key,
    kind text not null,
    subject_id text not null,
    created_at_ms bigint not null,
    next_at_ms bigint not null,
    attempts bigint not null,
    last_error text,
    done_at_ms bigint,
    unique (kind, subject_id)
);

create index work_item_due on work_item (kind, done_at_ms, next_at_ms);

-- In this database only: what holds the promises of append-only tables. The owner of a table may give
-- itself any right back, so the triggers are the guard and the revoked rights a second door.
create function refuse_change() returns trigger language plpgsql as $$
begin raise exception '%', tg_argv[0]; end $$;

create function refuse_other_version() returns trigger language plpgsql as $$
begin
    if old.sealed_at_ms is not null
    or new.version_id is distinct from old.version_id
    or new.proposal_id is distinct from old.proposal_id
    or new.rank is distinct from old.rank
    or new.reason is distinct from old.reason
    or new.round is distinct from old.round
    or new.document_id is distinct from old.document_id
    or new.lineage is distinct from old.lineage
    or new.document_seq is distinct from old.document_seq
    or new.title is distinct from old.title
    or new.summary is distinct from old.summary
    or new.sheet is distinct from old.sheet
    or new.opened_by is distinct from old.opened_by
    or new.opened_at_ms is distinct from old.opened_at_ms
    then raise exception 'a version changes once, when it is sealed'; end if;
    return new;
end $$;

create function refuse_other_key() returns trigger language plpgsql as $$
begin
    if old.retired_at_ms is not null
    or new.key_id is distinct from old.key_id
    or new.public_key is distinct from old.public_key
    or new.secret_key is distinct from old.secret_key
    or new.created_at_ms is distinct from old.created_at_ms
    then raise exception 'a key changes once, when it is retired'; end if;
    return new;
end $$;

create trigger journal_no_change before update or delete on journal
    for each row execute function refuse_change('journal is append-only');
create trigger journal_no_truncate before truncate on journal
    for each statement execute function refuse_change('journal is append-only');
create trigger version_file_no_change before update or delete on version_file
    for each row execute function refuse_change('version_file is append-only');
create trigger version_file_no_truncate before truncate on version_file
    for each statement execute function refuse_change('version_file is append-only');
create trigger journal_head_no_change before update or delete on journal_head
    for each row execute function refuse_change('journal_head is append-only');
create trigger journal_head_no_truncate before truncate on journal_head
    for each statement execute function refuse_change('journal_head is append-only');
create trigger version_no_delete before delete on version
    for each row execute function refuse_change('a version is never removed');
create trigger version_no_truncate before truncate on version
    for each statement execute function refuse_change('a version is never removed');
create trigger version_sealed_once before update on version
    for each row execute function refuse_other_version();
create trigger signing_key_no_delete before delete on signing_key
    for each row execute function refuse_change('a key is never removed');
create trigger signing_key_no_truncate before truncate on signing_key
    for each statement execute function refuse_change('a key is never removed');
create trigger signing_key_retired_once before update on signing_key
    for each row execute function refuse_other_key();

revoke update, delete, truncate on journal, journal_head, version_file from public, current_user;
-- In both again.
