-- What intake shows: one row a case, one row a debtor known by an identifier, one row a person who works here.
create table cases (
    case_id     uuid primary key,
    client_id   uuid not null,
    party_id    uuid not null,
    country     text not null,
    currency    text not null,
    received_on date not null,
    stage       text not null,  -- received, checking, needs_info, rejected, accepted
    reason      text not null default '',
    attempt     integer not null default 0,
    again_at    timestamptz,
    answer_by   date,
    contacted   boolean not null default false,
    ended_on    date            -- The day collection ended, where it has.
);
create index cases_of_a_day on cases (client_id, party_id, received_on);

-- A keyed digest, never an identifier: without the master key nothing can be looked up or tried.
create table parties (
    digest   text primary key,
    party_id uuid not null
);

create table staff (staff_id uuid primary key);

-- Every debtor a case was ever about.
create table about (
    party_id uuid not null,
    case_id  uuid not null,
    primary key (party_id, case_id)
);
create index about_of_case on about (case_id);

-- Who was erased, and whether every key that closes them is destroyed. No name, no digest.
create table erased (
    party_id uuid primary key,
    at       timestamptz not null,
    keys     uuid[] not null,
    done     boolean not null default false
);
comment on column erased.done is 'not computed from events: set once keys are destroyed, and found again at once';
