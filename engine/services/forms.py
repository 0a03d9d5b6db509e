"""What people enter, held against the form of a task or of a process's start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from engine.errors import InvalidForm
from engine.forms import FieldError, check_values, fields_of, renamed
from engine.services.scopes import local_scope
from engine.services.task_lists import form_of
from engine.values import admit
from engine.variables import visible

if TYPE_CHECKING:
    from engine.program import Program
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit
    from engine.state import Subscription, Variables


class FormMethods:
    """The part of `Engine` that checks forms; `complete_task` and `start` do so when asked."""

    _shell: Shell

    def check_task_form(self, id: int, values: Mapping[str, Any] | None = None) -> list[FieldError]:
        """What is the matter with values entered for a task; nothing is changed. Raises NotFound,
        and Stale when the task is done."""
        given = admit(values)

        def run(unit: Unit) -> list[FieldError]:
            loaded, row = unit.waiting(id, "user_task")
            return task_errors(unit, loaded, row, given)

        return self._shell.do(run, subscription=id)

    def check_start_form(
        self, process_id: str, values: Mapping[str, Any] | None = None
    ) -> list[FieldError]:
        """What is the matter with values entered to start the latest version of a process; nothing
        is changed. Raises NotFound."""
        given = admit(values)

        def run(unit: Unit) -> list[FieldError]:
            definition = unit.latest(process_id)
            return start_errors(unit, definition.id, given)

        return self._shell.do(run)


def task_values(unit: Unit, loaded: Loaded, row: Subscription, given: Variables) -> Variables:
    """The values for a task under the names of variables. Raises InvalidForm when they are not
    what its form asks for."""
    stated = row.trigger.details.get("form")
    form = form_of(unit.transaction.connection, stated, loaded.head.definition_id)
    seen = visible(loaded.instance, local_scope(loaded.instance, row))
    fields = fields_of(form, {**seen, **given}, unit.now)
    if wrong := check_values(fields, given):
        raise InvalidForm(f"task {row.id}", wrong)
    return renamed(fields, given)


def task_errors(
    unit: Unit, loaded: Loaded, row: Subscription, given: Variables
) -> list[FieldError]:
    """What is the matter with the values for a task."""
    stated = row.trigger.details.get("form")
    form = form_of(unit.transaction.connection, stated, loaded.head.definition_id)
    seen = visible(loaded.instance, local_scope(loaded.instance, row))
    return check_values(fields_of(form, {**seen, **given}, unit.now), given)


def start_errors(unit: Unit, definition: int, given: Variables) -> list[FieldError]:
    """What is the matter with the values for a start."""
    connection = unit.transaction.connection
    stated = start_form(unit.shell.programs.program(connection, definition))
    form = form_of(connection, stated, definition)
    return check_values(fields_of(form, given, unit.now), given)


def start_form(program: Program) -> Mapping[str, Any] | None:
    """What the none start event of a process says about its form."""
    for node in program.containers[program.id].starts:
        if node.settings.form is not None:
            found: Mapping[str, Any] = msgspec.to_builtins(node.settings.form)
            return found
    return None
