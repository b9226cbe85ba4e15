-- The commission's half of the stage machine (domain.md 1.3, 1.5 and section 2): acts that take two
-- people, the agenda of meetings, written consultations, opinions and their reserves.

alter table proposal add column receiving_chantier_id text references chantier (chantier_id);
alter table proposal add column receiving_since_ms bigint;
alter table proposal add column origin_chantier_id text references chantier (chantier_id);

-- A possible duplicate, found when the idea was proposed: its owner answers before the deposit.
alter table proposal_link add column answered_by text references person (person_id);
alter table proposal_link add column answered_at_ms bigint;

alter table meeting add column created_by text references person (person_id);
alter table meeting add column version bigint not null default 1;

-- A transition asked for by one of the two people it takes (T06, T07, T13, T28, T32).
-- outcome: `accepted`, `declined`, `cancelled`, `lapsed` (the proposal moved otherwise).
create table pending_move (
    pending_move_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    transition text not null,
    asked_by text not null references person (person_id),
    capacity text not null,
    reason text,
    chantier_id text references chantier (chantier_id),
    asked_at_ms bigint not null,
    closed_by text references person (person_id),
    closed_at_ms bigint,
    outcome text
);

create index pending_move_by_proposal on pending_move (proposal_id);

-- kind: `information`, `debate`, `opinion`, `arbitration`, `misc`.
create table agenda_item (
    agenda_item_id text primary key,
    meeting_id text not null references meeting (meeting_id),
    rank bigint not null,
    title text not null,
    kind text not null,
    proposal_id text references proposal (proposal_id),
    version_id text references version (version_id),
    duration_minutes bigint,
    outcome text,
    added_by text references person (person_id),
    added_at_ms bigint not null,
    withdrawn_at_ms bigint
);

create index agenda_item_by_meeting on agenda_item (meeting_id);
create index agenda_item_by_proposal on agenda_item (proposal_id);

create table written_consultation (
    written_consultation_id text primary key,
    body_id text not null references body (body_id),
    proposal_id text not null references proposal (proposal_id),
    version_id text not null references version (version_id),
    opened_at_ms bigint not null,
    closes_on text not null,
    closed_at_ms bigint,
    cancelled_at_ms bigint
);

create index written_consultation_by_proposal on written_consultation (proposal_id);

-- An opinion on a sealed version. Votes are null with consensus. `heard_on`: the day of the meeting or
-- the last of the consultation. `voided_at_ms`: prepared, then given up with the freeze (T09).
create table opinion (
    opinion_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    body_id text not null references body (body_id),
    version_id text not null references version (version_id),
    round bigint not null,
    value text not null,
    mode text not null,
    votes_for bigint,
    votes_against bigint,
    votes_abstain bigint,
    votes_none bigint,
    seat_count bigint not null,
    motive text,
    meeting_id text references meeting (meeting_id),
    written_consultation_id text references written_consultation (written_consultation_id),
    heard_on text not null,
    prepared_by text not null references person (person_id),
    prepared_at_ms bigint not null,
    signed_by text references person (person_id),
    signed_at_ms bigint,
    given_at_ms bigint,
    voided_at_ms bigint,
    version bigint not null
);

create index opinion_by_proposal on opinion (proposal_id);

-- origin: `automatic` (porteur, co-porteur, partner the action pays), `declared`.
create table opinion_recusal (
    opinion_id text not null references opinion (opinion_id),
    organisation_id text not null references organisation (organisation_id),
    origin text not null,
    primary key (opinion_id, organisation_id)
);

create table opinion_dissent (
    opinion_id text not null references opinion (opinion_id),
    rank bigint not null,
    organisation_id text references organisation (organisation_id),
    body text not null,
    primary key (opinion_id, rank)
);

-- state: `open`, `addressed`, `maintained`.
create table reserve (
    reserve_id text primary key,
    opinion_id text not null references opinion (opinion_id),
    rank bigint not null,
    body text not null,
    state text not null,
    answer text,
    answered_by text references person (person_id),
    answered_at_ms bigint,
    version bigint not null
);

create index reserve_by_opinion on reserve (opinion_id);

-- T31: the owner was told that nothing has happened for long.
create table inactivity_warning (
    proposal_id text not null references proposal (proposal_id),
    warned_at_ms bigint not null,
    warned_by text not null references person (person_id),
    primary key (proposal_id, warned_at_ms)
);

-- The demonstration is replayed act by act after its framework: set while that is not done.
alter table programme add column demo_began_at_ms bigint;
