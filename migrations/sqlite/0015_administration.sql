-- What administrators do: mandates that wait for a validator, and the journal of administration.

-- Who confirmed a validator's mandate; null for every other mandate, and for the first validator of all.
alter table mandate add column confirmed_by text;
alter table mandate add column confirmed_at_ms bigint;

-- A validator's mandate that no sitting validator has confirmed: it is no mandate yet, so it gives nothing.
create table mandate_awaiting (
    mandate_id text primary key,
    person_id text not null references person (person_id),
    body_id text references body (body_id),
    role text not null,
    seat text,
    seat_kind text,
    valid_from text not null,
    valid_to text,
    designation_ref text,
    given_by text not null references person (person_id),
    given_at_ms bigint not null,
    answered_by text references person (person_id),
    answered_at_ms bigint,
    refusal_motive text
);

create index mandate_awaiting_by_person on mandate_awaiting (person_id);

alter table envelope add column version bigint not null default 1;
alter table region_unit add column version bigint not null default 1;
alter table membership add column version bigint not null default 1;
alter table body add column version bigint not null default 1;

create unique index envelope_by_year on envelope (year, code);
create index organisation_by_siret on organisation (siret);
create index membership_by_chantier on membership (chantier_id);

-- Append-only and hash-chained: who administered what. No foreign key, as in journal.
create table admin_journal (
    rank bigint primary key,
    act text not null,
    person_id text,
    subject_kind text not null,
    subject_id text not null,
    details text not null,
    created_at_ms bigint not null,
    hash blob not null
);

create index admin_journal_by_subject on admin_journal (subject_kind, subject_id, rank);

-- In this database only: what holds the promise of an append-only table.
create trigger admin_journal_no_update before update on admin_journal
begin select raise(abort, 'admin_journal is append-only'); end;

create trigger admin_journal_no_delete before delete on admin_journal
begin select raise(abort, 'admin_journal is append-only'); end;

create trigger admin_journal_no_replace before insert on admin_journal
when exists (select 1 from admin_journal where rank = new.rank)
begin select raise(abort, 'admin_journal is append-only'); end;
