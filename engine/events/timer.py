"""Timer event (BPMN 2.0.2 §10.5.5): waits until a date, for a duration, or again and again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from bpmn.model import TimerEventDefinition
from engine.behaviour import EventBehaviour, behaviour
from engine.errors import ExecutionError
from engine.expressions import Expression
from engine.schedule import Schedule, ScheduleError, parse_date, parse_schedule, plus
from engine.state import Subscription, Trigger

if TYPE_CHECKING:
    from engine.program import Compiler, Node, Part
    from engine.run import Run


class TimerPlan(Struct, frozen=True):
    """One of the three forms, and its expression."""

    form: str
    value: Expression


@behaviour(TimerEventDefinition)
class TimerBehaviour(EventBehaviour[TimerPlan | None]):
    def prepare(
        self, compiler: Compiler, part: Part[TimerPlan | None], node: Node[Any]
    ) -> TimerPlan | None:
        definition: Any = part.definition
        for form in ("date", "duration", "cycle"):
            value = compiler.value(getattr(definition, f"time_{form}"), node.element)
            if value is not None:
                return TimerPlan(form, value)
        if not compiler.problems:
            compiler.problem(
                node.element, "its timer says neither date, duration nor cycle", "add one of them"
            )
        return None

    def trigger(self, run: Run, part: Part[TimerPlan | None], scope: int) -> Trigger:
        assert part.plan is not None
        value = run.evaluate(part.plan.value, scope)
        try:
            schedule = timer_schedule(part.plan.form, value, run.now)
        except ScheduleError as error:
            text = part.plan.value.text
            raise ExecutionError(f"timer {text!r}: {error}") from None
        return schedule_trigger(schedule)

    def again(self, run: Run, part: Part[TimerPlan | None], fired: Subscription) -> Trigger | None:
        following = Schedule.from_details(fired.trigger.details, fired.trigger.due).following()
        return schedule_trigger(following) if following else None


def schedule_trigger(schedule: Schedule) -> Trigger:
    return Trigger(kind="timer", due=schedule.due, details=schedule.details())


def timer_schedule(form: str, value: Any, now: datetime) -> Schedule:
    """When a timer is due, from its evaluated expression. Raises ScheduleError."""
    if isinstance(value, timedelta):
        return Schedule(due=now + value)
    if isinstance(value, datetime):
        return Schedule(due=value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, date):
        return Schedule(due=datetime.combine(value, time(), UTC))
    text = str(value).strip() if value is not None else ""
    if form == "cycle":
        return parse_schedule(text, now)
    if form == "duration":
        return Schedule(due=plus(now, text))
    return Schedule(due=parse_date(text))
