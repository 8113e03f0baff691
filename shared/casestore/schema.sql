-- The case store: one table of events, append only, and the one function that may write it.
--
-- Positions are given under one lock, so they are gapless and in commit order: a reader at `position > last` misses
-- nothing, and a missing position is a loss. Versions are gapless in each stream and hash-chained.
-- Tables belong to the owner, as whom no service logs in; row-level security is enabled and not forced, for the
-- append function must see every row.

create schema if not exists casestore;
revoke all on schema casestore from public;

-- One row. The epoch changes when a store is restored; `now` is the demo's clock and null in a live store, for ever.
create table casestore.store (
    one   boolean primary key default true check (one),
    epoch uuid not null,
    live  boolean not null,
    now   timestamptz,
    check (live = (now is null))
);

-- Who owns which type: only that role's sessions may append it.
create table casestore.types (
    type           text primary key,
    owner          text not null,
    version        smallint not null,
    may_be_ignored boolean not null
);

create table casestore.events (
    position    bigint primary key,
    stream_id   uuid not null,
    version     integer not null,
    first       boolean not null,  -- The first of an append on this stream: carries the uniqueness of (handler, cause).
    kind        text not null,
    event_id    uuid not null,
    handler     text not null,
    cause       uuid not null,
    type        text not null,
    schema      smallint not null,
    client_id   uuid,
    data        bytea not null,
    sealed      bytea not null,
    actor       text not null,
    trace       text not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    hash        bytea not null
);
create unique index events_by_stream on casestore.events (stream_id, version);
create unique index events_by_cause on casestore.events (stream_id, handler, cause) where first;

create table casestore.heads (
    stream_id uuid primary key,
    kind      text not null,
    client_id uuid,
    version   integer not null,
    hash      bytea not null
) with (fillfactor = 70);

-- Keys of parties and files, wrapped by the master key. Destroying one closes what it sealed, for good.
create table casestore.keys (
    key_id       uuid primary key,
    wrapped      bytea,
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);

-- How far each reader of the log has come: what a projection shows and this row change in one transaction.
create table casestore.readers (
    reader   text primary key,
    owner    text not null default session_user,
    epoch    uuid not null,
    position bigint not null,
    hash     bytea not null
);

alter table casestore.events enable row level security;
alter table casestore.heads enable row level security;
alter table casestore.keys enable row level security;
alter table casestore.readers enable row level security;
create policy own on casestore.readers using (owner = session_user) with check (owner = session_user);
create policy see on casestore.readers for select using (true);

create function casestore.clock() returns timestamptz
    language sql stable security definer set search_path = pg_catalog, casestore
    as $$ select coalesce(now, clock_timestamp()) from casestore.store $$;

-- What a hash covers besides position, stream, version, event id, time, data and sealed bytes. Chr(31) parts the texts.
create function casestore.meta(kind text, handler text, cause uuid, type text, schema smallint, client_id uuid,
                               actor text, trace text, occurred_at timestamptz) returns bytea
    language sql immutable parallel safe
    return sha256(convert_to(concat_ws(chr(31), kind, handler, type, schema, actor, trace), 'UTF8')
        || uuid_send(cause) || uuid_send(coalesce(client_id, '00000000-0000-0000-0000-000000000000'))
        || timestamptz_send(occurred_at));

