-- What a person decided about what was parked, and why: kept for ever, written by the store's owner alone.
create table if not exists bus.decided (
    at         timestamptz not null default clock_timestamp(),
    who        text not null,
    what       text not null check (what in ('replay', 'discard')),
    why        text not null,
    group_name text not null,
    stream_id  uuid not null,
    position   bigint not null,
    event_id   uuid not null,
    type       text not null,
    because    text not null
);
