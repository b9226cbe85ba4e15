-- Proposals and the structured rows of the fiche-action (domain.md 1.4).

create table proposal (
    proposal_id text primary key,
    number text unique,
    action_number text,
    title text not null,
    summary text not null,
    stage text not null,
    round bigint not null,
    chantier_id text not null references chantier (chantier_id),
    axis_id text references axis (axis_id),
    porteur_id text references organisation (organisation_id),
    porteur_accepted_at_ms bigint,
    lead_unit_id text references region_unit (region_unit_id),
    document_id text not null unique references document (document_id),
    sector text,
    owner_text text,
    vat_mode text,
    target_text text,
    target_headcount bigint,
    target_women_percent bigint,
    created_by text not null references person (person_id),
    created_at_ms bigint not null,
    stage_since_ms bigint not null,
    updated_at_ms bigint not null,
    version bigint not null
);

create index proposal_by_chantier on proposal (chantier_id, stage);
create index proposal_by_stage on proposal (stage);

-- tie: `owner`, `contributor`.
create table proposal_person (
    proposal_id text not null references proposal (proposal_id),
    person_id text not null references person (person_id),
    tie text not null,
    added_by text references person (person_id),
    added_at_ms bigint not null,
    primary key (proposal_id, person_id, tie)
);

create index proposal_person_by_person on proposal_person (person_id);

create table proposal_chantier (
    proposal_id text not null references proposal (proposal_id),
    chantier_id text not null references chantier (chantier_id),
    primary key (proposal_id, chantier_id)
);

create table proposal_co_porteur (
    proposal_id text not null references proposal (proposal_id),
    organisation_id text not null references organisation (organisation_id),
    primary key (proposal_id, organisation_id)
);

create table proposal_territory (
    proposal_id text not null references proposal (proposal_id),
    territory_code text not null references territory (territory_code),
    primary key (proposal_id, territory_code)
);

create table proposal_tag (
    proposal_id text not null references proposal (proposal_id),
    tag text not null,
    primary key (proposal_id, tag)
);

create table proposal_link (
    from_id text not null references proposal (proposal_id),
    to_id text not null references proposal (proposal_id),
    kind text not null,
    note text,
    primary key (from_id, to_id, kind)
);

create table objective (
    objective_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    rank bigint not null,
    body text not null,
    version bigint not null
);

create index objective_by_proposal on objective (proposal_id);

create table partner (
    partner_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    rank bigint not null,
    organisation_id text references organisation (organisation_id),
    name text,
    role text not null,
    state text not null,
    version bigint not null
);

create index partner_by_proposal on partner (proposal_id);

create table calendar_phase (
    calendar_phase_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    rank bigint not null,
    label text not null,
    starts_on text not null,
    ends_on text not null,
    milestone text,
    version bigint not null
);

create index calendar_phase_by_proposal on calendar_phase (proposal_id);

create table expense (
    expense_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    rank bigint not null,
    year bigint not null,
    nature text not null,
    account text not null,
    label text not null,
    amount_cents bigint not null,
    version bigint not null
);

create index expense_by_proposal on expense (proposal_id);

create table funding (
    funding_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    rank bigint not null,
    year bigint not null,
    funder text not null,
    kind text not null,
    scheme text,
    amount_cents bigint not null,
    state text not null,
    version bigint not null
);

create index funding_by_proposal on funding (proposal_id);

create table envelope_request (
    envelope_request_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    code text not null,
    year bigint not null,
    amount_cents bigint not null,
    version bigint not null
);

create index envelope_request_by_proposal on envelope_request (proposal_id);

-- Values are decimal text: an indicator may count people or kilograms.
create table indicator (
    indicator_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    rank bigint not null,
    label text not null,
    kind text not null,
    unit text not null,
    baseline text,
    target text,
    due_on text,
    source text,
    version bigint not null
);

create index indicator_by_proposal on indicator (proposal_id);

create table job_line (
    job_line_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    rank bigint not null,
    kind text not null,
    nature text not null,
    stage text not null,
    posts bigint not null,
    fte_hundredths bigint not null,
    women bigint not null,
    men bigint not null,
    undisclosed bigint not null,
    contract text not null,
    duration_months bigint,
    effect_year bigint not null,
    sector text,
    confidence text not null,
    note text,
    version bigint not null
);

create index job_line_by_proposal on job_line (proposal_id);

-- Threads on a section; shown by a later capability, kept from the first day.
create table comment (
    comment_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    parent_id text references comment (comment_id),
    section text,
    kind text not null,
    author_id text not null references person (person_id),
    body text not null,
    visibility text not null,
    state text not null,
    outcome text,
    created_at_ms bigint not null
);

create index comment_by_proposal on comment (proposal_id);

-- What happened to a proposal, one row an act, never changed: each row's hash covers the row
-- and the hash before it (`store/journal.rs` writes and verifies the chain).
create table journal (
    proposal_id text not null references proposal (proposal_id),
    rank bigint not null,
    act text not null,
    person_id text references person (person_id),
    from_stage text,
    to_stage text,
    note text,
    document_seq bigint,
    created_at_ms bigint not null,
    hash blob not null,
    primary key (proposal_id, rank)
);
