"""What every store keeps, on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.errors import Conflict, Unavailable
from engine.state import Scope, Subscription, Token, Trigger
from engine.storage import schema
from engine.storage.ids import BLOCK, NUMBER_BITS, by_partition, instance_of, partition_of
from engine.storage.rows import Head, Shell, instance_of_rows, scope_of, subscription_of, token_of
from engine.storage.store import Store
from engine.storage.writes import Incident, Message, Opened, Writes
from tests.engine.databases import Databases

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def new_head(id: int, **changes: Any) -> Head:
    head = Head(
        id=id,
        root_id=id,
        parent_id=None,
        parent_subscription=None,
        depth=0,
        definition_id=1,
        process_id="order",
        version=1,
        business_key="A-1",
        correlation_id=None,
        state="active",
        suspended_at=None,
        reason=None,
        revision=1,
        last_id=id,
        last_seq=0,
        result=None,
        started_by="test",
        started_at=1,
        updated_at=1,
        ended_at=None,
    )
    return replace(head, **changes)


def opened(row: Subscription, **shell: Any) -> Opened:
    return Opened(row=row, instance=instance_of(row.id), definition=1, now=5, shell=Shell(**shell))


def full(id: int) -> Writes:
    """The writes of an instance with one row of everything."""
    writes = Writes()
    writes.new_heads[id] = new_head(id, last_id=id + 3)
    scope = Scope(
        id=id + 1,
        container="order",
        kind="process",
        variables={"amount": 10**30, "when": NOW, "text": "ü😀", "none": None},
        items=("a", {"b": 1}),
        index=2,
        completed=True,
    )
    token = Token(id=id + 2, scope=id + 1, node="pay", flow="f1")
    trigger = Trigger(
        kind="timer", name="n", key="k", due=NOW, details={"after": timedelta(hours=1), "n": 1}
    )
    subscription = Subscription(
        id=id + 3, scope=id + 1, token=id + 2, catcher="late", trigger=trigger, part=1
    )
    writes.scopes.put(scope.id, (id, scope), existed=False)
    writes.tokens.put(token.id, (id, token, 7), existed=False)
    writes.subscriptions.put(
        subscription.id, opened(subscription, queue="timer", available_at=9), existed=False
    )
    writes.history.append((partition_of(id), id, 1, 3, 7, b"\x00\xff records"))
    return writes


def write(store: Store, writes: Writes) -> None:
    with store.transaction() as transaction:
        transaction.flush(writes)


def test_an_instance_comes_back_as_it_was_written(databases: Databases) -> None:
    store = databases.store()
    id = store.ids.instance(1023)
    writes = full(id)
    write(store, writes)
    with store.transaction() as transaction:
        assert transaction.heads([id, id + (1 << 24)]) == {id: writes.new_heads[id]}
        assert transaction.lock([id]) == {id: 1}
        scopes, tokens, subscriptions = transaction.rows_of([id])[id]
    assert list(map(scope_of, scopes)) == [writes.scopes.new[id + 1][1]]
    assert list(map(token_of, tokens)) == [writes.tokens.new[id + 2][1]]
    assert list(map(subscription_of, subscriptions)) == [writes.subscriptions.new[id + 3].row]
    instance = instance_of_rows(
        writes.new_heads[id], scopes, tokens, subscriptions, frozenset({"pay"})
    )
    assert instance.last_id == id + 3
    assert instance.held_by[id + 2] == {id + 3: writes.subscriptions.new[id + 3].row}
    assert instance.at_joins[id + 1, "pay"]["f1"].keys() == {id + 2}


def test_the_shells_columns_are_kept_apart_from_the_cores(databases: Databases) -> None:
    store = databases.store()
    id = store.ids.instance(5)
    write(store, full(id))
    later = Writes()
    shell = Shell(
        queue=None,
        available_at=11,
        priority=3,
        retries=2,
        attempts=1,
        epoch=4,
        worker="w",
        claimed_at=10,
        last_error="no",
    )
    later.set_shell(id + 3, shell)
    write(store, later)
    with store.transaction() as transaction:
        assert transaction.shells([id + 3, id + 4]) == {id + 3: shell}
    with store.transaction() as transaction:
        (row,) = transaction.rows_of([id])[id][2]
        changed = replace(subscription_of(row), part=9)
        writes = Writes()
        writes.subscriptions.put(id + 3, opened(changed), existed=True)
        transaction.flush(writes)
    with store.transaction() as transaction:
        assert subscription_of(transaction.rows_of([id])[id][2][0]) == changed
        assert transaction.shells([id + 3]) == {id + 3: shell}


def test_rows_of_one_instance_are_not_those_of_its_neighbours(databases: Databases) -> None:
    store = databases.store()
    ids = [store.ids.instance(partition) for partition in (0, 0, 0, 1, 1023)]
    for id in ids:
        write(store, full(id))
    for neighbours in by_partition(ids[:4]).values():
        with store.transaction() as transaction:
            found = transaction.rows_of(neighbours)
        for id, rows in found.items():
            assert [[row[0] for row in table] for table in rows] == [[id + 1], [id + 2], [id + 3]]


def test_a_change_to_a_head_that_somebody_else_changed_is_refused(databases: Databases) -> None:
    store = databases.store()
    id = store.ids.instance(0)
    write(store, full(id))
    writes = Writes()
    writes.heads[id] = (new_head(id, revision=2, state="completed", ended_at=4), 1)
    write(store, writes)
    with pytest.raises(Conflict):
        write(store, writes)
    with store.transaction() as transaction:
        assert transaction.heads([id])[id].state == "completed"


def test_nothing_of_a_transaction_that_fails_is_kept(databases: Databases) -> None:
    store = databases.store()
    id = store.ids.instance(0)
    with pytest.raises(sa.exc.IntegrityError):
        _write_twice(store, full(id))
    with store.transaction() as transaction:
        assert transaction.heads([id]) == {}
        assert transaction.rows_of([id])[id] == ([], [], [])


def _write_twice(store: Store, writes: Writes) -> None:
    with store.transaction() as transaction:
        transaction.flush(writes)
        transaction.flush(writes)


def test_rows_that_are_gone_are_gone(databases: Databases) -> None:
    store = databases.store()
    id = store.ids.instance(3)
    write(store, full(id))
    writes = Writes()
    writes.scopes.drop(id + 1)
    writes.tokens.drop(id + 2)
    writes.subscriptions.drop(id + 3)
    write(store, writes)
    with store.transaction() as transaction:
        assert transaction.rows_of([id])[id] == ([], [], [])


def test_changed_rows_replace_what_was_there(databases: Databases) -> None:
    store = databases.store()
    id = store.ids.instance(3)
    write(store, full(id))
    scope = Scope(id=id + 1, container="order", kind="process", variables={"a": 1})
    token = Token(id=id + 2, scope=id + 1, node="ship", flow=None)
    writes = Writes()
    writes.scopes.put(id + 1, (id, scope), existed=True)
    writes.tokens.put(id + 2, (id, token, 9), existed=True)
    write(store, writes)
    with store.transaction() as transaction:
        scopes, tokens, _ = transaction.rows_of([id])[id]
    assert scope_of(scopes[0]) == scope
    assert token_of(tokens[0]) == token


def test_incidents_and_messages_are_kept(databases: Databases) -> None:
    store = databases.store()
    id = store.ids.instance(3)
    incident = Incident(
        id=id + 3,
        instance_id=id,
        root_id=id,
        definition_id=1,
        process_id="order",
        element="pay",
        kind="job",
        error="ValueError",
        message="no",
        input=None,
        job_type="pay",
        attempts=3,
        at=7,
    )
    message = Message(
        id=store.ids.row(3),
        kind="message",
        name="paid",
        key="A-1",
        variables="{}",
        dedup="paid|A-1|1",
        state="waiting",
        published_at=1,
        expires_at=2,
        forget_at=3,
    )
    writes = Writes()
    writes.incidents.put(incident.id, incident, existed=False)
    writes.messages.put(message.id, message, existed=False)
    write(store, writes)
    again = Writes()
    again.messages.put(0, replace(message, id=store.ids.row(3)), existed=False)
    with pytest.raises(sa.exc.IntegrityError):
        write(store, again)
    received = replace(message, state="received", receiver_id=id, forget_at=9)
    later = Writes()
    later.messages.put(message.id, received, existed=True)
    later.incidents.drop(incident.id)
    write(store, later)
    with store.reading() as connection:
        assert connection.execute(sa.select(schema.incident)).all() == []
        (row,) = connection.execute(sa.select(schema.message)).all()
    assert (row.state, row.receiver_id, row.forget_at) == ("received", id, 9)


def test_two_nodes_never_give_out_one_id(databases: Databases) -> None:
    if databases.kind == "memory":
        pytest.skip("a database in memory has one node")
    nodes = [databases.store(), databases.store()]
    given = [node.ids.instance(7) for _ in range(200) for node in nodes]
    rows = [node.ids.row(7) for _ in range(200) for node in nodes]
    assert len({*given, *map(instance_of, rows)}) == len(given) + 2
    assert len(set(rows)) == len(rows)
    assert {partition_of(id) for id in given + rows} == {7}
    assert given[::2] == sorted(given[::2])


def test_ids_of_a_transaction_that_failed_are_not_given_to_two(databases: Databases) -> None:
    store = databases.store()
    before: list[int] = []
    with pytest.raises(ZeroDivisionError):
        _take_and_fail(store, before)
    other = databases.store() if databases.kind != "memory" else store
    after = [store.ids.instance(1), other.ids.instance(1)]
    assert len(set(after)) == 2
    assert not set(before) & set(after) or not store.profile.has_row_locks


def _take_and_fail(store: Store, taken: list[int]) -> None:
    with store.transaction():
        taken.append(store.ids.instance(1))
        raise ZeroDivisionError


def test_what_is_rolled_back_uses_up_no_numbers(databases: Databases) -> None:
    """Each node leases more the faster it uses them up: what fails is no use."""
    store = databases.store()
    lost: list[int] = []
    kept = []
    for _ in range(200):
        with pytest.raises(ZeroDivisionError):
            _take_and_fail(store, lost)
        with store.transaction() as transaction:
            transaction.connection.execute(sa.select(schema.lease))
            kept.append(store.ids.instance(1))
    assert len(set(kept)) == 200
    with store.reading() as connection:
        query = sa.select(schema.lease.c.next).where(schema.lease.c.name == "instance")
        assert connection.execute(query).scalar_one() <= 16


def test_no_number_spills_into_the_partition(databases: Databases) -> None:
    store = databases.store()
    last = (1 << NUMBER_BITS) // BLOCK - 1
    with store.transaction() as transaction:
        where = schema.lease.c.name == "instance"
        transaction.connection.execute(sa.update(schema.lease).where(where).values(next=last))
    ids = [store.ids.instance(1) for _ in range(BLOCK)]
    assert {partition_of(id) for id in ids} == {1}
    with pytest.raises(Unavailable, match="has no number left"):
        store.ids.instance(1)


def test_readers_see_one_moment(databases: Databases) -> None:
    if databases.kind == "memory":
        pytest.skip("readers and the writer of a database in memory take turns")
    store = databases.store()
    count = sa.select(sa.func.count()).select_from(schema.instance)
    with store.reading() as connection:
        before = connection.execute(count).scalar_one()
        write(store, full(store.ids.instance(0)))
        assert connection.execute(count).scalar_one() == before
    with store.reading() as connection:
        assert connection.execute(count).scalar_one() == before + 1


def test_migrating_again_changes_nothing(databases: Databases) -> None:
    store = databases.store()
    write(store, full(store.ids.instance(0)))
    store.migrate()
    with store.reading() as connection:
        assert connection.execute(sa.select(schema.history.c.records)).scalar_one() == (
            b"\x00\xff records"
        )


TABLES = ["scopes", "tokens", "subscriptions"]
MOVES = st.lists(
    st.tuples(st.sampled_from(["put", "drop", "shell"]), st.integers(1, 4)), max_size=12
)


def apply_moves(moves: list[tuple[str, int]], id: int, alive: set[int]) -> Writes:
    """A command's writes that put, change and drop rows as a step could."""
    writes = Writes()
    for number, (verb, place) in enumerate(moves):
        row = id + 10 * place
        if verb == "put":
            scope = Scope(id=row, container="c", kind="process", variables={"n": number})
            token = Token(id=row, scope=row, node=f"n{number}")
            waiting = Subscription(
                id=row, scope=row, token=row, catcher=f"k{number}", trigger=Trigger(kind="job")
            )
            writes.scopes.put(row, (id, scope), existed=row in alive)
            writes.tokens.put(row, (id, token, 1), existed=row in alive)
            if row in alive:
                writes.change(row, opened(waiting))
            else:
                writes.subscriptions.put(row, opened(waiting), existed=False)
            alive.add(row)
        elif row not in alive:
            continue
        elif verb == "drop":
            for table in TABLES:
                getattr(writes, table).drop(row)
            writes.shells.pop(row, None)
            alive.discard(row)
        else:
            writes.set_shell(row, Shell(attempts=number))
    return writes


def contents(store: Store) -> list[Any]:
    with store.reading() as connection:
        return [
            connection.execute(sa.select(table).order_by(table.c.id)).all()
            for table in (schema.scope, schema.token, schema.subscription)
        ]


@settings(max_examples=40)
@given(st.lists(MOVES, min_size=1, max_size=4))
def test_merged_writes_leave_what_the_single_ones_would(batches: list[Any]) -> None:
    one, together = Store("sqlite://"), Store("sqlite://")
    merged = Writes()
    for store in (one, together):
        store.migrate()
        alive: set[int] = set()
        for moves in batches:
            writes = apply_moves(moves, 1 << 24, alive)
            if store is one:
                write(store, writes)
            else:
                merged.merge(writes)
    write(together, merged)
    assert contents(one) == contents(together)
    one.close()
    together.close()
