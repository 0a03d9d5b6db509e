"""Starting what conditions start (BPMN 2.0.2 §10.5.2): somebody says what is known, and every
process starts whose conditional start event holds over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.services import idempotency
from engine.services.instances import checked_text, intervention, started
from engine.services.receiving import StartEvent, start_by
from engine.starts import holding_start
from engine.storage import schema as t
from engine.values import admit
from engine.views import SYSTEM, Actor, StartedInstance

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit


class ConditionMethods:
    """The part of `Engine` that starts processes by their conditions."""

    _shell: Shell

    def evaluate_conditions(
        self,
        variables: Mapping[str, Any],
        *,
        process_id: str | None = None,
        business_key: str | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> list[StartedInstance]:
        """Start the latest version of each process, or of `process_id` only, whose conditional
        start event holds over these variables, with them as its own."""
        given, key = admit(variables), checked_text(business_key, "business key")

        def run(unit: Unit) -> list[StartedInstance]:
            found = []
            for event in _conditional_starts(unit, process_id):
                program = unit.shell.programs.program(
                    unit.transaction.connection, event.definition_id
                )
                if holding_start(program, given, unit.now, event.element) is not None:
                    hand = intervention("start", by, condition=event.element)
                    found.append(started(start_by(unit, event, given, hand, key=key)))
            return found

        home = None if key is None else self._shell.partition(key)
        once = idempotency.once(idempotency_key, "evaluate_conditions", list[StartedInstance], run)
        return self._shell.do(once, partition=home)


def _conditional_starts(unit: Unit, process_id: str | None) -> list[StartEvent]:
    c = t.definition_start.c
    query = sa.select(c.id, c.definition_id, c.element, c.details).where(c.kind == "condition")
    if process_id is not None:
        query = query.where(c.process_id == process_id)
    rows = unit.transaction.connection.execute(query.order_by(c.process_id, c.id))
    return [StartEvent(*row) for row in rows]
