-- What the bus remembers. The broker may forget everything: these rows say what was sent and what was handled.
create schema if not exists bus;
revoke all on schema bus from public;

-- The last position sent in each partition, and how far the relay has read.
create table if not exists bus.sent (partition integer primary key, position bigint not null);
create table if not exists bus.relay (one boolean primary key default true check (one), position bigint not null);
insert into bus.relay (position) values (0) on conflict do nothing;

-- The last position each group has dealt with in each partition; written when the work is done.
create table if not exists bus.handled (
    group_name text not null,
    partition  integer not null,
    position   bigint not null,
    primary key (group_name, partition)
);

-- A group that saw a jump asks the relay to feed it again from here.
create table if not exists bus.refeeds (
    group_name text not null,
    partition  integer not null,
    after      bigint not null,
    primary key (group_name, partition)
);

-- What a group could not do, and every later event of that stream, in order, until a person replays or discards it.
create table if not exists bus.parked (
    group_name text not null,
    stream_id  uuid not null,
    position   bigint not null,
    event_id   uuid not null,
    type       text not null,
    because    text not null,
    parked_at  timestamptz not null default clock_timestamp(),
    primary key (group_name, stream_id, position)
);

-- An HTTP command's id and the digest of its body: the same id with another body is not the same command.
create table if not exists bus.commands (
    command_id uuid primary key,
    body       bytea not null,
    at         timestamptz not null default clock_timestamp()
);
