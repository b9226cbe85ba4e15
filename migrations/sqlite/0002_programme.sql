-- The programme, its chantiers, bodies, memberships and mandates (domain.md 1.1 and 1.2).

create table programme (
    programme_id text primary key,
    code text not null,
    title text not null,
    region_name text not null,
    starts_on text not null,
    ends_on text not null,
    annual_budget_cents bigint not null,
    annual_jobs_target bigint not null,
    target_unit text not null,
    intro text not null,
    participation_rules text not null,
    rules text not null,
    accent text,
    second text,
    logo blob,
    logo_type text,
    demo_loaded_at_ms bigint,
    created_at_ms bigint not null,
    version bigint not null
);

create table axis (
    axis_id text primary key,
    title text not null,
    description text not null
);

create table envelope (
    envelope_id text primary key,
    year bigint not null,
    code text not null,
    label text not null,
    amount_cents bigint not null,
    parent_id text references envelope (envelope_id),
    requested_cents bigint not null,
    arbitrated_cents bigint not null,
    decided_cents bigint not null,
    committed_cents bigint not null
);

create table region_unit (
    region_unit_id text primary key,
    kind text not null,
    title text not null
);

create table territory (
    territory_code text primary key,
    level text not null,
    name text not null
);

create table chantier (
    chantier_id text primary key,
    slug text not null unique,
    title text not null,
    description text not null,
    kind text not null,
    status text not null,
    axis_id text references axis (axis_id),
    lead_unit_id text references region_unit (region_unit_id),
    opened_on text not null,
    version bigint not null
);

create table chantier_delegation (
    chantier_id text not null references chantier (chantier_id),
    region_unit_id text not null references region_unit (region_unit_id),
    primary key (chantier_id, region_unit_id)
);

create table body (
    body_id text primary key,
    kind text not null,
    chantier_id text references chantier (chantier_id),
    title text not null
);

create table membership (
    membership_id text primary key,
    organisation_id text not null references organisation (organisation_id),
    chantier_id text not null references chantier (chantier_id),
    level text not null,
    status text not null,
    valid_from text not null,
    valid_to text,
    unique (organisation_id, chantier_id, valid_from)
);

-- A mandate gives a person one role, in a body (commission, COPIL, Region) or,
-- when body_id is null, in the whole programme (`admin`) or in the person's organisation (`org_admin`).
create table mandate (
    mandate_id text primary key,
    person_id text not null references person (person_id),
    body_id text references body (body_id),
    role text not null,
    seat text,
    seat_kind text,
    voting bigint not null,
    valid_from text not null,
    valid_to text,
    designation_ref text
);

create index mandate_by_person on mandate (person_id);
create index mandate_by_body on mandate (body_id);

create table meeting (
    meeting_id text primary key,
    body_id text not null references body (body_id),
    number text,
    title text not null,
    status text not null,
    starts_at_ms bigint not null,
    ends_at_ms bigint not null,
    mode text not null,
    place_name text,
    details text not null
);

create index meeting_by_start on meeting (starts_at_ms);

-- The programme's yearly figures, as published (JSON of the data set until the counting rules exist).
create table figure_year (
    year bigint primary key,
    status text not null,
    as_of text not null,
    headline bigint not null,
    details text not null
);
