"""The suite under the strict profile: on PostgreSQL, whichever database a test names.

    python3 tests --strict
    KAPELLMEISTER_STRICT=1 python -m pytest tests/engine

Where a test opens `sqlite://` or `sqlite:///FILE`, it gets a PostgreSQL database of its own, copied
from one that has the tables; one file is one database. Tests that are about SQLite itself say so
(`@pytest.mark.sqlite`) and keep it. Another process is not reached by this: what a test hands to
one it takes from `database`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.storage.store import Store

IS_STRICT = os.environ.get("KAPELLMEISTER_STRICT", "") not in ("", "0")
PATTERN = "kapellmeister_pattern"
_BEGIN, _END = Store.__init__, Store.close


class Elsewhere:
    """Gives every store PostgreSQL in the place of SQLite."""

    def __init__(self, server: sa.URL) -> None:
        self.is_on = True
        self._server = server
        self._admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        self._names = (f"instead_{id(self)}_{number}" for number in count(1))
        self._files: dict[str, str] = {}
        """Names of databases, by the file that they stand for."""
        self._made: list[str] = []
        self._stores: list[Store] = []
        self._say(f"DROP DATABASE IF EXISTS {PATTERN} WITH (FORCE)")
        self._say(f"CREATE DATABASE {PATTERN}")
        pattern = Store(server.set(database=PATTERN))
        pattern.migrate()
        pattern.close()

    def found(self, asked: sa.URL) -> sa.URL:
        """The URL of what stands in the place of this one."""
        if not self.is_on or asked.get_backend_name() != "sqlite":
            return asked
        if asked.database in (None, "", ":memory:"):
            name = self._make()
        else:
            file = str(Path(str(asked.database)).resolve())
            name = self._files.get(file) or self._files.setdefault(file, self._make())
        return self._server.set(database=name).update_query_dict(dict(asked.query))

    def opened(self, store: Store) -> None:
        self._stores.append(store)

    def closed(self, store: Store) -> None:
        if store in self._stores:
            self._stores.remove(store)

    @contextmanager
    def one_test(self) -> Iterator[None]:
        """What a test opens, and leaves open, does not stay."""
        before, open_before = len(self._made), list(self._stores)
        try:
            yield
        finally:
            for store in [store for store in self._stores if store not in open_before]:
                store.close()
            gone, self._made = self._made[before:], self._made[:before]
            for name in gone:
                self._say(f"DROP DATABASE {name} WITH (FORCE)")
            self._files = {file: name for file, name in self._files.items() if name not in gone}

    def _make(self) -> str:
        name = next(self._names)
        self._say(f"CREATE DATABASE {name} TEMPLATE {PATTERN} STRATEGY wal_log")
        self._made.append(name)
        return name

    def _say(self, command: str) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(command)


_elsewhere: Elsewhere | None = None
"""What tests go by now."""


@contextmanager
def everywhere(server: sa.URL) -> Iterator[None]:
    """Stores are opened on this PostgreSQL, whatever they are asked for."""
    global _elsewhere
    before, there = _elsewhere, Elsewhere(server)
    _elsewhere = there

    def begun(self: Store, url: str | sa.URL, **options: Any) -> None:
        _BEGIN(self, there.found(sa.make_url(url)), **options)
        there.opened(self)

    def ended(self: Store) -> None:
        there.closed(self)
        _END(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "__init__", begun)
        patch.setattr(Store, "close", ended)
        yield
    _elsewhere = before


@contextmanager
def one_test(is_about_sqlite: bool) -> Iterator[None]:
    there = _elsewhere
    if there is None:
        yield
        return
    there.is_on = not is_about_sqlite
    with there.one_test():
        yield


def database(file: Path) -> str:
    """A URL for the database of a test that also other processes open."""
    url = sa.make_url(f"sqlite:///{file}")
    found = url if _elsewhere is None else _elsewhere.found(url)
    return found.render_as_string(hide_password=False)
