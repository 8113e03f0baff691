-- What plans shows: one row a case that has or had a plan.
create table plans (
    case_id     uuid primary key,
    client_id   uuid,
    instalments integer not null,
    paid        integer not null,
    state       text not null  -- proposed, waiting, kept, missed, completed, broken, refused
);
