-- Versions that prove themselves, and the journal's second format (docs/versions.md).

-- format 1: rows from before; 2: the hash covers every column (`server/proof/link.rs`).
alter table journal add column capacity text;
alter table journal add column details text;
alter table journal add column version_id text;
alter table journal add column text_hash blob;
alter table journal add column format bigint not null default 1;

-- The free text of an act. The chain holds SHA-256(salt, text) only, so that a text can be erased
-- and the chain still holds. No foreign key: checking one would ask for the right to update journal.
create table journal_text (
    proposal_id text not null,
    rank bigint not null,
    salt blob not null,
    body text not null,
    primary key (proposal_id, rank)
);

-- What signs. Keys are retired, never removed: what they signed still verifies.
create table signing_key (
    key_id text primary key,
    public_key blob not null,
    secret_key blob not null,
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
    body blob not null,
    primary key (version_id, name)
);

-- Signed lists of the ends of all chains: what shows that a row was taken off an end.
create table journal_head (
    rank bigint primary key,
    day text not null,
    file blob not null,
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

-- In this database only: what holds the promises of append-only tables. A replace is a delete
-- that asks no trigger, so inserting over a row is refused too.
create trigger journal_no_update before update on journal
begin select raise(abort, 'journal is append-only'); end;

create trigger journal_no_delete before delete on journal
begin select raise(abort, 'journal is append-only'); end;

create trigger journal_no_replace before insert on journal
when exists (select 1 from journal where proposal_id = new.proposal_id and rank = new.rank)
begin select raise(abort, 'journal is append-only'); end;

create trigger version_file_no_update before update on version_file
begin select raise(abort, 'version_file is append-only'); end;

create trigger version_file_no_delete before delete on version_file
begin select raise(abort, 'version_file is append-only'); end;

create trigger version_file_no_replace before insert on version_file
when exists (select 1 from version_file where version_id = new.version_id and name = new.name)
begin select raise(abort, 'version_file is append-only'); end;

create trigger journal_head_no_update before update on journal_head
begin select raise(abort, 'journal_head is append-only'); end;

create trigger journal_head_no_delete before delete on journal_head
begin select raise(abort, 'journal_head is append-only'); end;

create trigger journal_head_no_replace before insert on journal_head
when exists (select 1 from journal_head where rank = new.rank)
begin select raise(abort, 'journal_head is append-only'); end;

create trigger version_no_delete before delete on version
begin select raise(abort, 'a version is never removed'); end;

create trigger version_no_replace before insert on version
when exists (select 1 from version where version_id = new.version_id
    or (proposal_id = new.proposal_id and rank = new.rank))
begin select raise(abort, 'a version is never replaced'); end;

create trigger version_sealed_once before update on version
when old.sealed_at_ms is not null
    or new.version_id is not old.version_id
    or new.proposal_id is not old.proposal_id
    or new.rank is not old.rank
    or new.reason is not old.reason
    or new.round is not old.round
    or new.document_id is not old.document_id
    or new.lineage is not old.lineage
    or new.document_seq is not old.document_seq
    or new.title is not old.title
    or new.summary is not old.summary
    or new.sheet is not old.sheet
    or new.opened_by is not old.opened_by
    or new.opened_at_ms is not old.opened_at_ms
begin select raise(abort, 'a version changes once, when it is sealed'); end;

create trigger signing_key_no_delete before delete on signing_key
begin select raise(abort, 'a key is never removed'); end;

create trigger signing_key_retired_once before update on signing_key
when old.retired_at_ms is not null
    or new.key_id is not old.key_id
    or new.public_key is not old.public_key
    or new.secret_key is not old.secret_key
    or new.created_at_ms is not old.created_at_ms
begin select raise(abort, 'a key changes once, when it is retired'); end;
-- In both again.
