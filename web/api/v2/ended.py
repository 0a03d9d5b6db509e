"""Jobs and user tasks that are done: their rows are gone, the history has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from engine import (
    DefinitionView,
    HistoryEntry,
    InstanceQuery,
    InstanceSummary,
    Invalid,
    NotFound,
    Paging,
    instance_of,
)
from web.api.routing import engine
from web.api.search import Conditions
from web.api.shapes import key_of

MOST_INSTANCES = 100
"""Whose history is read in one search."""
MOST_FACTS = 20_000
"""Of one instance."""
PART = 5_000

Kind: TypeAlias = Literal["job", "user_task"]
How: TypeAlias = Literal["COMPLETED", "CANCELED", "ERROR_THROWN"]


@dataclass(kw_only=True)
class Ended:
    """A job or user task that is done, or was until then."""

    id: int
    kind: str
    name: str | None
    element: str
    token: int
    created: datetime
    head: InstanceSummary
    definition: DefinitionView
    how: How | None = None
    at: datetime | None = None
    worker: str | None = None
    """Of a job's last attempt; a task's assignee."""
    retries: int = 0
    error: str | None = None
    error_code: str | None = None


def facts_of(id: int) -> Iterator[HistoryEntry]:
    """What is recorded of an instance, oldest first, within bounds."""
    after = 0
    while after < MOST_FACTS:
        page = engine().history(id, after=after, limit=PART)
        yield from page.items
        if not page.items or page.items[-1].number >= page.last:
            return
        after = page.items[-1].number


def ended_of(instance: int, kind: Kind) -> list[Ended]:
    """The jobs, or tasks, of an instance that are done, oldest first; none without such one."""
    try:
        head = engine().instance(instance).head
    except NotFound:
        return []
    definition = engine().definition(head.definition)
    found: dict[int, Ended] = {}
    for fact in facts_of(instance):
        detail = fact.detail if isinstance(fact.detail, dict) else {}
        if fact.kind == "waiting" and detail.get("kind") == kind and fact.subscription:
            found[fact.subscription] = Ended(
                id=fact.subscription,
                kind=kind,
                name=detail.get("name"),
                element=fact.element or "",
                token=fact.token or instance,
                created=fact.at,
                head=head,
                definition=definition,
            )
        elif fact.subscription in found:
            _tell(found[fact.subscription], fact, detail)
        elif fact.kind in ("cancelled", "left"):
            for one in found.values():
                if one.token == fact.token and one.how is None:
                    one.how, one.at = "CANCELED", fact.at
    return [one for one in found.values() if one.how is not None]


def _tell(one: Ended, fact: HistoryEntry, detail: dict[str, Any]) -> None:
    match fact.kind:
        case "attempt":
            one.worker = detail.get("worker")
            one.retries = int(detail.get("retries") or 0)
            error = detail.get("error")
            one.error = error.get("message") if isinstance(error, dict) else None
            thrown = detail.get("bpmn_error")
            if thrown is not None:
                one.error_code = str(thrown.get("code") if isinstance(thrown, dict) else thrown)
                one.how, one.at = "ERROR_THROWN", fact.at
        case "intervention" if detail.get("verb") in ("claim", "unclaim"):
            one.worker = detail.get("assignee") if detail["verb"] == "claim" else None
        case "caught" if one.how is None:
            one.how, one.at = "COMPLETED", fact.at


def ended_one(id: int, kind: Kind) -> Ended:
    """A job or task by its id. Raises NotFound."""
    for one in ended_of(instance_of(id), kind):
        if one.id == id:
            return one
    raise NotFound(f"{kind.replace('_', ' ')} {id}: there is none")


def meant(wanted: Conditions, keys: Sequence[Any] | None) -> list[int]:
    """The instances that a search for what has ended is about. Raises Invalid for too many."""
    if keys:
        return list(dict.fromkeys(instance_of(key_of(key, "key")) for key in keys))
    query = InstanceQuery(process_ids=wanted.any("processDefinitionId") or ())
    page = engine().instances(query, Paging(limit=MOST_INSTANCES))
    if page.total > MOST_INSTANCES:
        raise Invalid(
            f"filter: what has ended is found in the history, and that of {page.total:,} instances "
            f"would have to be read, more than {MOST_INSTANCES}; name one by processInstanceKey"
        )
    return [head.id for head in page.items]
