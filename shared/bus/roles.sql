grant usage on schema bus to {service};
grant select, insert, update on bus.handled, bus.refeeds to {service};
grant select, insert, update, delete on bus.parked to {service};
grant select, insert, delete, update (held_until, answer) on bus.commands to {service};
grant select on bus.sent, bus.relay to {service};
