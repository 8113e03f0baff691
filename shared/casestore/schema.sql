-- The case store: one table of events, append only, and the one function that may write it.
--
-- Positions are given under one lock, so they are gapless and in commit order: a reader at `position > last` misses
-- nothing, and a missing position is a loss. Versions are gapless in each stream and hash-chained.
-- Tables belong to the owner, as whom no service logs in; row-level security is enabled and not forced, for the
-- append function must see every row.

create schema if not exists casestore;
revoke all on schema casestore from public;
-- Whoever may connect could call every function there is and make tables that shadow ours: nobody, unless it is said.
alter default privileges revoke execute on functions from public;
do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$;

-- One row. The epoch changes when a store is restored; `now` is the demo's clock and null in a live store, for ever.
create table casestore.store (
    one   boolean primary key default true check (one),
    epoch uuid not null,
    live  boolean not null,
    now   timestamptz,
    shape text not null,  -- Of the SQL it was made with: another version's code does not run on it.
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
    opened      bigint not null,  -- The position of its stream's first event: a name for the stream that only grows.
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
-- By `opened`, for ids lie anywhere: an index of them touches a page at random for each append, more of them the fuller
-- the store is, and the log takes each whole after a checkpoint. Streams opened one after the other lie side by side.
create unique index events_by_stream on casestore.events (opened, version);
create unique index events_by_cause on casestore.events (opened, handler, cause) where first;

create table casestore.heads (
    stream_id uuid primary key,
    opened    bigint not null,
    kind      text not null,
    client_id uuid,
    version   integer not null,
    hash      bytea not null
) with (fillfactor = 70);

-- Keys of parties and files, wrapped by the master key. Destroying one closes what it sealed, for good. A file's is
-- destroyed by itself after its last day.
create table casestore.keys (
    key_id       uuid primary key,
    wrapped      bytea,
    destroyed_at timestamptz,
    keep_until   date,
    check ((wrapped is null) = (destroyed_at is not null))
);
alter table casestore.keys alter wrapped set statistics 0;  -- A sample of it would outlast the key it shows.
create index keys_with_a_last_day on casestore.keys (keep_until) where keep_until is not null and wrapped is not null;

-- How far each reader of the log has come: what a projection shows and this row change in one transaction.
create table casestore.readers (
    reader   text primary key,
    owner    text not null default session_user,
    epoch    uuid not null,
    position bigint not null,
    hash     bytea not null
);

alter table casestore.store enable row level security;
alter table casestore.types enable row level security;
alter table casestore.events enable row level security;
alter table casestore.heads enable row level security;
alter table casestore.keys enable row level security;
alter table casestore.readers enable row level security;
create policy see on casestore.store for select using (true);
create policy see on casestore.types for select using (true);
create policy see on casestore.readers for select using (true);
-- A position is named for the service whose it is (`plans`, or `plans_...`), so that nobody can take another's name.
create policy own on casestore.readers using (owner = session_user)
    with check (owner = session_user and split_part(reader, '_', 1) = substr(session_user::text, 9));

create function casestore.clock() returns timestamptz
    language sql stable security definer set search_path = pg_catalog, casestore, pg_temp
    as $$ select coalesce(now, clock_timestamp()) from casestore.store $$;

-- A chain begins with what the stream is: the hash its first event is linked to. Chr(31) parts texts.
create function casestore.beginning(kind text, client_id uuid) returns bytea
    language sql stable parallel safe
    return sha256(uuid_send(coalesce(client_id, '00000000-0000-0000-0000-000000000000')) || convert_to(kind, 'UTF8'));

-- Append a batch: all or nothing as a transaction, but each append in it is answered on its own.
--   a_*  one element an append.
--   s_*  one element for each stream an append writes (s_events > 0) or only relied on (s_events = 0), with the
--        version its handler saw, and what a new stream is. Streams are disjoint between the appends of a batch
--        wherever one of them is written.
--   t_*  the types of the events, each once.
--   e_*  the events, in the order of the s_ rows that hold them; e_type has a byte for each, which counts in t_*.
-- Answers one row for each stream written: appended, duplicate (with the first append's place) or conflict.
--
-- An event's hash is sha256(the one before it in its stream || position || recorded_at || content), where
--   content = sha256(stream || version || event id || origin || sha256(data) || sha256(sealed) || type and schema)
--   origin  = sha256(cause || occurred_at || handler, actor, trace)
-- so that under the lock little is hashed: everything but position and time is known before.
create function casestore.append(
    a_handler text[], a_cause uuid[], a_actor text[], a_trace text[], a_occurred timestamptz[],
    s_append integer[], s_stream uuid[], s_expected integer[], s_kind text[], s_client uuid[], s_events integer[],
    t_type text[], t_schema smallint[],
    e_type bytea, e_id uuid[], e_data bytea[], e_sealed bytea[]
) returns table (append integer, outcome text, stream_id uuid, version integer, at bigint)
    language plpgsql security definer
    set search_path = pg_catalog, casestore, pg_temp
    -- A plan made on an empty table would scan it for ever: these pin index plans (4,323 -> 1,018 events/s otherwise).
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
    -- Planning anew for each batch's arrays would take a quarter of a single append's time.
    set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    nothing constant bytea := sha256('');  -- Most events seal nothing.
    wrong text;
    answers text[] := array_fill('appended'::text, array[cardinality(a_handler)]);
    origin bytea[]; named bytea[];
    -- The events to be inserted: the stream's place in s_*, the version, the place in e_*, the content's hash; the link.
    n_stream integer[]; n_version integer[]; n_event integer[]; n_content bytea[]; n_hash bytea[] := '{}';
    place bigint; tick timestamptz;
    versions integer[]; opens bigint[]; hashes bytea[]; kinds text[]; clients uuid[];
    places bigint[] := array_fill(null::bigint, array[cardinality(s_stream)]);
    current integer := 0; link bytea;
    known record;
begin
    select array_agg(convert_to(t.type || chr(31) || t.schema, 'UTF8') order by t.n),
           min(t.type) filter (where k.owner is distinct from session_user)
        into named, wrong
        from unnest(t_type, t_schema) with ordinality as t (type, schema, n)
        left join casestore.types k on k.type = t.type;
    if wrong is not null then
        raise insufficient_privilege using message = format('%s may not append %s', session_user, wrong);
    end if;
    if position(chr(31) in array_to_string(a_handler || a_actor || a_trace || s_kind, '')) > 0 then
        raise invalid_parameter_value using message = 'a control character in handler, actor, trace or kind';
    end if;

    select array_agg(sha256(uuid_send(a.cause) || timestamptz_send(a.occurred)
               || convert_to(a.handler || chr(31) || a.actor || chr(31) || a.trace, 'UTF8')) order by a.n)
        into origin
        from unnest(a_handler, a_cause, a_actor, a_trace, a_occurred) with ordinality
            as a (handler, cause, actor, trace, occurred, n);
    select coalesce(array_agg(s), '{}'), array_agg(v), array_agg(e), array_agg(sha256(
               uuid_send(s_stream[s]) || int4send(v) || uuid_send(e_id[e]) || origin[s_append[s]]
               || sha256(e_data[e]) || case when e_sealed[e] = '' then nothing else sha256(e_sealed[e]) end
               || named[get_byte(e_type, e - 1)]))
        into n_stream, n_version, n_event, n_content
        from (select s, s_expected[s] + nth as v, (row_number() over ())::integer as e
              from unnest(s_events) with ordinality as u (events, s), generate_series(1, events) as nth) as one;

    perform pg_advisory_xact_lock(727001);
    select coalesce(last.position, 0), greatest(last.recorded_at, coalesce(s.now, clock_timestamp()))
        into place, tick
        from casestore.store s
        left join (select v.position, v.recorded_at from casestore.events v order by v.position desc limit 1) last on true;

    select array_agg(coalesce(h.version, 0) order by s.n),
           array_agg(h.opened order by s.n),
           array_agg(coalesce(h.hash, casestore.beginning(s.kind, s.client)) order by s.n),
           array_agg(case when h.version is null then s.kind else h.kind end order by s.n),
           array_agg(case when h.version is null then s.client else h.client_id end order by s.n)
        into versions, opens, hashes, kinds, clients
        from unnest(s_stream, s_kind, s_client) with ordinality as s (stream, kind, client, n)
        left join casestore.heads h on h.stream_id = s.stream;

    -- Known already? Any of its streams may tell; the first append's place is the answer, and its last version there.
    if 0 < any (versions) then
        for known in
            select s.n, s.append, v.position,
                (select max(w.version) from casestore.events w
                 where w.opened = v.opened and w.version between v.version and v.version + 499
                     and w.handler = v.handler and w.cause = v.cause) as version
            from unnest(s_append, opens, versions) with ordinality as s (append, opened, version, n)
            join casestore.events v on v.opened = s.opened and v.first
                and v.handler = a_handler[s.append] and v.cause = a_cause[s.append]
        loop
            answers[known.append] := 'duplicate';
            places[known.n] := known.position;
            versions[known.n] := known.version;
        end loop;
    end if;
    if versions <> s_expected then
        for s in 1 .. cardinality(s_stream) loop
            if versions[s] <> s_expected[s] and answers[s_append[s]] = 'appended' then
                answers[s_append[s]] := 'conflict';
            end if;
        end loop;
    end if;
    if answers && array['duplicate', 'conflict'] then
        select coalesce(array_agg(n.stream order by n.n), '{}'), array_agg(n.version order by n.n),
               array_agg(n.event order by n.n), array_agg(n.content order by n.n)
            into n_stream, n_version, n_event, n_content
            from unnest(n_stream, n_version, n_event, n_content) with ordinality as n (stream, version, event, content, n)
            where answers[s_append[n.stream]] = 'appended';
    end if;

    for n in 1 .. cardinality(n_stream) loop
        if n_stream[n] <> current then
            current := n_stream[n];
            link := hashes[current];
            places[current] := place + n;
            opens[current] := coalesce(opens[current], place + n);
        end if;
        link := sha256(link || int8send(place + n) || timestamptz_send(tick) || n_content[n]);
        n_hash := n_hash || link;
        hashes[current] := link;
        versions[current] := n_version[n];
    end loop;

    insert into casestore.events
        select place + n, opens[s], s_stream[s], v, v = s_expected[s] + 1, kinds[s], e_id[e], a_handler[a], a_cause[a],
               t_type[t], t_schema[t], clients[s], e_data[e], e_sealed[e], a_actor[a], a_trace[a],
               a_occurred[a], tick, n_hash[n]
        from (select n, s, v, e, s_append[s] as a, get_byte(e_type, e - 1) as t
              from unnest(n_stream, n_version, n_event) with ordinality as one (s, v, e, n)) as one;
    insert into casestore.heads as h
        select s_stream[s], opens[s], kinds[s], clients[s], versions[s], hashes[s]
        from generate_series(1, cardinality(s_stream)) as s
        where s_events[s] > 0 and answers[s_append[s]] = 'appended'
        on conflict on constraint heads_pkey do update set version = excluded.version, hash = excluded.hash;

    return query
        select s_append[s], answers[s_append[s]], s_stream[s], versions[s], places[s]
        from generate_series(1, cardinality(s_stream)) as s
        where s_events[s] > 0 or places[s] is not null;
end
$$;
revoke execute on all functions in schema casestore from public;

-- Only a demo store's clock can be set, and only forward. Whoever sets it waits for the disk, though its other writes
-- do not: a clock that a crash puts back would let the same day be lived twice.
create function casestore.set_clock(forward_to timestamptz) returns timestamptz
    language plpgsql security definer set search_path = pg_catalog, casestore, pg_temp
as $$
begin
    if (select live from casestore.store) then
        raise insufficient_privilege using message = 'a live store has the real clock';
    end if;
    perform set_config('synchronous_commit', 'on', true);
    update casestore.store set now = greatest(now, forward_to);
    perform pg_notify('sovinto', 'clock');
    return (select now from casestore.store);
end
$$;
revoke execute on function casestore.set_clock from public;
