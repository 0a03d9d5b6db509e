"""Starting instances."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from engine.errors import Conflict, Invalid, InvalidForm
from engine.history import Record
from engine.services import idempotency
from engine.services.forms import start_errors
from engine.step import (
    Begun,
    Start,
)
from engine.values import admit, decode
from engine.views import SYSTEM, Actor, StartedInstance

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit
    from engine.views.common import InstanceState

LONGEST_KEY = 255
WAIT_STEP = 0.5
"""Seconds after which a waiting caller looks for itself, should it have missed the news."""


def intervention(verb: str, by: Actor, reason: str | None = None, **more: Any) -> Record:
    """Somebody's hand, as the history keeps it."""
    detail = {"verb": verb, "by": by.name, "source": by.source}
    if reason is not None:
        detail["reason"] = plain(reason)
    return Record("intervention", detail={**detail, **more})


def _entered_key(unit: Unit, definition: int, given: Mapping[str, Any]) -> str | None:
    """The business key, where the start form says which of its fields gives it."""
    program = unit.shell.programs.program(unit.transaction.connection, definition)
    for node in program.containers[program.id].starts:
        form = node.settings.form
        if form is not None and (value := given.get(form.business_key or "")) is not None:
            return str(value)[:LONGEST_KEY]
    return None


class InstanceMethods:
    """The part of `Engine` that changes instances."""

    _shell: Shell

    def start(
        self,
        process_id: str,
        variables: Mapping[str, Any] | None = None,
        *,
        business_key: str | None = None,
        version: int | None = None,
        correlation_id: str | None = None,
        by: Actor = SYSTEM,
        wait: timedelta | None = None,
        checks_form: bool = False,
        at: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> StartedInstance:
        """Start an instance of the latest version, or of `version`; with `at`, at these elements
        rather than at its start event.

        With `wait`, returns when it has ended, or after that time. Raises NotFound without such a
        process, and ExecutionError when it cannot begin so: then there is no instance. With
        `checks_form`, also InvalidForm when the variables are not what its start form asks for.
        """
        start = starting(
            process_id,
            variables,
            business_key=business_key,
            version=version,
            correlation_id=correlation_id,
            by=by,
            checks_form=checks_form,
            at=at,
        )
        is_distributed = self._shell.store.profile.is_distributed
        begun: list[Unit] = []

        def run(unit: Unit) -> StartedInstance:
            begun.append(unit)
            return start(unit)

        home = None
        if is_distributed and business_key is not None:
            home = self._shell.partition(business_key)
        answer = self._shell.do(
            idempotency.once(idempotency_key, f"start {process_id}", StartedInstance, run),
            partition=home,
        )
        if is_distributed and begun:
            answer = self._as_now(answer)  # what came over from other partitions
        return answer if wait is None else self._wait(answer, wait)

    def _wait(self, answer: StartedInstance, wait: timedelta) -> StartedInstance:
        until = time.monotonic() + wait.total_seconds()
        shell = self._shell
        while answer.state == "active":
            position = shell.hub.count
            answer = self._as_now(answer)
            if answer.state != "active":
                return answer
            left = until - time.monotonic()
            if left <= 0:
                break
            shell.hub.wait(position, min(left, WAIT_STEP))
        return answer

    def _as_now(self, answer: StartedInstance) -> StartedInstance:
        head = self._shell.store.read_heads([answer.id]).get(answer.id)
        if answer.state != "active" or head is None or head.state == "active":
            return answer
        result = decode(head.result or "{}")
        return replace(answer, state=cast("InstanceState", head.state), variables=result)


def starting(
    process_id: str,
    variables: Mapping[str, Any] | None,
    *,
    business_key: str | None = None,
    version: int | None = None,
    correlation_id: str | None = None,
    by: Actor,
    checks_form: bool = False,
    at: Sequence[str] = (),
) -> Callable[[Unit], StartedInstance]:
    """The command that starts an instance. Raises Invalid."""
    given = admit(variables)
    business_key = checked_text(business_key, "business key")
    correlation_id = checked_text(correlation_id, "correlation id")
    places = tuple(at)

    def run(unit: Unit) -> StartedInstance:
        programs, connection = unit.shell.programs, unit.transaction.connection
        definition = (
            unit.latest(process_id)
            if version is None
            else programs.version(connection, process_id, version)
        )
        board = unit.shell.board
        if reason := board.held_start(connection, definition.process_id, definition.id):
            raise Conflict(reason)
        if checks_form and (wrong := start_errors(unit, definition.id, given)):
            raise InvalidForm(f"process '{process_id}'", wrong)
        key = business_key or _entered_key(unit, definition.id, given)
        loaded = unit.create(
            definition,
            partition=unit.new_home(key),
            started_by=by.name,
            business_key=key,
            correlation_id=correlation_id,
        )
        first = Begun(at=places, variables=given) if places else Start(variables=given)
        unit.step(loaded, first, intervention("start", by))
        return started(loaded)

    return run


def started(loaded: Loaded) -> StartedInstance:
    """What a start answers."""
    head = loaded.head
    return StartedInstance(
        id=head.id,
        process_id=head.process_id,
        version=head.version,
        definition=head.definition_id,
        business_key=head.business_key,
        correlation_id=head.correlation_id or str(head.root_id),
        state=cast("InstanceState", head.state),
        variables=None if head.state == "active" else decode(head.result or "{}"),
    )


def checked_text(value: str | None, what: str) -> str | None:
    """A key as it may be. Raises Invalid."""
    if value is None:
        return None
    if not isinstance(value, str) or not value or len(value) > LONGEST_KEY or "\0" in value:
        raise Invalid(
            f"{what}: found {value!r:.60}; a text of 1 to {LONGEST_KEY} characters would do"
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid(f"{what}: holds half a surrogate pair; send the whole character") from None
    return value


def needed(reason: str) -> str:
    """A reason, which who acts must give. Raises Invalid."""
    if not reason or not reason.strip():
        raise Invalid("reason: found none; say why, the history keeps it")
    if reason != plain(reason):
        raise Invalid("reason: holds a character that no database keeps; leave it out")
    return reason


def plain(text: str) -> str:
    """A text without what no database keeps: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode(errors="ignore").decode()
