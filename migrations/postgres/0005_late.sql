-- The deposit and what comes back from it; edits that came too late, kept for their author (live-text.md 7).

-- T05: what the facilitator asks for before the proposal can be deposited again: one reason, some
-- points, one date. `journal_rank` is the act in the journal.
create table completion_request (
    completion_request_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    journal_rank bigint not null,
    reason text not null,
    due_on text not null,
    asked_by text not null references person (person_id),
    created_at_ms bigint not null,
    answered_at_ms bigint,
    unique (proposal_id, journal_rank)
);

create table completion_point (
    completion_request_id text not null references completion_request (completion_request_id),
    rank bigint not null,
    body text not null,
    primary key (completion_request_id, rank)
);

-- Which accounts were seen with the right to write, under which epoch, and when last: what a browser
-- that comes back too late may refer to.
create table writer_seen (
    document_id text not null references document (document_id),
    account_id text not null references account (account_id),
    epoch bigint not null,
    seen_at_ms bigint not null,
    primary key (document_id, account_id, epoch)
);

-- Edits that came too late: one row of each author waits at most. They are never in the text.
-- `base_seq` is the position of the log they were last judged against: text up to it, then these
-- updates in order, is what the author saw. `settled_at_ms`: they reached the text after all.
create table late_contribution (
    late_contribution_id text primary key,
    document_id text not null references document (document_id),
    account_id text not null references account (account_id),
    organisation_id text references organisation (organisation_id),
    lineage text not null,
    epoch bigint not null,
    base_seq bigint not null,
    update_count bigint not null,
    byte_count bigint not null,
    created_at_ms bigint not null,
    updated_at_ms bigint not null,
    discarded_at_ms bigint,
    settled_at_ms bigint
);

create index late_contribution_by_author on late_contribution (document_id, account_id);

-- The updates themselves, as received; they passed the gate. `hash` is their SHA-256.
create table late_update (
    late_contribution_id text not null references late_contribution (late_contribution_id),
    rank bigint not null,
    base_seq bigint not null,
    body bytea not null,
    hash bytea not null,
    created_at_ms bigint not null,
    primary key (late_contribution_id, rank)
);
