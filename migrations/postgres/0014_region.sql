-- The second half of the stage machine (domain.md 1.5 and section 2, T14 to T30): arbitrations, the Region's
-- review and decisions, conditions, agreements, follow-ups, merges and splits.

-- Who instructs, validates for the Region: of which direction; null: of none in particular.
alter table mandate add column region_unit_id text references region_unit (region_unit_id);
update mandate set region_unit_id = designation_ref
where role = 'region_instructor' and designation_ref in (select region_unit_id from region_unit);

-- Whether the public sees title, stage and calendar before the decision (invariant 14).
alter table chantier add column shows_calendar bigint not null default 0;

-- The directions associated with a proposal beside its lead direction.
create table proposal_unit (
    proposal_id text not null references proposal (proposal_id),
    region_unit_id text not null references region_unit (region_unit_id),
    primary key (proposal_id, region_unit_id)
);

-- What the steering committee advises. value: `retained`, `rework`, `reserve_list`, `not_retained`.
create table arbitration (
    arbitration_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    body_id text not null references body (body_id),
    meeting_id text references meeting (meeting_id),
    version_id text references version (version_id),
    round bigint not null,
    value text not null,
    rank bigint,
    motive text,
    arbitrated_on text not null,
    recorded_by text not null references person (person_id),
    recorded_at_ms bigint not null
);

create index arbitration_by_proposal on arbitration (proposal_id);

create table arbitration_ceiling (
    arbitration_id text not null references arbitration (arbitration_id),
    code text not null,
    year bigint not null,
    amount_cents bigint not null,
    primary key (arbitration_id, code, year)
);

-- T19: the Region takes a proposal up by itself; its motive is published.
create table evocation (
    evocation_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    from_stage text not null,
    motive text not null,
    evoked_by text not null references person (person_id),
    evoked_at_ms bigint not null
);

create index evocation_by_proposal on evocation (proposal_id);

-- A stay at the Region's desk: one each time a proposal arrives there.
create table regional_review (
    review_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    round bigint not null,
    received_at_ms bigint not null,
    completed_at_ms bigint,
    completed_by text references person (person_id),
    session_on text,
    session_organ text,
    closed_at_ms bigint,
    version bigint not null
);

create index regional_review_by_proposal on regional_review (proposal_id);

-- One point of the completeness checklist that was looked at (`rules/review.rs` names them).
-- state: `ok`, `missing`, `not_applicable`.
create table review_check (
    review_id text not null references regional_review (review_id),
    item text not null,
    state text not null,
    note text,
    checked_by text not null references person (person_id),
    checked_at_ms bigint not null,
    primary key (review_id, item)
);

-- An associated direction asked to read. Silence after `due_on` means no remark.
create table cross_reading (
    cross_reading_id text primary key,
    review_id text not null references regional_review (review_id),
    region_unit_id text not null references region_unit (region_unit_id),
    asked_by text not null references person (person_id),
    asked_at_ms bigint not null,
    due_on text not null,
    answered_by text references person (person_id),
    answered_at_ms bigint,
    answer text,
    body text,
    unique (review_id, region_unit_id)
);

-- What the Region decides. Prepared by one validator, confirmed by another, never changed after that:
-- another decision rectifies it. kind: `initial`, `addendum`, `rectification`.
-- value: `approved`, `approved_with_conditions`, `rejected`, `returned`.
create table decision (
    decision_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    kind text not null,
    rectifies_id text references decision (decision_id),
    round bigint not null,
    value text not null,
    organ text not null,
    deliberation_ref text not null,
    title text not null,
    decided_on text not null,
    transmitted_on text,
    enforceable_on text,
    motive text,
    -- Why an envelope is overrun all the same.
    override_motive text,
    -- Whether it departs from the steering committee's advice, as judged when it was confirmed.
    departs bigint not null default 0,
    -- `returned`: why, what is asked for (a JSON list of texts) and until when.
    reason_code text,
    points text not null default '[]',
    due_on text,
    prepared_by text not null references person (person_id),
    prepared_at_ms bigint not null,
    confirmed_by text references person (person_id),
    confirmed_at_ms bigint,
    published_at_ms bigint,
    version_id text references version (version_id),
    abandoned_at_ms bigint,
    version bigint not null
);