-- Append a batch: all or nothing as a transaction, but each append in it is answered on its own.
--   a_*  one element an append.
--   s_*  one element for each stream an append writes (s_events > 0) or only relied on (s_events = 0), with the
--        version its handler saw. Streams are disjoint between the appends of a batch wherever one of them is written.
--   e_*  the events, in the order of the s_ rows that hold them.
-- Answers one row for each stream written: appended, duplicate (with the first append's place) or conflict.
create function casestore.append(
    a_handler text[], a_cause uuid[], a_actor text[], a_trace text[],
    s_append integer[], s_stream uuid[], s_expected integer[], s_kind text[], s_client uuid[], s_events integer[],
    e_id uuid[], e_type text[], e_schema smallint[], e_data bytea[], e_sealed bytea[], e_occurred timestamptz[]
) returns table (append integer, outcome text, stream_id uuid, version integer, at bigint)
    language plpgsql security definer
    set search_path = pg_catalog, casestore
    -- A plan made on an empty table would scan it for ever: these pin index plans (4,323 -> 1,018 events/s otherwise).
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
    place bigint;
    tick timestamptz;
    answers text[] := array_fill('appended'::text, array[cardinality(a_handler)]);
    head_version integer[] := array_fill(0, array[cardinality(s_stream)]);
    head_hash bytea[] := array_fill(''::bytea, array[cardinality(s_stream)]);
    head_kind text[] := s_kind;
    head_client uuid[] := s_client;
    n_row integer[] := '{}'; n_event integer[] := '{}'; n_position bigint[] := '{}'; n_version integer[] := '{}';
    n_first boolean[] := '{}'; n_hash bytea[] := '{}';
    written integer[] := '{}';
    places bigint[] := array_fill(null::bigint, array[cardinality(s_stream)]);
    versions integer[] := array_fill(0, array[cardinality(s_stream)]);
    found record;
    wrong text;
    e integer := 0; link bytea;
begin
    select t.type into wrong from unnest(e_type) as t (type)
        where not exists (select from casestore.types k where k.type = t.type and k.owner = session_user) limit 1;
    if wrong is not null then
        raise insufficient_privilege using message = format('%s may not append %s', session_user, wrong);
    end if;
    if position(chr(31) in array_to_string(a_handler || a_actor || a_trace || s_kind, '')) > 0 then
        raise invalid_parameter_value using message = 'a control character in handler, actor, trace or kind';
    end if;

    perform pg_advisory_xact_lock(727001);
    select v.position, v.recorded_at into place, tick from casestore.events v order by v.position desc limit 1;
    place := coalesce(place, 0);
    tick := greatest(tick, casestore.clock());

    -- Known already? Any of its streams may tell; the first append's place is the answer, and its last version there.
    for found in
        select s.n, s.append, v.position,
            (select max(w.version) from casestore.events w
             where w.stream_id = v.stream_id and w.version between v.version and v.version + 499
                 and w.handler = v.handler and w.cause = v.cause) as version
        from unnest(s_append, s_stream) with ordinality as s (append, stream, n)
        join casestore.events v on v.stream_id = s.stream and v.first
            and v.handler = a_handler[s.append] and v.cause = a_cause[s.append]
    loop
        answers[found.append] := 'duplicate';
        places[found.n] := found.position;
        versions[found.n] := found.version;
    end loop;

    for found in
        select s.n, s.append, s.expected, h.version, h.hash, h.kind, h.client_id
        from unnest(s_append, s_stream, s_expected) with ordinality as s (append, stream, expected, n)
        left join casestore.heads h on h.stream_id = s.stream
    loop
        if found.version is not null then
            head_version[found.n] := found.version;
            head_hash[found.n] := found.hash;
            head_kind[found.n] := found.kind;
            head_client[found.n] := found.client_id;
        end if;
        if head_version[found.n] <> found.expected and answers[found.append] = 'appended' then
            answers[found.append] := 'conflict';
        end if;
    end loop;

    for s in 1 .. cardinality(s_stream) loop
        if answers[s_append[s]] <> 'appended' or s_events[s] = 0 then
            e := e + s_events[s];
            continue;
        end if;
        link := head_hash[s];
        places[s] := place + 1;
        for k in 1 .. s_events[s] loop
            e := e + 1;
            place := place + 1;
            versions[s] := head_version[s] + k;
            link := sha256(link || int8send(place) || uuid_send(s_stream[s]) || int4send(versions[s])
                || uuid_send(e_id[e]) || timestamptz_send(tick)
                || casestore.meta(head_kind[s], a_handler[s_append[s]], a_cause[s_append[s]], e_type[e], e_schema[e],
                                  head_client[s], a_actor[s_append[s]], a_trace[s_append[s]], e_occurred[e])
                || sha256(e_data[e]) || sha256(e_sealed[e]));
            n_row := n_row || s; n_event := n_event || e; n_position := n_position || place;
            n_version := n_version || versions[s]; n_first := n_first || (k = 1); n_hash := n_hash || link;
        end loop;
        head_hash[s] := link;
        written := written || s;
    end loop;

    insert into casestore.events
        select n.position, s_stream[n.s], n.version, n.first, head_kind[n.s], e_id[n.e],
               a_handler[s_append[n.s]], a_cause[s_append[n.s]], e_type[n.e], e_schema[n.e], head_client[n.s],
               e_data[n.e], e_sealed[n.e], a_actor[s_append[n.s]], a_trace[s_append[n.s]], e_occurred[n.e], tick, n.hash
        from unnest(n_row, n_event, n_position, n_version, n_first, n_hash) as n (s, e, position, version, first, hash);
    insert into casestore.heads as h
        select s_stream[s], head_kind[s], head_client[s], versions[s], head_hash[s] from unnest(written) as w (s)
        on conflict on constraint heads_pkey do update set version = excluded.version, hash = excluded.hash;

    return query
        select s_append[s], answers[s_append[s]], s_stream[s], versions[s], places[s]
        from generate_series(1, cardinality(s_stream)) as g (s)
        where s_events[s] > 0 or places[s] is not null;
end
$$;
revoke execute on all functions in schema casestore from public;

-- Only a demo store's clock can be set, and only forward.
create function casestore.set_clock(forward_to timestamptz) returns timestamptz
    language plpgsql security definer set search_path = pg_catalog, casestore
as $$
begin
    if (select live from casestore.store) then
        raise insufficient_privilege using message = 'a live store has the real clock';
    end if;
    update casestore.store set now = greatest(now, forward_to);
    perform pg_notify('sovinto', 'clock');
    return (select now from casestore.store);
end
$$;
revoke execute on function casestore.set_clock from public;
