grant usage on schema bus to {service};
grant select, insert, update, delete on bus.handled, bus.refeeds, bus.parked to {service};
grant select, insert on bus.commands to {service};
grant select on bus.sent, bus.relay to {service};
