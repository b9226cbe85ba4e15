-- Threads of the commission: their outcome, corrections, mentions, and who has seen what.
-- A thread is a `comment` without parent; its replies have it as parent. `state` is written for
-- the release before and not read any more: `closed_at_ms` says it.

alter table comment add column closed_at_ms bigint;
alter table comment add column closed_by text references person (person_id);
alter table comment add column outcome_note text;
alter table comment add column edited_at_ms bigint;
-- The words of a withdrawn message are gone: its `body` is empty.
alter table comment add column withdrawn_at_ms bigint;
-- The author's organisation at that moment.
alter table comment add column author_organisation_id text references organisation (organisation_id);
-- Of a thread: its last message, closing or reopening.
alter table comment add column activity_at_ms bigint not null default 0;
alter table comment add column version bigint not null default 1;

update comment set activity_at_ms =
    (select max(r.created_at_ms) from comment r
     where r.comment_id = comment.comment_id or r.parent_id = comment.comment_id);
update comment set closed_at_ms = activity_at_ms where state = 'resolved' and parent_id is null;

create index comment_by_parent on comment (parent_id);
create index comment_open on comment (proposal_id, kind) where closed_at_ms is null and parent_id is null;

create table comment_mention (
    comment_id text not null references comment (comment_id),
    person_id text not null references person (person_id),
    seen_at_ms bigint,
    primary key (comment_id, person_id)
);

create index comment_mention_by_person on comment_mention (person_id);

-- Until when somebody has read the threads of a proposal.
create table thread_seen (
    proposal_id text not null references proposal (proposal_id),
    account_id text not null references account (account_id),
    seen_at_ms bigint not null,
    primary key (proposal_id, account_id)
);
