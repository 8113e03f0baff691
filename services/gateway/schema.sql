-- What people look at. All of it can be thrown away and read again from the store, but for who is logged in and who
-- tried to: these stay when the rest is built anew. Where this file has changed they go too, and the key is asked for.
grant usage on schema gateway to sovinto_client, sovinto_staff;

-- One row a case. `progress` is the fold of its stream, with no personal value in it.
create table cases (
    case_id    uuid primary key,
    opened     bigint not null,           -- Position of its first event: the newest case has the highest.
    position   bigint not null,           -- Position of its last event: what a list shows is as new as this.
    client_id  uuid not null,
    party_id   uuid not null,
    number     text not null,             -- Ours, once accepted.
    invoices   text[] not null,           -- The sellers' numbers of its claims.
    stage      text not null,
    conditions text[] not null,
    currency   text not null,
    country    text not null,
    principal  bigint not null,           -- Open, in minor units.
    next_step  text,
    next_at    timestamptz,
    asked      boolean not null,          -- The client is asked something.
    because    text,                      -- Why it was closed or rejected.
    received   date not null,
    progress   bytea not null
);
create index cases_by_client on cases (client_id, opened desc);
create index cases_by_party on cases (party_id);
create index cases_by_number on cases (number);

-- Who a case is about, and who works here: the name sealed under the party's own key, and keyed digests of the
-- beginnings of its words, to find it by. No personal value stands here in clear, or in any other table.
create table people (
    party_id uuid primary key,
    name     bytea not null,
    words    bytea[] not null
);
create index people_by_word on people using gin (words);
comment on column people.name is 'not computed from events alone: sealed with a new nonce each time';

create table questions (
    question_id uuid not null,
    case_id     uuid not null,
    client_id   uuid not null,
    kind        text not null,            -- plan, legal_decision, information, dispute
    answer_by   date not null,
    primary key (case_id, question_id)
);

create table calls (
    task_id   uuid primary key,
    case_id   uuid not null,
    client_id uuid not null,
    step      text not null,
    call_from timestamptz not null,
    call_by   timestamptz not null
);

-- Payments, and those among them that a person has to look at.
create table payments (
    payment_id uuid primary key,
    amount     bigint not null,
    currency   text not null,
    booked_on  date not null,
    reference  text,
    because    text,                      -- Why it is held; null where it is not.
    proposed   text
);

create table clients (
    client_id  uuid primary key,
    name       text not null,
    language   text not null,
    conditions text[] not null
);

create table staff (
    staff_id  uuid primary key,
    telephone text not null
);

create table keys (
    key_id   uuid primary key,
    hash     text not null,
    owner    text not null,
    owner_id uuid not null,
    revoked  boolean not null default false
);

-- Sums over all cases: contacts by channel, plans by what became of them.
create table counts (
    what   text not null,
    of     text not null,
    number bigint not null,
    primary key (what, of)
);

-- Who is logged in. Only the hash of what the browser holds.
create table sessions (
    hash     text primary key,
    owner    text not null,
    owner_id uuid not null,
    key_id   uuid not null,
    until    timestamptz not null
);
comment on table sessions is 'not computed from events';

create table login_attempts (
    who text not null,                    -- Hash of the address it came from.
    at  timestamptz not null
);
create index login_attempts_by_who on login_attempts (who, at);
comment on table login_attempts is 'not computed from events';

grant select on cases, people, questions, calls, payments, clients, staff, counts to sovinto_staff;
grant select on cases, people, questions, clients to sovinto_client;
alter table cases enable row level security;
alter table people enable row level security;
alter table questions enable row level security;
alter table clients enable row level security;
alter table calls enable row level security;
alter table payments enable row level security;
alter table staff enable row level security;
alter table counts enable row level security;
create policy staff_sees on cases for select to sovinto_staff using (true);
create policy staff_sees on people for select to sovinto_staff using (true);
create policy staff_sees on questions for select to sovinto_staff using (true);
create policy staff_sees on clients for select to sovinto_staff using (true);
create policy staff_sees on calls for select to sovinto_staff using (true);
create policy staff_sees on payments for select to sovinto_staff using (true);
create policy staff_sees on staff for select to sovinto_staff using (true);
create policy staff_sees on counts for select to sovinto_staff using (true);
create policy client_sees on cases for select to sovinto_client
    using (client_id = (select nullif(current_setting('sovinto.client', true), '')::uuid));
create policy client_sees on questions for select to sovinto_client
    using (client_id = (select nullif(current_setting('sovinto.client', true), '')::uuid));
create policy client_sees on clients for select to sovinto_client
    using (client_id = (select nullif(current_setting('sovinto.client', true), '')::uuid));
create policy client_sees on people for select to sovinto_client
    using (exists (select from cases where cases.party_id = people.party_id));
