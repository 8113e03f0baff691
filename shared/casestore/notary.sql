-- The notary reads where events stand and their hashes, and where streams end; never what an event holds, and it writes
-- nothing.
grant usage on schema casestore to sovinto_notary;
grant select (epoch, live) on casestore.store to sovinto_notary;
grant select (position, opened, stream_id, version, hash) on casestore.events to sovinto_notary;
grant select (stream_id, opened, version, hash) on casestore.heads to sovinto_notary;
grant execute on function casestore.clock to sovinto_notary;
create policy notary_sees on casestore.events for select to sovinto_notary using (true);
create policy notary_sees on casestore.heads for select to sovinto_notary using (true);
alter role sovinto_notary set idle_in_transaction_session_timeout = '60s';
