"""User tasks: claimed, given back, and completed by people (BPMN 2.0.2 §10.3.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace

from engine.errors import Conflict, Invalid
from engine.history import Record
from engine.services import idempotency
from engine.services.audit import audit_hand
from engine.services.duties import whole
from engine.services.forms import task_values
from engine.services.instances import checked_text, intervention
from engine.services.task_notes import drop_drafts
from engine.state import Subscription
from engine.step import Changed, Happened
from engine.storage.writes import Opened
from engine.values import admit
from engine.views import SYSTEM, Actor

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit


CHANGEABLE = frozenset(
    {
        "assignee",
        "candidate_users",
        "candidate_groups",
        "due_date",
        "follow_up_date",
        "priority",
    }
)


class TaskMethods:
    """The part of `Engine` that people's work goes through."""

    _shell: Shell

    def claim(
        self,
        id: int,
        assignee: str,
        *,
        by: Actor = SYSTEM,
        force: bool = False,
        idempotency_key: str | None = None,
    ) -> None:
        """Assign a task. Raises Conflict when it is another's, unless forced."""
        assignee = checked_text(assignee, "assignee") or ""
        self._on_task(
            id,
            f"claim {id} {assignee}"[:200],
            lambda unit: claim(unit, id, assignee, by, force=force),
            idempotency_key,
        )

    def unclaim(self, id: int, *, by: Actor = SYSTEM, idempotency_key: str | None = None) -> None:
        """Give a task back to its candidates."""
        self._on_task(id, f"unclaim {id}", lambda unit: unclaim(unit, id, by), idempotency_key)

    def update_task(
        self,
        id: int,
        changes: Mapping[str, Any],
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Change who may do a task, and until when. `changes` are new values, None for none, of
        `assignee`, `candidate_users`, `candidate_groups`, `due_date`, `follow_up_date`,
        `priority`. Raises Invalid for another name."""
        given = checked_changes(changes, f"task {id}")
        run = partial(update, id=id, given=given, by=by)
        self._on_task(id, f"update_task {id}", run, idempotency_key)

    def complete_task(
        self,
        id: int,
        variables: Mapping[str, Any] | None = None,
        *,
        by: Actor = SYSTEM,
        checks_form: bool = False,
        idempotency_key: str | None = None,
    ) -> None:
        """A task is done, with these results. Raises NotFound, Stale when it is done already, and
        ExecutionError when the results cannot be used: then it stays open. With `checks_form`,
        also InvalidForm when they are not what its form asks for."""
        run = completing(id, variables, by=by, checks_form=checks_form)
        self._on_task(id, f"complete_task {id}", run, idempotency_key)

    def _on_task(self, id: int, verb: str, run: Any, key: str | None) -> None:
        once = idempotency.once(key, verb, None, run)
        self._shell.do(once, subscription=id)


def completing(
    id: int, variables: Mapping[str, Any] | None, *, by: Actor, checks_form: bool = False
) -> Callable[[Unit], None]:
    """The command that completes a task. Raises Invalid."""
    return partial(complete, id=id, given=admit(variables), by=by, checks_form=checks_form)


def checked_changes(changes: Mapping[str, Any], place: str) -> dict[str, Any]:
    """What is to be changed of a task. Raises Invalid for what cannot be."""
    given = admit(changes)
    if unknown := given.keys() - CHANGEABLE:
        raise Invalid(
            f"{place}: '{sorted(unknown)[0]}' cannot be changed; "
            f"{', '.join(sorted(CHANGEABLE))} can"
        )
    return given


def claim(unit: Unit, id: int, assignee: str, by: Actor, *, force: bool) -> None:
    loaded, row = _open(unit, id)
    columns = unit.shell_of(id)
    if columns.worker == assignee:
        return
    if columns.worker is not None and not force:
        raise Conflict(f"task {id} is claimed by '{columns.worker}'")
    record = _by(intervention("claim", by, assignee=assignee), row)
    unit.set_shell(id, replace(columns, worker=assignee, claimed_at=unit.now_micros))
    unit.note(loaded, record)
    audit_hand(unit, record, by, loaded, kind="task", target=id, before=columns.worker)
    details = {**row.trigger.details, "assignee": assignee}
    _tell(unit, loaded, row, "assignment", details, by)


def unclaim(unit: Unit, id: int, by: Actor) -> None:
    loaded, row = _open(unit, id)
    columns = unit.shell_of(id)
    if columns.worker is None:
        return
    record = _by(intervention("unclaim", by, assignee=columns.worker), row)
    unit.set_shell(id, replace(columns, worker=None, claimed_at=None))
    unit.note(loaded, record)
    audit_hand(unit, record, by, loaded, kind="task", target=id)


def update(unit: Unit, id: int, given: Mapping[str, Any], by: Actor) -> None:
    loaded, row = _open(unit, id)
    columns = unit.shell_of(id)
    details = {**row.trigger.details, **given}
    details = {name: value for name, value in details.items() if value is not None}
    changed = replace(row, trigger=replace(row.trigger, details=details))
    record = _by(intervention("update_task", by, changes=given), row)
    unit.note(loaded, record)
    known = {**row.trigger.details, "assignee": columns.worker}
    before = {name: known.get(name) for name in given}
    audit_hand(unit, record, by, loaded, kind="task", target=id, before=before)
    loaded.instance.set_subscription(id, changed)
    unit.writes.change(id, Opened(changed, loaded.id, 0, unit.now_micros, columns))
    assignee = given.get("assignee", columns.worker)
    priority = whole(given.get("priority", columns.priority))
    unit.set_shell(id, replace(columns, worker=assignee, priority=priority))
    event: Literal["assignment", "update"]
    event = "assignment" if given.keys() == {"assignee"} else "update"
    _tell(unit, loaded, changed, event, details, by)


def complete(unit: Unit, id: int, given: dict[str, Any], by: Actor, *, checks_form: bool) -> None:
    loaded, row = _open(unit, id)
    values = task_values(unit, loaded, row, given) if checks_form else given
    record = _by(intervention("complete_task", by), row)
    unit.step(loaded, Happened(subscription=id, payload=values), record)
    audit_hand(unit, record, by, loaded, kind="task", target=id, names=sorted(given))
    if by.source != "system":
        drop_drafts(unit, id)


def _open(unit: Unit, id: int) -> tuple[Loaded, Subscription]:
    loaded, row = unit.waiting(id, "user_task")
    if loaded.head.suspended_at is not None:
        raise Conflict(f"task {id}: its instance {loaded.id} is suspended; resume it first")
    return loaded, row


def _tell(
    unit: Unit,
    loaded: Loaded,
    row: Subscription,
    event: Literal["assignment", "update"],
    details: Mapping[str, Any],
    by: Actor,
) -> None:
    """Tell the task listeners of the model, if there are any."""
    if loaded.program.nodes[row.catcher].plan.of(event):
        changed = Changed(subscription=row.id, event=event, details=details)
        unit.step(loaded, changed, _by(intervention(f"tell_{event}", by), row))


def _by(hand: Record, row: Subscription) -> Record:
    return Record(hand.kind, row.catcher, row.token, row.scope, row.id, hand.detail)