create index decision_by_proposal on decision (proposal_id);
create index decision_by_deliberation on decision (deliberation_ref);
-- One open preparation a proposal.
create unique index decision_open on decision (proposal_id)
where confirmed_at_ms is null and abandoned_at_ms is null;

create table decision_amount (
    decision_id text not null references decision (decision_id),
    code text not null,
    year bigint not null,
    amount_cents bigint not null,
    primary key (decision_id, code, year)
);

create table decision_condition (
    condition_id text primary key,
    decision_id text not null references decision (decision_id),
    rank bigint not null,
    body text not null,
    due_on text not null,
    blocking bigint not null,
    evidence text,
    lifted_by text references person (person_id),
    lifted_at_ms bigint,
    version bigint not null
);

create index decision_condition_by_decision on decision_condition (decision_id);

-- Who worked on a proposal and has seen what was decided of it.
create table decision_notice (
    decision_id text not null references decision (decision_id),
    person_id text not null references person (person_id),
    seen_at_ms bigint not null,
    primary key (decision_id, person_id)
);

-- A substantial change after a decision: the stage stays, a new decision answers it.
-- state: `asked`, `decided`, `withdrawn`.
create table addendum (
    addendum_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    matter text not null,
    body text not null,
    state text not null,
    asked_by text not null references person (person_id),
    asked_at_ms bigint not null,
    decision_id text references decision (decision_id),
    closed_at_ms bigint
);

create index addendum_by_proposal on addendum (proposal_id);

-- The agreement on a decision. kind: `agreement`, `addendum`, `none` (with its motive).
create table agreement (
    agreement_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    decision_id text not null references decision (decision_id),
    kind text not null,
    number text,
    signed_on text,
    purpose text not null,
    total_cents bigint not null,
    nature text not null,
    payment_terms text not null,
    payment_terms_text text,
    payment_from text,
    payment_to text,
    rae_id text,
    eu_notification bigint not null,
    motive text,
    recorded_by text not null references person (person_id),
    recorded_at_ms bigint not null,
    version bigint not null
);

create index agreement_by_proposal on agreement (proposal_id);
create unique index agreement_by_number on agreement (number);

-- Shares are in ten-thousandths and sum to 10000.
create table agreement_beneficiary (
    agreement_id text not null references agreement (agreement_id),
    rank bigint not null,
    organisation_id text not null references organisation (organisation_id),
    share bigint not null,
    primary key (agreement_id, rank)
);

-- One report on an action. period: `start`, `2026-S1`, `final`. Spending is what was spent since the start.
create table follow_up (
    follow_up_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    period text not null,
    due_on text not null,
    progress bigint,
    spent_cents bigint,
    body text,
    difficulties text,
    evidence text,
    saved_by text references person (person_id),
    saved_at_ms bigint,
    submitted_by text references person (person_id),
    submitted_at_ms bigint,
    version bigint not null,
    unique (proposal_id, period)
);

create table follow_up_value (
    follow_up_id text not null references follow_up (follow_up_id),
    indicator_id text not null references indicator (indicator_id),
    value text not null,
    primary key (follow_up_id, indicator_id)
);

-- The jobs of a line as they were counted: `decided` when the Region decides (T20), `realised` in a report,
-- cumulated since the start. A cancelled forecast keeps its row (T27).
create table job_count (
    job_count_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    job_line_id text not null references job_line (job_line_id),
    stage text not null,
    decision_id text references decision (decision_id),
    follow_up_id text references follow_up (follow_up_id),
    posts bigint not null,
    fte_hundredths bigint not null,
    women bigint not null,
    men bigint not null,
    undisclosed bigint not null,
    effect_year bigint not null,
    confidence text not null,
    evidence text,
    cancelled_at_ms bigint
);

create index job_count_by_proposal on job_count (proposal_id);

