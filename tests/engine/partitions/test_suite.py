"""`python3 tests --strict`: on PostgreSQL, whichever database a test names."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from engine import Engine
from engine.testing import Stage
from tests.engine.services.house import elements
from tests.kit import document
from tests.strict import database, everywhere, one_test

WAITS = document("<startEvent id='s'/><userTask id='u'/>\ns -> u")


def names(server: sa.URL) -> set[str]:
    engine = sa.create_engine(server, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return set(connection.exec_driver_sql("SELECT datname FROM pg_database").scalars())


def test_what_asks_for_sqlite_gets_postgresql(postgresql: sa.URL, tmp_path: Path) -> None:
    file = tmp_path / "engine.db"
    with everywhere(postgresql):
        before = names(postgresql)
        with one_test(is_about_sqlite=False):
            stage = Stage(contents={"p.bpmn": WAITS})
            assert stage.engine._shell.store.profile.name == "postgresql"
            assert stage.start("p").at == ["u"]
            with Engine(f"sqlite:///{file}") as one, Engine(database(file)) as other:
                one.deploy({"p.bpmn": WAITS})
                assert elements(other, one.start("p").id) == ["u"]
            assert len(names(postgresql) - before) == 2
        assert names(postgresql) == before
        with one_test(is_about_sqlite=True), Engine(f"sqlite:///{file}") as engine:
            assert engine._shell.store.profile.name == "sqlite"
