"""Who may come in, what is masked for whom, and views that are shared."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias, get_args

from msgspec import Struct

Role: TypeAlias = Literal["viewer", "task-worker", "operator", "developer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)


class AccountView(Struct, frozen=True, kw_only=True):
    """A user that the database knows."""

    name: str
    role: Role
    groups: list[str]
    is_disabled: bool
    created: datetime
    created_by: str


class ApiTokenView(Struct, frozen=True, kw_only=True):
    """A bearer token of a program; what it is itself is known to nobody here."""

    id: int
    name: str
    role: Role
    created: datetime
    created_by: str
    expires: datetime | None
    used: datetime | None
    """To the minute."""
    revoked: datetime | None


class AccessAccount(Struct, frozen=True, kw_only=True):
    """An account with what proves it."""

    view: AccountView
    secret: str
    """The hash of its password."""
    epoch: int
    """Sessions of an earlier one are over."""


class AccessToken(Struct, frozen=True, kw_only=True):
    """A token with what proves it."""

    view: ApiTokenView
    hash: str


class Access(Struct, frozen=True, kw_only=True):
    """Everybody who may come in, as it was within a second."""

    accounts: dict[str, AccessAccount]
    """By name."""
    tokens: dict[str, AccessToken]
    """By hash."""


MASKED = "••••••"
"""What is shown in the place of a secret."""
MASKED_NAMES = (
    "*password*",
    "*passwd*",
    "*secret*",
    "*token*",
    "*credential*",
    "*api_key*",
    "*apikey*",
    "*private_key*",
    "*iban*",
    "*card_number*",
    "*cardnumber*",
    "cvc",
    "cvv",
    "pin",
)
"""Names of variables that are secret unless settings say otherwise."""


class MaskView(Struct, frozen=True, kw_only=True):
    """A pattern of names of variables."""

    pattern: str
    origin: Literal["default", "model", "admin"]
    is_masked: bool
    """Else: an admin says that it is no secret."""
    place: str | None = None
    """The process whose model says so, or the admin."""


class SavedView(Struct, frozen=True, kw_only=True):
    """A list that somebody wants to see again."""

    id: int
    name: str
    page: str
    """Of which list: `instances`."""
    query: str
    sort: str
    columns: str
    is_shared: bool
    is_default: bool
    """What the list shows when nothing is asked for: to everybody, of a shared one."""
    by: str
    created: datetime
