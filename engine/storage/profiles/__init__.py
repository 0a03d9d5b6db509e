"""Backend profiles: what each kind of database does its own way, in one place.

| | writers | locks | tells of work | tries again after | one transaction touches |
|---|---|---|---|---|---|
| sqlite | one | the file | within the process | SQLITE_BUSY, SQLITE_LOCKED | all partitions |
| postgresql | many | rows, names | LISTEN/NOTIFY | 40001, 40P01, 55P03 | all partitions |
| citus | many | rows of a partition | is looked for | 40001, 40P01, 55P03 | one partition |
| yugabyte | many | rows of a partition | is looked for | 40001, 40P01, 55P03 | one partition |
| cockroach | many | rows of a partition | is looked for | 40001, 40P01, 55P03 | one partition |

The last three are chosen by `postgresql://...?profile=citus`. A *strict* sqlite or postgresql
(`?strict=1`, or KAPELLMEISTER_STRICT=1) goes by their rules, and refuses what breaks them.
"""

from __future__ import annotations

import os

import sqlalchemy as sa

from engine.errors import Invalid
from engine.storage.profiles.base import Profile
from engine.storage.profiles.distributed import Citus, Cockroach, Yugabyte
from engine.storage.profiles.postgresql import Postgresql
from engine.storage.profiles.sqlite import Sqlite

PROFILES: dict[str, type[Profile]] = {
    profile.name: profile for profile in (Sqlite, Postgresql, Citus, Yugabyte, Cockroach)
}
OPTIONS = ("profile", "strict")
"""What a database URL may say to us, not to the driver."""


def profile_for(url: sa.URL) -> Profile:
    """The profile of a database's URL. Raises Invalid."""
    kind = url.get_backend_name()
    kind = "postgresql" if kind == "postgres" else kind
    if kind not in ("sqlite", "postgresql"):
        raise Invalid(
            f"database URL: '{kind}' is not supported; sqlite:///FILE, sqlite:// (in memory) "
            "and postgresql://USER@HOST/DATABASE are"
        )
    asked = str(url.query.get("profile", kind))
    found = PROFILES.get(asked)
    if found is None or (kind == "sqlite") != (found is Sqlite):
        raise Invalid(
            f"database URL: profile '{asked}' does not go with {kind}; of postgresql "
            "citus, yugabyte and cockroach do"
        )
    return found()


def is_strict(url: sa.URL) -> bool:
    """Whether what breaks the rules of a distributed database is to be refused."""
    said = url.query.get("strict", os.environ.get("KAPELLMEISTER_STRICT", ""))
    return said not in ("", "0")


def for_driver(url: sa.URL) -> sa.URL:
    """A database URL without what is not for the driver."""
    return url.difference_update_query(OPTIONS)


__all__ = ["PROFILES", "Profile", "for_driver", "is_strict", "profile_for"]
