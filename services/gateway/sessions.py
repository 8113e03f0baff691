"""Logging in: a key becomes a session the browser holds, and every form carries a token no other site can know.

Sessions follow the real clock, also in a demo store: they are about the person at the screen. Only hashes are kept.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

import msgspec

from services.gateway.access import NotAllowed, NotKnown, Viewer

COOKIE = "sovinto_session"
VISIT = "sovinto_visit"  # Before login: ties the login form to the browser that got it.
LASTS = timedelta(hours=10)
ATTEMPTS_MAX = 10
ATTEMPTS_WITHIN = timedelta(minutes=15)


class TooMany(Exception):
    """Too many wrong keys from one place; wait a while (429)."""


class Session(msgspec.Struct, frozen=True):
    """Someone logged in, and the token their forms carry."""

    viewer: Viewer
    token: str

    @property
    def form_token(self) -> str:
        return form_token(self.token)


def form_token(held: str) -> str:
    """The token for the forms of whoever holds this cookie."""
    return hashlib.sha256(f"form|{held}".encode()).hexdigest()


def check_form(held: str, shown: str) -> None:
    """The form came from our own page. Raises NotAllowed."""
    if not held or not hmac.compare_digest(form_token(held), shown):
        raise NotAllowed("this form is too old or came from elsewhere; open the page again")


def new_token() -> str:
    """What a browser holds."""
    return secrets.token_urlsafe(32)


async def begin(pool: Any, viewer: Viewer) -> Session:
    """Log in. The token goes to the browser, its hash to the table."""
    token = new_token()
    sql = "insert into sessions values ($1, $2, $3, $4, now() + $5::interval)"
    await pool.execute(sql, _kept(token), viewer.owner, viewer.id, viewer.key_id, LASTS)
    await pool.execute("delete from sessions where until < now()")
    return Session(viewer, token)


async def resume(pool: Any, token: str) -> Session:
    """Who holds this token, while the key they showed for it is not taken back. Raises NotKnown."""
    sql = """select owner, owner_id, key_id from sessions s where hash = $1 and until > now()
             and not exists (select from keys k where k.key_id = s.key_id and k.revoked)"""
    row = await pool.fetchrow(sql, _kept(token)) if token else None
    if row is None:
        raise NotKnown("log in first")
    return Session(Viewer(row["owner"], row["owner_id"], row["key_id"]), token)


async def end(pool: Any, token: str) -> None:
    """Log out."""
    await pool.execute("delete from sessions where hash = $1", _kept(token))


async def may_try(pool: Any, address: str) -> None:
    """May show another key. Raises TooMany."""
    sql = "select count(*) from login_attempts where who = $1 and at > now() - $2::interval"
    if await pool.fetchval(sql, _kept(address), ATTEMPTS_WITHIN) >= ATTEMPTS_MAX:
        raise TooMany("too many wrong keys; wait a quarter of an hour")


async def tried_wrong(pool: Any, address: str) -> None:
    """Remember a wrong key from there, for as long as it counts."""
    await pool.execute("insert into login_attempts values ($1, now())", _kept(address))
    await pool.execute("delete from login_attempts where at < now() - $1::interval", ATTEMPTS_WITHIN)


def _kept(held: str) -> str:
    return hashlib.sha256(held.encode()).hexdigest()