-- T25: why, and when it is looked at again.
create table suspension (
    suspension_id text primary key,
    proposal_id text not null references proposal (proposal_id),
    reason text not null,
    review_on text not null,
    suspended_by text not null references person (person_id),
    suspended_at_ms bigint not null,
    resumed_by text references person (person_id),
    resumed_at_ms bigint
);

create index suspension_by_proposal on suspension (proposal_id);

-- T29: several proposals become one. Each owner agrees for theirs within 15 days, or the steering
-- committee's secretary instructs. outcome: `done`, `declined`, `cancelled`, `lapsed`.
create table merge_request (
    merge_id text primary key,
    survivor_id text not null references proposal (proposal_id),
    motive text,
    asked_by text not null references person (person_id),
    asked_at_ms bigint not null,
    agree_until text not null,
    instructed_by text references person (person_id),
    -- Why it was instructed or declined.
    closing_motive text,
    closed_by text references person (person_id),
    closed_at_ms bigint,
    outcome text,
    version bigint not null
);

-- One proposal of a merge, the survivor too, and who agreed for it.
create table merge_part (
    merge_id text not null references merge_request (merge_id),
    proposal_id text not null references proposal (proposal_id),
    agreed_by text references person (person_id),
    agreed_at_ms bigint,
    primary key (merge_id, proposal_id)
);

create index merge_part_by_proposal on merge_part (proposal_id);

-- Who read a merge's proposals side by side, and when.
create table merge_reading (
    merge_id text not null references merge_request (merge_id),
    person_id text not null references person (person_id),
    read_at_ms bigint not null,
    primary key (merge_id, person_id)
);

-- T30: what a split plans while its second person has not agreed: the children and where each row goes (JSON).
alter table pending_move add column plan text;

-- T30: a row that went nowhere, on purpose. kind: `expense`, `funding`, `envelope_request`, `job_line`.
create table dropped_row (
    proposal_id text not null references proposal (proposal_id),
    kind text not null,
    row_id text not null,
    label text not null,
    year bigint not null,
    amount_cents bigint,
    posts bigint,
    motive text not null,
    dropped_by text not null references person (person_id),
    dropped_at_ms bigint not null,
    primary key (proposal_id, kind, row_id)
);

-- Which proposal a copied row or thread came from (T29, T30).
alter table objective add column from_proposal_id text references proposal (proposal_id);
alter table partner add column from_proposal_id text references proposal (proposal_id);
alter table calendar_phase add column from_proposal_id text references proposal (proposal_id);
alter table indicator add column from_proposal_id text references proposal (proposal_id);
alter table expense add column from_proposal_id text references proposal (proposal_id);
alter table funding add column from_proposal_id text references proposal (proposal_id);
alter table envelope_request add column from_proposal_id text references proposal (proposal_id);
alter table job_line add column from_proposal_id text references proposal (proposal_id);
alter table comment add column from_proposal_id text references proposal (proposal_id);

-- In this database only: a confirmed decision is never changed (domain.md 1.5).
create function refuse_confirmed_decision() returns trigger language plpgsql as $$
begin
    if old.confirmed_at_ms is not null then raise exception 'a confirmed decision never changes'; end if;
    if tg_op = 'DELETE' then return old; end if;
    return new;
end $$;

create function refuse_confirmed_amount() returns trigger language plpgsql as $$
declare of_decision text;
begin
    if tg_op = 'INSERT' then of_decision := new.decision_id; else of_decision := old.decision_id; end if;
    if exists (select 1 from decision d where d.decision_id = of_decision and d.confirmed_at_ms is not null)
    then raise exception 'a confirmed decision never changes'; end if;
    if tg_op = 'DELETE' then return old; end if;
    return new;
end $$;

create trigger decision_confirmed_once before update or delete on decision
    for each row execute function refuse_confirmed_decision();
create trigger decision_no_truncate before truncate on decision
    for each statement execute function refuse_change('a confirmed decision never changes');
create trigger decision_amount_confirmed_once before insert or update or delete on decision_amount
    for each row execute function refuse_confirmed_amount();
create trigger decision_amount_no_truncate before truncate on decision_amount
    for each statement execute function refuse_change('a confirmed decision never changes');
-- In both again.
