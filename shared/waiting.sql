-- What all services wait for: one row a deadline, kept by each service's own projection, seen by the demo's clock.
create schema if not exists waiting;
revoke all on schema waiting from public;
create table if not exists waiting.deadlines (
    service   text not null default substr(session_user::text, 9),
    event_id  uuid not null,         -- Of the event that set it.
    name      text not null,         -- The handler it calls, and about what.
    stream_id uuid not null,
    at        timestamptz not null,
    handler   text not null,
    about     jsonb not null,
    outgoing  boolean not null,      -- Something may be on its way out: the demo's clock stands until it has an outcome.
    set_at    timestamptz not null default clock_timestamp(),
    stuck     boolean not null default false,  -- It fired and appended nothing: a defect, counted and shown.
    primary key (service, event_id, name)
);
create index if not exists deadlines_due on waiting.deadlines (service, at) where not stuck;
create index if not exists deadlines_of_stream on waiting.deadlines (service, stream_id);
alter table waiting.deadlines enable row level security;
