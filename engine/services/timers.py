"""Timers that somebody does not want to wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import Conflict
from engine.history import Record
from engine.services import idempotency
from engine.services.audit import audit_hand
from engine.services.duties import attempt
from engine.services.instances import intervention, needed
from engine.views import SYSTEM, Actor

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit


class TimerMethods:
    """The part of `Engine` that fires timers by hand."""

    _shell: Shell

    def fire_timer(
        self, id: int, *, reason: str, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> bool:
        """Let a timer of an instance happen now; False when what follows could not be done and is
        an incident. Raises NotFound, Stale when it has fired, Conflict when the instance is held.
        """

        def run(unit: Unit) -> bool:
            loaded, row = unit.waiting(id, "timer")
            if loaded.head.suspended_at is not None:
                raise Conflict(f"instance {loaded.id} is suspended; resume it before its timers")
            if id in loaded.incidents:
                raise Conflict(f"timer {id} has fired and is an incident; retry that")
            hand = intervention("fire_timer", by, needed(reason))
            record = Record(hand.kind, row.catcher, row.token, row.scope, id, hand.detail)
            done = attempt(loaded, row, {"verb": "happened", "payload": {}}, unit, record)
            audit_hand(unit, hand, by, loaded, kind="timer", target=id, element=row.catcher)
            return done

        once = idempotency.once(idempotency_key, f"fire_timer {id}", bool, run)
        return self._shell.do(once, subscription=id)
