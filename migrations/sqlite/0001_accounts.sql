-- Organisations, people, accounts and how they sign in (domain.md 1.2).
-- Dates are ISO days (text), instants are milliseconds UTC (`_ms`).

create table college (
    college_id text primary key,
    title text not null,
    family text not null,
    rank bigint not null
);

create table organisation (
    organisation_id text primary key,
    name text not null,
    short_name text not null,
    kind text not null,
    college_id text not null references college (college_id),
    territory_code text,
    siret text,
    siren text,
    rna text,
    network_parent_id text references organisation (organisation_id),
    solicitation_budget_minutes bigint not null,
    created_at_ms bigint not null,
    closed_at_ms bigint,
    version bigint not null
);

create table person (
    person_id text primary key,
    given_name text not null,
    usual_name text not null,
    gender text,
    listing_consented_at_ms bigint,
    created_at_ms bigint not null,
    version bigint not null
);

create table affiliation (
    affiliation_id text primary key,
    person_id text not null references person (person_id),
    organisation_id text not null references organisation (organisation_id),
    job_title text not null,
    elected bigint not null,
    valid_from text not null,
    valid_to text
);

create index affiliation_by_person on affiliation (person_id);

-- email is kept in lower case: one account an address.
create table account (
    account_id text primary key,
    person_id text not null unique references person (person_id),
    email text not null unique,
    password_hash text,
    password_changed_at_ms bigint,
    locale text,
    created_at_ms bigint not null,
    deactivated_at_ms bigint
);

-- Only the hash of a session's secret is kept.
create table session (
    session_id text primary key,
    account_id text not null references account (account_id),
    secret_hash blob not null unique,
    user_agent text not null,
    address text not null,
    created_at_ms bigint not null,
    seen_at_ms bigint not null,
    expires_at_ms bigint not null
);

create index session_by_account on session (account_id);

-- Personal bearer tokens for programs.
create table token (
    token_id text primary key,
    account_id text not null references account (account_id),
    secret_hash blob not null unique,
    label text not null,
    created_at_ms bigint not null,
    used_at_ms bigint,
    expires_at_ms bigint,
    revoked_at_ms bigint
);

create index token_by_account on token (account_id);

-- One-time links: `setup` (no account), `invitation` and `password` (an account without or with a password).
create table link (
    link_id text primary key,
    kind text not null,
    secret_hash blob not null unique,
    account_id text references account (account_id),
    created_by text references account (account_id),
    created_at_ms bigint not null,
    expires_at_ms bigint not null,
    used_at_ms bigint,
    cancelled_at_ms bigint
);

create index link_by_account on link (account_id);

-- One row, written by `/readyz` to know that the database takes writes.
create table probe (
    probe_id bigint primary key,
    probed_at_ms bigint not null
);
