grant usage on schema waiting to {service};
grant select, insert, update, delete on waiting.deadlines to {service};
create policy {service}_own on waiting.deadlines to {service}
    using (service = substr(session_user::text, 9))
    with check (service = substr(session_user::text, 9));
