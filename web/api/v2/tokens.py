"""Tokens of programs: made once, shown once, revoked."""

from __future__ import annotations

import secrets
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from engine import ApiTokenView
from web.api.guard import token_hash
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import Key, Moment, Shape, key_of, time_of, time_or_none
from web.api.v2.users import Role
from web.api.v2.webhooks import moment_of


class NewToken(Shape):
    name: Annotated[str, Field(pattern=r"^[^\s:\x00-\x1f]{1,100}$")]
    """Of the program; the audit has it."""
    role: Role = "viewer"
    expiration_date: Moment | None = None


class Token(TypedDict):
    tokenKey: Key
    name: str
    role: Role
    creationTime: Moment
    createdBy: str
    expirationDate: Moment | None
    lastUse: Moment | None
    revoked: Moment | None


class CreatedToken(Token):
    token: str | None
    """Shown this once; null where the same `Idempotency-Key` has made it before."""


class Tokens(TypedDict):
    items: list[Token]


@operation("GET", "/tokens", "admin", answer=Tokens)
def get_tokens() -> Tokens:
    """The tokens of programs, oldest first; what they are themselves is known to nobody here"""
    return Tokens(items=[_token(one.view) for one in engine().access().tokens.values()])


@operation(
    "POST",
    "/tokens",
    "admin",
    body=NewToken,
    answer=CreatedToken,
    example={"name": "billing", "role": "operator", "expirationDate": "2099-01-01T00:00:00Z"},
)
def create_token(body: NewToken) -> CreatedToken:
    """Make a bearer token for a program; it is shown in this answer only"""
    token = f"kap_{secrets.token_urlsafe(32)}"
    expires = moment_of(body.expiration_date, "expirationDate") if body.expiration_date else None
    hashed = token_hash(token)
    made = engine().add_token(
        body.name, hashed, body.role, expires, by=actor(), idempotency_key=idempotency_key()
    )
    is_fresh = hashed in engine().access().tokens
    return CreatedToken(**_token(made), token=token if is_fresh else None)


@operation("DELETE", "/tokens/{key}", "admin")
def revoke_token(key: str) -> None:
    """Let a program in no more; the token stays in the list, as revoked"""
    engine().revoke_token(key_of(key, "token"), by=actor(), idempotency_key=idempotency_key())


def _token(view: ApiTokenView) -> Token:
    return Token(
        tokenKey=str(view.id),
        name=view.name,
        role=view.role,
        creationTime=time_of(view.created),
        createdBy=view.created_by,
        expirationDate=time_or_none(view.expires),
        lastUse=time_or_none(view.used),
        revoked=time_or_none(view.revoked),
    )
