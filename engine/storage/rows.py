"""Between the core's rows and the tables': tuples in the order of the columns."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import Struct

from engine.state import Instance, Scope, Subscription, Token, Trigger
from engine.storage.ids import partition_of
from engine.values import decode, encode

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """The moment, in UTC."""
    return EPOCH + timedelta(microseconds=value)


def moment_or_none(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


def date_of(value: Any) -> datetime | None:
    """A due date as models write it: a moment, a date, or a text of either; else None."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    try:
        return date_of(datetime.fromisoformat(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def due_of(trigger: Trigger) -> int | None:
    """When a timer fires, or until when a task should be done."""
    due = trigger.due
    if trigger.kind == "user_task":
        due = date_of(trigger.details.get("due_date"))
    return None if due is None else micros(due)


class Head(Struct):
    """A row of `instance`, in the order of its columns but for the partition."""

    id: int
    root_id: int
    parent_id: int | None
    parent_subscription: int | None
    depth: int
    definition_id: int
    process_id: str
    version: int
    business_key: str | None
    correlation_id: str | None
    state: str
    suspended_at: int | None
    reason: str | None
    revision: int
    last_id: int
    last_seq: int
    result: str | None
    started_by: str
    started_at: int
    updated_at: int
    ended_at: int | None


HEAD_COLUMNS = Head.__struct_fields__


def head_row(head: Head) -> tuple[Any, ...]:
    return (
        partition_of(head.id),
        head.id,
        head.root_id,
        head.parent_id,
        head.parent_subscription,
        head.depth,
        head.definition_id,
        head.process_id,
        head.version,
        head.business_key,
        head.correlation_id,
        head.state,
        head.suspended_at,
        head.reason,
        head.revision,
        head.last_id,
        head.last_seq,
        head.result,
        head.started_by,
        head.started_at,
        head.updated_at,
        head.ended_at,
    )


SCOPE_COLUMNS = (
    "id",
    "instance_id",
    "container",
    "kind",
    "parent",
    "holder",
    "variables",
    "items",
    "place",
    "completed",
)


def scope_row(partition: int, instance: int, scope: Scope) -> tuple[Any, ...]:
    return (
        partition,
        scope.id,
        instance,
        scope.container,
        scope.kind,
        scope.parent,
        scope.holder,
        encode(scope.variables) if scope.variables else "{}",
        None if scope.items is None else encode(list(scope.items)),
        scope.index,
        int(scope.completed),
    )


def scope_of(row: tuple[Any, ...]) -> Scope:
    """From a row in the order of SCOPE_COLUMNS."""
    own, _, container, kind, parent, holder, variables, items, place, completed = row
    return Scope(
        id=own,
        container=container,
        kind=kind,
        parent=parent,
        holder=holder,
        variables=decode(variables),
        items=None if items is None else tuple(decode(items)),
        index=place,
        completed=bool(completed),
    )


TOKEN_COLUMNS = ("id", "instance_id", "scope", "node", "flow")


def token_row(partition: int, instance: int, token: Token, now: int) -> tuple[Any, ...]:
    return (partition, token.id, instance, token.scope, token.node, token.flow, now)


def token_of(row: tuple[Any, ...]) -> Token:
    """From a row in the order of TOKEN_COLUMNS."""
    own, _, scope, node, flow = row
    return Token(id=own, scope=scope, node=node, flow=flow)


SUBSCRIPTION_COLUMNS = (
    "id",
    "instance_id",
    "scope",
    "token",
    "catcher",
    "part",
    "kind",
    "name",
    "key",
    "due",
    "details",
)


class Shell(Struct):
    """What the shell keeps with a subscription; the core does not know it."""

    queue: str | None = None
    available_at: int = 0
    priority: int = 0
    retries: int | None = None
    attempts: int = 0
    epoch: int = 0
    worker: str | None = None
    claimed_at: int | None = None
    last_error: str | None = None
    lost: int = 0


SHELL_COLUMNS = Shell.__struct_fields__


def subscription_row(
    partition: int,
    row: Subscription,
    instance: int,
    definition: int,
    now: int,
    shell: Shell,
    sees: int,
) -> tuple[Any, ...]:
    trigger = row.trigger
    return (
        partition,
        row.id,
        instance,
        definition,
        row.scope,
        row.token,
        sees,
        row.catcher,
        row.part,
        trigger.kind,
        trigger.name,
        trigger.key,
        due_of(trigger),
        encode(trigger.details) if trigger.details else "{}",
        now,
        shell.queue,
        shell.available_at,
        shell.priority,
        shell.retries,
        shell.attempts,
        shell.epoch,
        shell.worker,
        shell.claimed_at,
        shell.last_error,
        shell.lost,
    )


def subscription_of(row: tuple[Any, ...]) -> Subscription:
    """From a row in the order of SUBSCRIPTION_COLUMNS."""
    own, _, scope, token, catcher, part, kind, name, key, due, details = row
    fires = None if kind == "user_task" else moment_or_none(due)
    trigger = Trigger(kind=kind, name=name, key=key, due=fires, details=decode(details))
    return Subscription(
        id=own, scope=scope, token=token, catcher=catcher, trigger=trigger, part=part
    )


def instance_of_rows(
    head: Head,
    scopes: list[tuple[Any, ...]],
    tokens: list[tuple[Any, ...]],
    subscriptions: list[tuple[Any, ...]],
    joins: frozenset[str],
) -> Instance:
    """The core's instance, of its rows in the order of their ids."""
    return Instance(
        map(scope_of, scopes),
        map(token_of, tokens),
        map(subscription_of, subscriptions),
        last_id=head.last_id,
        joins=joins,
    )
