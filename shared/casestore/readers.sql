-- The relay reads the log, keeps what it has sent and what groups have handled (see shared/bus/schema.sql).
grant usage on schema casestore to sovinto_relay;
grant select on casestore.store, casestore.events, casestore.readers to sovinto_relay;
grant execute on function casestore.clock to sovinto_relay;
create policy relay_sees on casestore.events for select to sovinto_relay using (true);
grant usage on schema bus to sovinto_relay;
grant select on bus.handled to sovinto_relay;
grant select, insert, update on bus.sent, bus.relay to sovinto_relay;
grant select, delete on bus.refeeds to sovinto_relay;

-- Those who look through the gateway. A client's session names its client; without one it sees nothing.
grant usage on schema casestore to sovinto_client, sovinto_staff;
grant select on casestore.events, casestore.heads, casestore.keys, casestore.store, casestore.types
    to sovinto_client, sovinto_staff;
grant execute on function casestore.clock to sovinto_client, sovinto_staff;
create policy client_sees on casestore.events for select to sovinto_client
    using (client_id = (select nullif(current_setting('sovinto.client', true), '')::uuid));
create policy client_sees on casestore.heads for select to sovinto_client
    using (client_id = (select nullif(current_setting('sovinto.client', true), '')::uuid));
create policy staff_sees on casestore.events for select to sovinto_staff using (true);
create policy staff_sees on casestore.heads for select to sovinto_staff using (true);
create policy audience_keys on casestore.keys for select to sovinto_client, sovinto_staff using (true);

-- The demo's clock is moved from a page or by the demo itself, both through the gateway.
grant execute on function casestore.set_clock to sovinto_gateway;
-- The demo's clock waits for every service's deadlines, so the gateway sees them all.
create policy gateway_sees on waiting.deadlines for select to sovinto_gateway using (true);
