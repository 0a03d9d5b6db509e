"""The accounts and tokens that the database knows, as an authority."""

from __future__ import annotations

from datetime import UTC, datetime

from engine import AccountView, Engine
from web.api.guard import NOBODY, ROLES, Identity, Proven, token_hash


class Stored:
    """Asks the engine, which reads its database once a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._proven = Proven()

    def knows_anybody(self) -> bool:
        """Whether there is an account. Raises Unavailable."""
        return bool(self._engine.access().accounts)

    def by_password(self, name: str, password: str) -> Identity | None:
        found = self._engine.access().accounts.get(name)
        stored = NOBODY if found is None else found.secret
        if not self._proven.is_password(password, stored) or found is None:
            return None
        return identity_of(found.view)

    def by_token(self, token: str) -> Identity | None:
        found = self._engine.access().tokens.get(token_hash(token))
        if found is None or found.view.revoked is not None:
            return None
        if found.view.expires is not None and found.view.expires <= datetime.now(UTC):
            return None
        self._engine.note_token(found.view)
        return Identity(name=found.view.name, permissions=ROLES[found.view.role])

    def epoch(self, name: str) -> int:
        """Of an account's sessions that begin now."""
        return self._engine.access().accounts[name].epoch

    def by_session(self, name: str, epoch: int) -> Identity | None:
        """Who came in before, unless what they came in by has changed since."""
        found = self._engine.access().accounts.get(name)
        if found is None or found.epoch != epoch:
            return None
        return identity_of(found.view)


def identity_of(account: AccountView) -> Identity | None:
    """What an account may do; None where it is disabled."""
    if account.is_disabled:
        return None
    return Identity(
        name=account.name, permissions=ROLES[account.role], groups=tuple(account.groups)
    )
