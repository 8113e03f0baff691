-- What the bus remembers. The broker may forget everything: these rows say what was sent and what was handled.
--
-- A group's rows belong to the service it is named for (`intake`, or `intake-...`): what another group has handled can be
-- seen and not set. The relay's are the relay's.
create schema if not exists bus;
revoke all on schema bus from public;

-- The last position sent in each partition; how far the relay has read, and how often it has gone on to its other topic.
create table if not exists bus.sent (partition integer primary key, position bigint not null);
create table if not exists bus.relay (
    one      boolean primary key default true check (one),
    position bigint not null,
    turn     integer not null default 0
);
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

-- A command's id and the digest of its body: the same id with another body is not the same command. Of one that came
-- over Kafka also until when it is in somebody's hands, and its answer, which is given again to whoever asks again.
-- Its service may forget it when it is a week old, and not before.
create table if not exists bus.commands (
    service    text not null default substr(session_user::text, 9),
    command_id uuid not null,
    body       bytea not null,
    at         timestamptz not null default clock_timestamp(),
    held_until timestamptz,
    answer     bytea,
    primary key (service, command_id)
);

alter table bus.sent enable row level security;
alter table bus.relay enable row level security;
alter table bus.handled enable row level security;
alter table bus.refeeds enable row level security;
alter table bus.parked enable row level security;
alter table bus.commands enable row level security;
create policy seen on bus.sent for select using (true);
create policy seen on bus.relay for select using (true);
create policy seen on bus.handled for select using (true);
create policy own on bus.handled using (split_part(group_name, '-', 1) = substr(session_user::text, 9));
create policy own on bus.refeeds using (split_part(group_name, '-', 1) = substr(session_user::text, 9));
create policy own on bus.parked using (split_part(group_name, '-', 1) = substr(session_user::text, 9));
create policy own on bus.commands using (service = substr(session_user::text, 9));
create policy old on bus.commands as restrictive for delete
    using (at < clock_timestamp() - interval '7 days' and coalesce(held_until, '-infinity') < clock_timestamp());
