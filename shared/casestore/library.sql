-- Applications written with the `eventsourcing` library: they append their own two types, and see only their own rows.
grant usage on schema casestore to sovinto_library;
grant select on casestore.store, casestore.types, casestore.events, casestore.heads to sovinto_library;
grant execute on function casestore.append, casestore.clock to sovinto_library;
create policy library_sees on casestore.events for select to sovinto_library using (starts_with(kind, 'library.'));
create policy library_sees on casestore.heads for select to sovinto_library using (starts_with(kind, 'library.'));
alter role sovinto_library set default_transaction_isolation = 'read committed';
alter role sovinto_library set lock_timeout = '10s';
alter role sovinto_library set idle_in_transaction_session_timeout = '1s';
