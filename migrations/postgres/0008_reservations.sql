-- Client ids that an account with the right to write has shown beside the text (live-text.md 5), before
-- it wrote under them: nobody else may take one while its owner is away. Forgotten after 90 days, as
-- long as a browser's store counts.
create table client_reservation (
    document_id text not null references document (document_id),
    client_id bigint not null,
    account_id text not null references account (account_id),
    reserved_at_ms bigint not null,
    primary key (document_id, client_id)
);
