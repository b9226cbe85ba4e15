-- The fiche-action as forms: who changed a row last, what a job line says beside its figures, the parts
-- that hold one value, and the territories of the official geographic code.

alter table proposal add column porteur_declined_at_ms bigint;
alter table proposal add column owner_contact_name text;
alter table proposal add column owner_contact_email text;
-- Why this structure can bear the action.
alter table proposal add column owner_capacity text;
alter table proposal add column owner_legal_form text;
-- Keys joined by a comma, e.g. `job_seekers,young`.
alter table proposal add column target_tags text;
-- Said on purpose: nobody takes part beside the porteur.
alter table proposal add column no_partner_at_ms bigint;
-- Said on purpose, with why: no job is expected directly.
alter table proposal add column no_jobs_motive text;

-- Parts of the sheet that hold one value: `owner`, `target_public`, `territory`, `porteur`, `vat`,
-- `no_partner`, `no_jobs`. A part without a row stands at version 0.
create table sheet_part (
    proposal_id text not null references proposal (proposal_id),
    part text not null,
    version bigint not null,
    changed_by text references person (person_id),
    changed_at_ms bigint not null,
    primary key (proposal_id, part)
);

alter table objective add column changed_by text references person (person_id);
alter table objective add column changed_at_ms bigint;

alter table partner add column changed_by text references person (person_id);
alter table partner add column changed_at_ms bigint;
-- 1 when the action pays the partner: it then does not vote on it.
alter table partner add column paid bigint not null default 0;

alter table calendar_phase add column changed_by text references person (person_id);
alter table calendar_phase add column changed_at_ms bigint;

alter table expense add column changed_by text references person (person_id);
alter table expense add column changed_at_ms bigint;

alter table funding add column changed_by text references person (person_id);
alter table funding add column changed_at_ms bigint;
-- `cash`, or `in_kind` (account 87), which balances apart.
alter table funding add column nature text not null default 'cash';

alter table envelope_request add column rank bigint not null default 0;
alter table envelope_request add column changed_by text references person (person_id);
alter table envelope_request add column changed_at_ms bigint;

alter table indicator add column changed_by text references person (person_id);
alter table indicator add column changed_at_ms bigint;

alter table job_line add column changed_by text references person (person_id);
alter table job_line add column changed_at_ms bigint;
-- What was answered to the founding question: `no`, `later`, `less`, `harder`; null where it was not asked.
alter table job_line add column founding_answer text;
-- Null while the employer is to be identified.
alter table job_line add column employer_siret text;
-- What shows it, without a jobholder's name.
alter table job_line add column evidence text;
-- The share of a gathered line that may be counted elsewhere, in percent.
alter table job_line add column overlap_percent bigint;
-- Which nomenclature the sector's letter belongs to.
alter table job_line add column sector_nomenclature text not null default 'naf_rev2';

-- Where the jobs of a line are; the shares of a line sum to 100.
create table job_line_territory (
    job_line_id text not null references job_line (job_line_id),
    territory_code text not null references territory (territory_code),
    share_percent bigint not null,
    primary key (job_line_id, territory_code)
);

-- The year of the official geographic code a territory was read from, and the territory that took its
-- place (a merged commune, an arrondissement of Marseille).
alter table territory add column cog_year bigint;
alter table territory add column successor_code text references territory (territory_code);
