"""Users and tokens that the database knows. What proves them is given and kept as hashes: how a
secret is hashed and checked is the business of whoever asks for it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotFound
from engine.services import idempotency
from engine.services.audit import audit
from engine.storage.access_tables import account, api_token
from engine.storage.rows import micros, moment, moment_or_none
from engine.values import decode, encode
from engine.views import SYSTEM, Actor
from engine.views.access import (
    ROLES,
    Access,
    AccessAccount,
    AccessToken,
    AccountView,
    ApiTokenView,
    Role,
)

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

T = TypeVar("T")
NAME = re.compile(r"[^\s\x00-\x1f:]{1,100}")
FRESH = 1.0
"""Seconds after which it is read again what other nodes have changed."""
USED = 60_000_000
"""Microseconds between two notes that a token is used."""
_a, _t = account.c, api_token.c


class AccessMethods:
    """The part of `Engine` that knows who may come in."""

    _shell: Shell
    _access: tuple[float, Access] | None = None

    def access(self) -> Access:
        """Everybody who may come in, read once a second; what this process changes counts at
        once."""
        known = self._access
        if known is not None and time.monotonic() - known[0] < FRESH:
            return known[1]
        with self._shell.store.reading() as connection:
            accounts = connection.execute(sa.select(account).order_by(_a.name)).all()
            tokens = connection.execute(sa.select(api_token).order_by(_t.created_at)).all()
        found = Access(
            accounts={
                row.name: AccessAccount(view=_account(row), secret=row.secret, epoch=row.epoch)
                for row in accounts
            },
            tokens={row.hash: AccessToken(view=_token(row), hash=row.hash) for row in tokens},
        )
        self._access = (time.monotonic(), found)
        return found

    def add_account(
        self,
        name: str,
        secret: str,
        role: Role,
        groups: Sequence[str] = (),
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> AccountView:
        """Let somebody in who proves it by `secret`, the hash of a password. Raises Invalid, and
        Conflict where the name is taken."""
        if not NAME.fullmatch(name):
            raise Invalid(f"account: found '{name:.40}'; 1 to 100 characters without blanks do")
        values = {"name": name, "secret": secret, "role": _role(role), "groups": encode([*groups])}

        def run(unit: Unit) -> AccountView:
            unit.direct()
            connection = unit.transaction.connection
            if connection.execute(sa.select(_a.name).where(_a.name == name)).first():
                raise Conflict(f"account '{name}': there is one of this name; take another name")
            row = {
                **values,
                "is_disabled": 0,
                "epoch": 1,
                "created_at": unit.now_micros,
                "by": by.name,
            }
            connection.execute(sa.insert(account), row)
            detail = {"role": role, "groups": [*groups]}
            audit(unit, "add_account", by, None, kind="account", target=name, detail=detail)
            return _account(_row(connection, name))

        return self._done(
            idempotency.once(idempotency_key, f"add_account {name}"[:200], AccountView, run)
        )

    def change_account(
        self,
        name: str,
        *,
        role: Role | None = None,
        groups: Sequence[str] | None = None,
        is_disabled: bool | None = None,
        secret: str | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> AccountView:
        """Change what is given. Another role, password, or being disabled ends the sessions there
        are. Raises NotFound, and Conflict where no admin would be left."""
        values: dict[str, Any] = {}
        if role is not None:
            values["role"] = _role(role)
        if groups is not None:
            values["groups"] = encode([*groups])
        if is_disabled is not None:
            values["is_disabled"] = int(is_disabled)
        if secret is not None:
            values["secret"] = secret

        def run(unit: Unit) -> AccountView:
            unit.direct()
            connection = unit.transaction.connection
            row = _row(connection, name)
            if not values:
                return _account(row)
            if is_disabled or role not in (None, "admin"):
                _check_admin_left(connection, name)
            ends = values.keys() & {"role", "is_disabled", "secret"}
            more = {"epoch": row.epoch + 1} if ends else {}
            connection.execute(sa.update(account).where(_a.name == name).values(values | more))
            detail = {key: value for key, value in values.items() if key != "secret"}
            if secret is not None:
                detail["password"] = "changed"  # noqa: S105 (not the password)
            audit(unit, "change_account", by, None, kind="account", target=name, detail=detail)
            return _account(_row(connection, name))

        return self._done(
            idempotency.once(idempotency_key, f"change_account {name}"[:200], AccountView, run)
        )

    def remove_account(
        self, name: str, *, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> None:
        """Let somebody in no more. Raises NotFound, and Conflict where no admin would be left."""

        def run(unit: Unit) -> None:
            unit.direct()
            connection = unit.transaction.connection
            _row(connection, name)
            _check_admin_left(connection, name)
            connection.execute(sa.delete(account).where(_a.name == name))
            audit(unit, "remove_account", by, None, kind="account", target=name)

        self._done(idempotency.once(idempotency_key, f"remove_account {name}"[:200], None, run))

    def add_token(
        self,
        name: str,
        hash: str,
        role: Role,
        expires: datetime | None = None,
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> ApiTokenView:
        """Let a program in that has the token of this hash; the same key finds the token that it
        made before, of another hash. Raises Invalid."""
        if not NAME.fullmatch(name):
            raise Invalid(f"token: found '{name:.40}'; 1 to 100 characters without blanks do")
        _role(role)

        def run(unit: Unit) -> ApiTokenView:
            unit.direct()
            at = None if expires is None else micros(expires)
            if at is not None and at <= unit.now_micros:
                raise Invalid(f"token: '{expires}' has passed; a later moment would do")
            id = self._shell.store.ids.row(0)
            row = {
                "id": id,
                "name": name,
                "hash": hash,
                "role": role,
                "created_at": unit.now_micros,
                "by": by.name,
                "expires_at": at,
            }
            connection = unit.transaction.connection
            connection.execute(sa.insert(api_token), row)
            detail = {"name": name, "role": role, "expires": expires and expires.isoformat()}
            audit(unit, "add_token", by, None, kind="token", target=id, detail=detail)
            return _token(_token_row(connection, id))

        once = idempotency.once(idempotency_key, f"add_token {name}"[:200], ApiTokenView, run)
        return self._done(once)

    def revoke_token(
        self, id: int, *, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> ApiTokenView:
        """Let a program in no more. Raises NotFound."""

        def run(unit: Unit) -> ApiTokenView:
            unit.direct()
            connection = unit.transaction.connection
            row = _token_row(connection, id)
            if row.revoked_at is None:
                gone = sa.update(api_token).where(_t.id == id)
                connection.execute(gone.values(revoked_at=unit.now_micros))
                detail = {"name": row.name}
                audit(unit, "revoke_token", by, None, kind="token", target=id, detail=detail)
            return _token(_token_row(connection, id))

        return self._done(
            idempotency.once(idempotency_key, f"revoke_token {id}", ApiTokenView, run)
        )

    def note_token(self, token: ApiTokenView) -> None:
        """A token is used; noted once a minute."""
        now = self._shell.store.now()
        if token.used is not None and now - micros(token.used) < USED:
            return

        def run(unit: Unit) -> None:
            unit.direct()
            stale = sa.or_(_t.used_at.is_(None), _t.used_at < unit.now_micros - USED)
            used = sa.update(api_token).where(_t.id == token.id, stale)
            unit.transaction.connection.execute(used.values(used_at=unit.now_micros))

        self._done(run)

    def note_refused(self, permission: str, target: str, *, by: Actor) -> None:
        """Somebody sent what they may not do; nothing was done."""

        def run(unit: Unit) -> None:
            detail = {"permission": permission}
            audit(unit, "refused", by, None, kind="request", target=target[:200], detail=detail)

        self._shell.do(run)

    def _done(self, command: Callable[[Unit], T]) -> T:
        done = self._shell.do(command)
        self._access = None
        return done


def _check_admin_left(connection: sa.Connection, name: str) -> None:
    """Locks the admins there are, so that two cannot take leave of each other."""
    admins = sa.select(_a.name).where(_a.role == "admin", _a.is_disabled == 0)
    found = connection.execute(admins.with_for_update()).scalars().all()
    if found and set(found) <= {name}:
        raise Conflict(
            f"account '{name}': it is the only admin that may come in; make another one first"
        )


def _role(role: str) -> str:
    if role not in ROLES:
        raise Invalid(f"role '{role:.40}' is unknown; {', '.join(ROLES)} are known")
    return role


def _row(connection: sa.Connection, name: str) -> Any:
    row = connection.execute(sa.select(account).where(_a.name == name)).first()
    if row is None:
        raise NotFound(f"account '{name}': there is none")
    return row


def _token_row(connection: sa.Connection, id: int) -> Any:
    row = connection.execute(sa.select(api_token).where(_t.id == id)).first()
    if row is None:
        raise NotFound(f"token {id}: there is none")
    return row


def _account(row: Any) -> AccountView:
    return AccountView(
        name=row.name,
        role=row.role,
        groups=decode(row.groups),
        is_disabled=bool(row.is_disabled),
        created=moment(row.created_at),
        created_by=row.by,
    )


def _token(row: Any) -> ApiTokenView:
    return ApiTokenView(
        id=row.id,
        name=row.name,
        role=row.role,
        created=moment(row.created_at),
        created_by=row.by,
        expires=moment_or_none(row.expires_at),
        used=moment_or_none(row.used_at),
        revoked=moment_or_none(row.revoked_at),
    )
