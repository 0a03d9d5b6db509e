"""Timer event (BPMN 2.0.2 §10.5.5): waits until a date, for a duration, or again and again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import isodate
from msgspec import Struct

from bpmn.model import TimerEventDefinition
from engine.behaviour import EventBehaviour, behaviour
from engine.errors import ExecutionError
from engine.expressions import Expression, Literal
from engine.schedule import Schedule, ScheduleError, moment, parse_date, parse_schedule, plus
from engine.state import Subscription, Trigger

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Part
    from engine.run import Run


class TimerPlan(Struct, frozen=True):
    """One of the three forms, and its expression."""

    form: str
    value: Expression
    cron: str = "spring"


@behaviour(TimerEventDefinition)
class TimerBehaviour(EventBehaviour[TimerPlan | None]):
    def prepare(
        self, compiler: Compiler, part: Part[TimerPlan | None], node: Node[Any]
    ) -> TimerPlan | None:
        definition: Any = part.definition
        for form in ("date", "duration", "cycle"):
            value = compiler.time(getattr(definition, f"time_{form}"), node.element)
            if value is not None:
                plan = TimerPlan(form, value, compiler.dialect.cron)
                if isinstance(value, Literal):
                    self._check(compiler, plan, node)
                return plan
        if not compiler.problems:
            compiler.problem(
                node.element, "its timer says neither date, duration nor cycle", "add one of them"
            )
        return None

    def _check(self, compiler: Compiler, plan: TimerPlan, node: Node[Any]) -> None:
        """Refuse a text that says nothing, whenever it is asked."""
        try:
            due_of(plan, plan.value.text, datetime(2000, 1, 1, tzinfo=UTC))
        except ScheduleError as error:
            compiler.problem(node.element, f"its timer {plan.form} {error}")

    def trigger(self, run: Run, part: Part[TimerPlan | None], scope: int) -> Trigger:
        assert part.plan is not None
        value = run.evaluate(part.plan.value, scope)
        try:
            schedule = due_of(part.plan, value, run.now)
        except ScheduleError as error:
            text = part.plan.value.text
            raise ExecutionError(f"timer {text!r}: {error}") from None
        return schedule_trigger(schedule)

    def again(self, run: Run, part: Part[TimerPlan | None], fired: Subscription) -> Trigger | None:
        following = Schedule.from_details(fired.trigger.details, fired.trigger.due).following()
        return schedule_trigger(following) if following else None


def schedule_trigger(schedule: Schedule) -> Trigger:
    return Trigger(kind="timer", due=schedule.due, details=schedule.details())


def due_of(plan: TimerPlan, value: Any, now: datetime) -> Schedule:
    """When a timer is due, from its evaluated expression. Raises ScheduleError."""
    if isinstance(value, datetime):
        return Schedule(due=moment(value if value.tzinfo else value.replace(tzinfo=UTC)))
    if isinstance(value, date):
        return Schedule(due=datetime.combine(value, time(), UTC))
    if isinstance(value, timedelta | isodate.Duration):
        text = isodate.duration_isoformat(value)
    else:
        text = str(value).strip() if value is not None else ""
    if plan.form == "cycle":
        return parse_schedule(text, now, plan.cron)
    if plan.form == "duration":
        return Schedule(due=plus(now, text))
    return Schedule(due=moment(parse_date(text)))
