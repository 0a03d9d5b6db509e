"""Who is signed in: proved once, then remembered by the browser in a signed cookie.

A session of a stored account holds as long as its role and password stay as they were; one of a
provider's user carries what the provider said. None lasts longer than half a day.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, Request, current_app, request, session
from flask.sessions import SecureCookieSessionInterface

from web.api.guard import (
    ALL,
    GUESSES,
    GUESSES_A_SECOND,
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    Accounts,
    Guard,
    Identity,
    Rates,
)
from web.api.oidc import Provider
from web.api.stored import Stored

LIFE = 12 * 3600
"""Seconds."""
SHORTEST, LONGEST = SHORTEST_PASSWORD, LONGEST_PASSWORD
"""Characters of a password."""
_tries = Rates(GUESSES_A_SECOND, burst=GUESSES)
"""Of one name from one address."""


class Cookies(SecureCookieSessionInterface):
    """Sent back over https only, where it came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or super().get_cookie_secure(app)


def guard() -> Guard | None:
    """The guard of this console; None where it is shown without one."""
    return current_app.extensions.get("guard")


def signed_in() -> Identity | None:
    """Who the session says is here."""
    known, found = session.get("signed_in"), guard()
    if found is None or not isinstance(known, dict) or time.time() - known.get("at", 0) > LIFE:
        return None
    name = str(known.get("name"))
    match known.get("kind"):
        case "stored" if isinstance(found.stored, Stored):
            return found.stored.by_session(name, int(known.get("epoch", 0)))
        case "file":
            files = [one for one in found.authorities if isinstance(one, Accounts)]
            return next((who for one in files if (who := one.named(name)) is not None), None)
        case "provider" if provider() is not None:
            permissions = ALL.intersection(known.get("permissions", ()))
            groups = tuple(map(str, known.get("groups", ())))
            return Identity(name=name, permissions=permissions, groups=groups)
    return None


def sign_in(name: str, password: str) -> Identity | None:
    """Begins a session of whose name and password these are."""
    found = guard()
    if found is None or found.authority is None:
        return None
    who = found.authority.by_password(name, password)
    if who is None:
        return None
    if isinstance(found.stored, Stored) and found.stored.by_password(name, password) == who:
        begin("stored", name, epoch=found.stored.epoch(name))
    else:
        begin("file", name)
    return who


def begin(kind: str, name: str, **more: Any) -> None:
    """A session of its own: nothing of what the browser had before stays, but where it was."""
    session.clear()
    session["signed_in"] = {"kind": kind, "name": name, "at": int(time.time()), **more}


def wait(name: str, asked: Request) -> float:
    """Takes one try of a name from an address; seconds to wait after too many."""
    return _tries.wait(f"{asked.remote_addr} {name}")


def provider() -> Provider | None:
    """Who people may sign in by, besides names and passwords here."""
    found = guard()
    known = [one for one in (found.authorities if found else ()) if isinstance(one, Provider)]
    return next((one for one in known if one.client_id), None)


def can_sign_in() -> bool:
    """Whether there is anybody who could."""
    found = guard()
    return found is not None and found.authority is not None
