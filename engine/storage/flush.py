"""Writing a difference: one statement for all rows of a kind, rows before what refers to them."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import astuple

from engine.errors import Conflict
from engine.storage.ids import partition_of
from engine.storage.rows import due_of, head_row, scope_row, subscription_row, token_row
from engine.storage.writes import Writes
from engine.values import encode

if TYPE_CHECKING:
    from engine.storage.transaction import Transaction


def flush(transaction: Transaction, writes: Writes) -> None:
    """Write all of it. Raises Conflict if a head was changed by somebody else."""
    checked = transaction.store.statements.update_checked
    if writes.heads and checked is None:
        _update_heads(transaction, writes)
    with transaction.wire.together():
        if writes.heads and checked is not None:
            rows = _head_rows(writes)
            transaction.wire.run(checked.sql, [(*checked.parameters(rows), len(rows))])
        _flush_rows(transaction, writes)


def _flush_rows(transaction: Transaction, writes: Writes) -> None:
    statements, run = transaction.store.statements, transaction.run
    if writes.new_heads:
        run(statements.insert_instance, [head_row(h) for h in writes.new_heads.values()])
    _flush_scopes(transaction, writes)
    _flush_tokens(transaction, writes)
    _flush_subscriptions(transaction, writes)
    if writes.history:
        run(statements.insert_history, writes.history)
    incidents = writes.incidents
    if incidents.gone:
        run(statements.delete_incident, _keys(incidents.gone))
    if incidents.new:
        run(statements.insert_incident, [_row(i) for i in incidents.new.values()])
    if writes.messages.new:
        run(statements.insert_message, [_row(m) for m in writes.messages.new.values()])
    if writes.messages.changed:
        changed = [
            (m.state, m.forget_at, m.receiver_id, partition_of(m.id), m.id)
            for m in writes.messages.changed.values()
        ]
        run(statements.update_message, changed)
    if writes.answers:
        run(statements.insert_answer, writes.answers)
    if writes.starts:
        run(statements.update_start, [(*row, id) for id, row in writes.starts.items()])
    for statement, alike in groupby(writes.rare, key=itemgetter(0)):
        run(statement, [row for _, row in alike])


def _update_heads(transaction: Transaction, writes: Writes) -> None:
    rows = _head_rows(writes)
    if transaction.run(transaction.store.statements.update_instance, rows) != len(rows):
        raise Conflict("an instance was changed by another node at the same time; try again")


def _head_rows(writes: Writes) -> list[tuple[Any, ...]]:
    return [
        (
            head.state,
            head.suspended_at,
            head.reason,
            head.revision,
            head.last_id,
            head.last_seq,
            head.result,
            head.updated_at,
            head.ended_at,
            partition_of(id),
            id,
            revision,
        )
        for id, (head, revision) in writes.heads.items()
    ]


def _flush_scopes(transaction: Transaction, writes: Writes) -> None:
    scopes, statements = writes.scopes, transaction.store.statements
    if scopes.gone:
        transaction.run(statements.delete_scope, _keys(scopes.gone))
    if scopes.changed:
        changed = [
            (
                row.parent,
                row.holder,
                encode(row.variables) if row.variables else "{}",
                None if row.items is None else encode(list(row.items)),
                row.index,
                int(row.completed),
                partition_of(id),
                id,
            )
            for id, (_, row) in scopes.changed.items()
        ]
        transaction.run(statements.update_scope, changed)
    if scopes.new:
        new = [scope_row(partition_of(id), own, row) for id, (own, row) in scopes.new.items()]
        transaction.run(statements.insert_scope, new)


def _flush_tokens(transaction: Transaction, writes: Writes) -> None:
    tokens, statements = writes.tokens, transaction.store.statements
    if tokens.gone:
        transaction.run(statements.delete_token, _keys(tokens.gone))
    if tokens.changed:
        changed = [
            (row.scope, row.node, row.flow, partition_of(id), id)
            for id, (_, row, _) in tokens.changed.items()
        ]
        transaction.run(statements.update_token, changed)
    if tokens.new:
        new = [token_row(partition_of(id), own, r, at) for id, (own, r, at) in tokens.new.items()]
        transaction.run(statements.insert_token, new)


def _flush_subscriptions(transaction: Transaction, writes: Writes) -> None:
    subscriptions, statements = writes.subscriptions, transaction.store.statements
    if subscriptions.gone:
        transaction.run(statements.delete_subscription, _keys(subscriptions.gone))
    if subscriptions.changed:
        changed = []
        for id, opened in subscriptions.changed.items():
            row, trigger = opened.row, opened.row.trigger
            changed.append(
                (
                    row.scope,
                    row.token,
                    row.catcher,
                    row.part,
                    trigger.kind,
                    trigger.name,
                    trigger.key,
                    due_of(trigger),
                    encode(trigger.details),
                    partition_of(id),
                    id,
                )
            )
        transaction.run(statements.update_subscription, changed)
    if subscriptions.new:
        new = [
            subscription_row(
                partition_of(id), o.row, o.instance, o.definition, o.now, o.shell, o.sees
            )
            for id, o in subscriptions.new.items()
        ]
        transaction.run(statements.insert_subscription, new)
    if writes.shells:
        shells = [(*astuple(s), partition_of(id), id) for id, s in writes.shells.items()]
        transaction.run(statements.update_shell, shells)


def _keys(gone: dict[int, None]) -> list[tuple[int, int]]:
    return [(partition_of(id), id) for id in gone]


def _row(struct: Struct) -> tuple[Any, ...]:
    """Of a struct that has the columns' order."""
    values = astuple(struct)
    return (partition_of(values[0]), *values)
