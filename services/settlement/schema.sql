-- What settlement shows. No personal data: payers' names and accounts stay sealed in the events.

create table cases (
    case_id    uuid primary key,
    client_id  uuid not null,
    party_id   uuid not null,
    country    text not null,
    currency   text not null,
    number     text,
    reference  text,             -- As it is looked up: without padding and blanks.
    state      text not null,    -- received, open, closed, rejected
    because    text              -- Why it was closed.
);
create index cases_by_reference on cases (reference);
create index cases_by_client on cases (client_id);
create index cases_by_party on cases (party_id);

-- One row a case and component that anything is to be paid on of.
create table to_pay_on (
    case_id   uuid not null,
    component text not null,
    minor     bigint not null,
    primary key (case_id, component)
);

create table payments (
    payment_id  uuid primary key,
    position    bigint not null,
    account     text not null,
    currency    text not null,
    minor       bigint not null,
    booked_on   date not null,
    paid_on     date not null,
    reference   text,
    origin      uuid,
    document    text not null,
    state       text not null,   -- new, held, assigned, to_refund, refunded, reversed
    because     text,
    proposed    text,
    case_id     uuid,
    allocated   bigint not null default 0,
    surplus     bigint not null default 0,
    kept        bigint not null default 0,
    waiting     bigint not null,
    reversed_by text             -- The bank's key of what took it back.
);
create index payments_waiting on payments (position) where state = 'held';
create index payments_by_case on payments (case_id);
create index payments_alike on payments (account, currency, minor);
create index payments_reversed_by on payments (reversed_by) where reversed_by is not null;

-- What is set aside for a client, and the payout it left in.
create table shares (
    case_id    uuid not null,
    run_id     uuid not null,
    client_id  uuid not null,
    currency   text not null,
    line       jsonb not null,
    remittance uuid,
    primary key (case_id, run_id)
);
create index shares_waiting on shares (client_id) where remittance is null;
create index shares_by_remittance on shares (remittance);

-- Every payout file made, oldest first by position.
create table payouts (
    end_to_end text primary key,
    position   bigint not null,
    kind       text not null,    -- remittance, refund
    stream_id  uuid not null,    -- The remittance, or the payment that goes back.
    client_id  uuid,
    currency   text not null,
    minor      bigint not null,
    document   text not null,
    statement  text,
    execute_on date not null,
    written_at timestamptz not null,
    state      text not null     -- written, paid, returned
);
create index payouts_by_position on payouts (position);

-- The ledger: an event's lines stand at its position. Debits and credits of a position are equal.
create table postings (
    position  bigint not null,
    ordinal   integer not null,
    type      text not null,
    stream_id uuid not null,
    account   text not null,
    currency  text not null,
    debit     bigint not null,
    credit    bigint not null,
    primary key (position, ordinal)
);
create index postings_by_account on postings (account, currency);
create index postings_by_stream on postings (stream_id);

create table bank_files (
    position     bigint primary key,
    account_id   uuid not null,
    notification text not null,
    document     text not null,
    up_to        date not null,
    transactions integer not null,
    held         integer not null
);
