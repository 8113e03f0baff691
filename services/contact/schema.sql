-- What contact shows. No personal data: a row refers to the party, whose facts stay sealed in its stream.
create table cases (
    case_id   uuid primary key,
    client_id uuid not null,
    party_id  uuid not null
);
create index on cases (client_id);
create index on cases (party_id);

create table contacts (
    contact_id  uuid primary key,
    case_id     uuid not null,
    client_id   uuid,
    to_whom     text not null,         -- debtor, client
    step        text not null,
    kind        text not null,
    channel     text not null,
    state       text not null,         -- decided, leaving, handed_over, failed, unknown, recalled, posted, delivered, returned
    leaves_at   timestamptz,
    pay_by      date,
    document    text not null,
    cost_minor  bigint not null,
    currency    text not null,
    attempts    integer not null,
    ask_at      timestamptz            -- when its provider is asked what came of it; none, and a person finds out
);
create index on contacts (case_id);
create index on contacts (state) where state in ('unknown', 'returned', 'leaving');

create table calls (
    task_id   uuid primary key,
    case_id   uuid not null,
    client_id uuid,
    call_from timestamptz not null,
    call_by   timestamptz not null,
    state     text not null            -- due, made, withdrawn
);
create index on calls (call_by) where state = 'due';

create table waiting_steps (
    case_id  uuid primary key,
    step     text not null,
    because  text[] not null,
    since    timestamptz not null,
    again_at timestamptz
);

create table disputes (
    dispute_id uuid primary key,
    case_id    uuid not null,
    client_id  uuid,
    claim_id   uuid,
    answer_by  date not null,
    state      text not null           -- open, upheld, adjusted, rejected
);
