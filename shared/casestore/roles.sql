-- What each role may do in the store. `{service}` is one of the five services.
grant usage on schema casestore to {service};
grant select on casestore.store, casestore.types, casestore.events, casestore.heads, casestore.keys, casestore.readers
    to {service};
grant insert on casestore.keys to {service};
grant insert, update, delete on casestore.readers to {service};
grant execute on function casestore.append, casestore.clock to {service};
create policy {service}_sees on casestore.events for select to {service} using (true);
create policy {service}_sees on casestore.heads for select to {service} using (true);
create policy {service}_sees on casestore.keys for select to {service} using (true);
create policy {service}_makes on casestore.keys for insert to {service} with check (wrapped is not null);
alter role {service} set default_transaction_isolation = 'read committed';
alter role {service} set lock_timeout = '10s';
alter role {service} set idle_in_transaction_session_timeout = '1s';
