-- The relay reads the log, keeps what it has sent and what groups have handled (see shared/bus/schema.sql).
grant usage on schema casestore to sovinto_relay;
grant select on casestore.store, casestore.events, casestore.readers to sovinto_relay;
grant execute on function casestore.clock to sovinto_relay;
create policy relay_sees on casestore.events for select to sovinto_relay using (true);
grant usage on schema bus to sovinto_relay;
grant select on bus.handled to sovinto_relay;
grant select, insert, update on bus.sent, bus.relay to sovinto_relay;
grant select, delete on bus.refeeds to sovinto_relay;

create policy relay_keeps on bus.sent to sovinto_relay using (true) with check (true);
create policy relay_keeps on bus.relay to sovinto_relay using (true) with check (true);
create policy relay_feeds on bus.refeeds to sovinto_relay using (true);

-- Those who look through the gateway: rows only, which the gateway opens with keys they cannot see. A client's session
-- names its client; without one it sees nothing.
grant usage on schema casestore to sovinto_client, sovinto_staff;
grant select on casestore.events, casestore.heads to sovinto_client, sovinto_staff;
create policy client_sees on casestore.events for select to sovinto_client
    using (client_id = (select nullif(current_setting('sovinto.client', true), '')::uuid));
create policy client_sees on casestore.heads for select to sovinto_client
    using (client_id = (select nullif(current_setting('sovinto.client', true), '')::uuid));
create policy staff_sees on casestore.events for select to sovinto_staff using (true);
create policy staff_sees on casestore.heads for select to sovinto_staff using (true);
alter role sovinto_client set idle_in_transaction_session_timeout = '1s';
alter role sovinto_staff set idle_in_transaction_session_timeout = '1s';

-- The demo's clock is moved from a page or by the demo itself, both through the gateway.
grant execute on function casestore.set_clock to sovinto_gateway;
-- The demo's clock waits for every service's deadlines, so the gateway sees them all.
create policy gateway_sees on waiting.deadlines for select to sovinto_gateway using (true);

-- Intake knows who is who, and is the one that destroys keys. It can do nothing else with one.
grant update (wrapped, destroyed_at) on casestore.keys to sovinto_intake;
create policy intake_destroys on casestore.keys for update to sovinto_intake using (true) with check (wrapped is null);
