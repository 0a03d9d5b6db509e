"""Which partitions a statement is read to look at."""

from __future__ import annotations

import pytest

from engine.storage.pinning import Unreadable, facts_of

PINNED = "subscription.partition_id = %s"


def pins(sql: str) -> dict[str, tuple[int | str, ...]]:
    return {mention.table: mention.pins for mention in facts_of(sql, "postgres").mentions}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"SELECT 1 FROM subscription WHERE {PINNED}", ("k0",)),
        ("SELECT 1 FROM subscription WHERE subscription.partition_id = 5", (5,)),
        ("SELECT 1 FROM subscription AS s WHERE s.partition_id = CAST(%s AS SMALLINT)", ("k0",)),
        ("SELECT 1 FROM subscription WHERE partition_id = %s::SMALLINT", ("k0",)),
        (f"SELECT 1 FROM subscription WHERE subscription.id = %s AND ({PINNED})", ("k1",)),
        ("SELECT 1 FROM subscription WHERE subscription.partition_id IN (%s, %s)", ("k0", "k1")),
        (f"DELETE FROM subscription WHERE {PINNED}", ("k0",)),
        (f"UPDATE subscription SET name = %s WHERE {PINNED}", ("k1",)),
        ("INSERT INTO subscription (id, partition_id) VALUES (%s, %s)", ("k1",)),
        (f"SELECT EXISTS (SELECT 1 FROM subscription WHERE {PINNED})", ("k0",)),
        (f"SELECT 'a%%s', x FROM subscription WHERE {PINNED}", ("k0",)),
    ],
)
def test_a_table_is_pinned_by_what_must_hold(sql: str, expected: tuple[int | str, ...]) -> None:
    assert pins(sql) == {"subscription": expected}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM subscription",
        "SELECT 1 FROM subscription WHERE subscription.id = %s",
        f"SELECT 1 FROM subscription WHERE {PINNED} OR subscription.id = %s",
        f"SELECT 1 FROM subscription WHERE NOT ({PINNED})",
        "SELECT 1 FROM subscription WHERE subscription.partition_id > %s",
        "SELECT 1 FROM subscription WHERE subscription.partition_id = (%s + 1)",
        "SELECT 1 FROM subscription WHERE subscription.partition_id = subscription.id",
        "SELECT 1 FROM subscription WHERE (subscription.partition_id, subscription.id) IN "
        "((%s, %s))",
        "INSERT INTO subscription (partition_id, id) SELECT * FROM unnest(%s::SMALLINT[], "
        "%s::BIGINT[])",
        "INSERT INTO subscription (id) VALUES (%s)",
        "UPDATE subscription SET name = %s",
        "WITH found AS (SELECT subscription.id FROM subscription) SELECT found.id FROM found",
    ],
)
def test_what_may_be_any_partition_is_not_pinned(sql: str) -> None:
    assert pins(sql) == {"subscription": ()}


def test_tables_of_one_partition_are_pinned_together() -> None:
    joined = "subscription.partition_id = instance.partition_id AND instance.id = %s"
    assert pins(
        f"SELECT 1 FROM instance JOIN subscription ON {joined} WHERE instance.partition_id = %s"
    ) == {"instance": ("k1",), "subscription": ("k1",)}
    assert pins(
        "SELECT 1 FROM (SELECT i.partition_id AS partition_id FROM instance i "
        "WHERE i.partition_id = 7) AS found JOIN scope ON scope.partition_id = found.partition_id"
    ) == {"instance": (7,), "scope": (7,)}
    assert pins(
        "SELECT 1 FROM instance WHERE instance.partition_id = %s AND EXISTS (SELECT 1 FROM token "
        "WHERE token.partition_id = instance.partition_id)"
    ) == {"instance": ("k0",), "token": ("k0",)}


def test_an_outer_joins_condition_pins_what_it_joins_only() -> None:
    found = pins(
        "SELECT 1 FROM instance LEFT JOIN scope ON scope.partition_id = 4 "
        "AND instance.partition_id = 3"
    )
    assert found == {"instance": (), "scope": (4,)}


def test_each_branch_of_a_union_is_looked_at() -> None:
    (one, other) = facts_of(
        "SELECT 1 FROM token WHERE token.partition_id = 1 UNION ALL SELECT 1 FROM token", "postgres"
    ).mentions
    assert (one.pins, other.pins) == ((1,), ())


def test_writes_and_locks_are_told_apart_from_reads() -> None:
    (read,) = facts_of("SELECT 1 FROM token", "postgres").mentions
    (written,) = facts_of("DELETE FROM token", "postgres").mentions
    (locked,) = facts_of("SELECT 1 FROM token FOR UPDATE SKIP LOCKED", "postgres").mentions
    one, other = facts_of(
        "SELECT 1 FROM token JOIN scope ON scope.id = token.scope FOR UPDATE OF scope", "postgres"
    ).mentions
    assert (read.is_written, read.is_locked) == (False, False)
    assert (written.is_written, locked.is_locked) == (True, True)
    assert (one.is_locked, other.is_locked) == (False, True)


def test_parameters_are_counted_as_the_driver_counts_them() -> None:
    for dialect, mark in (("postgres", "%s"), ("sqlite", "?")):
        sql = f"SELECT 'a ? b', {mark} FROM token WHERE token.partition_id = {mark}"
        sql = sql.replace("a ? b", "a" if dialect == "postgres" else "a ? b")
        (mention,) = facts_of(sql, dialect).mentions
        assert mention.partitions((8, 9)) == {9}


def test_what_cannot_be_read_says_so() -> None:
    with pytest.raises(Unreadable):
        facts_of("SELECT FROM WHERE (", "postgres")
