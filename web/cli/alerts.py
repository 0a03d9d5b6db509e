"""Commands about alerts: what is watched, and what was told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from engine import ALERT_EVENTS, ALERT_KINDS, AlertCondition, Invalid, Paging
from web.cli.frame import Terminal, command
from web.query import span_of

F = TypeVar("F", bound=Callable[..., Any])


class _Span(click.ParamType[timedelta]):
    """`30m`, `2h`, `PT30M`."""

    name = "span"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            return span_of(value)
        except Invalid as error:
            self.fail(str(error), param, ctx)


SPAN = _Span()
_CONDITION = (
    click.argument("kind", type=click.Choice(ALERT_KINDS)),
    click.option("--query", default="", help="Of which instances, in the query language."),
    click.option(
        "--event",
        type=click.Choice(ALERT_EVENTS),
        default="completed",
        show_default=True,
        help="What is absent.",
    ),
    click.option("--within", type=SPAN, metavar="SPAN", help="A span, such as 30m or PT30M."),
    click.option("--threshold", type=float, help="More than so many, or per cent."),
    click.option("--at-least", type=int, default=1, help="Of a rate: so many must have ended."),
    click.option("--job-type", help="Of work: only this type."),
    click.option(
        "--every", type=SPAN, default="1m", show_default=True, help="Between two evaluations."
    ),
)


def condition_options(function: F) -> F:
    for option in reversed(_CONDITION):
        function = option(function)
    return function


def _condition(kind: Any, given: dict[str, Any]) -> AlertCondition:
    return AlertCondition(kind=kind, **given)


@command("alert-rules", example="alert-rules")
def alert_rules(terminal: Terminal) -> None:
    """List what is watched, with its state."""
    page = terminal.engine.alert_rules(Paging(limit=1_000))
    rows = (
        (
            one.id,
            one.name,
            one.condition.kind,
            one.condition.query or one.condition.job_type,
            one.state if one.is_enabled else "off",
            one.value,
            one.silenced_until,
            one.problem,
        )
        for one in page.items
    )
    columns = ("id", "name", "kind", "of", "state", "value", "silenced until", "problem")
    terminal.answer(page, lambda: terminal.table(f"{page.total} alert rule(s)", columns, rows))


@command("alerts", example="alerts --open")
@click.option("--open", "is_open", is_flag=True, help="Only those that are not over.")
@click.option("--rule", type=int, help="Only of this rule.")
@click.option("--limit", default=50, show_default=True)
def alerts(terminal: Terminal, is_open: bool, rule: int | None, limit: int) -> None:
    """List what was told, the latest first."""
    page = terminal.engine.alerts(rule=rule, is_open=is_open or None, page=Paging(limit=limit))
    rows = (
        (
            one.id,
            f"{one.name} (test)" if one.is_test else one.name,
            one.fired,
            one.resolved,
            one.worst,
            ", ".join(one.subjects),
            one.acknowledged_by,
        )
        for one in page.items
    )
    columns = ("id", "rule", "fired", "over", "worst", "about", "seen by")
    terminal.answer(page, lambda: terminal.table(f"{page.total} alert(s)", columns, rows))


@command(
    "alert-add",
    example='alert-add "No order for 30 min" absence --query process:order --within 30m',
)
@click.argument("name")
@condition_options
@click.option("--runbook", help="What to do then, in words or as an address.")
def alert_add(
    terminal: Terminal, name: str, kind: str, every: timedelta, runbook: str | None, **given: Any
) -> None:
    """Watch a condition from now on."""
    made = terminal.engine.add_alert_rule(
        name, _condition(kind, given), every=every, runbook=runbook, by=terminal.actor
    )
    terminal.answer(made, lambda: terminal.out.print(f"[green]✓[/green] {made.id} is watched"))


@command("alert-try", example="alert-try absence --query process:order --within 30m --over 7d")
@condition_options
@click.option("--over", type=SPAN, default="7d", show_default=True, help="How far back.")
def alert_try(
    terminal: Terminal, kind: str, every: timedelta, over: timedelta, **given: Any
) -> None:
    """Say when a condition would have fired, by what was recorded."""
    trial = terminal.engine.try_alert(_condition(kind, given), every=every, within=over)

    def show() -> None:
        if trial.unknown:
            terminal.out.print(f"nothing can be said: {trial.unknown}", markup=False)
            return
        title = f"would have fired {len(trial.firings)} time(s) since {trial.since}"
        rows = ((one.since, one.until, one.worst) for one in trial.firings)
        terminal.table(title, ("from", "until", "worst"), rows)

    terminal.answer(trial, show)


@command("alert-test", example="alert-test 4503599627370497")
@click.argument("id", type=int)
def alert_test(terminal: Terminal, id: int) -> None:
    """Tell webhooks and the console as if a rule fired, marked as a test."""
    fired = terminal.engine.fire_test(id, by=terminal.actor)
    terminal.answer(fired, lambda: terminal.out.print(f"[green]✓[/green] {fired.id} is told"))


@command("alert-ack", example='alert-ack 4503599627370498 --reason "on it"')
@click.argument("id", type=int)
@click.option("--reason", help="Kept with your name.")
def alert_ack(terminal: Terminal, id: int, reason: str | None) -> None:
    """Look after an alert: the bell is quiet about it."""
    seen = terminal.engine.acknowledge_alert(id, reason=reason, by=terminal.actor)
    terminal.answer(seen, lambda: terminal.out.print(f"[green]✓[/green] {seen.id} is yours"))


@command("alert-silence", example="alert-silence 4503599627370497 --for 2h")
@click.argument("id", type=int)
@click.option("--for", "span", type=SPAN, help="How long [default: it tells again].")
@click.option("--reason", help="Kept with your name.")
def alert_silence(terminal: Terminal, id: int, span: timedelta | None, reason: str | None) -> None:
    """Let a rule tell nobody for a while, or again."""
    until = None if span is None else datetime.now(UTC) + span
    rule = terminal.engine.silence_alert_rule(id, until, reason=reason, by=terminal.actor)
    said = f"tells nobody until {until}" if until else "tells again"
    terminal.answer(rule, lambda: terminal.out.print(f"[green]✓[/green] {rule.id} {said}"))


@command("alert-remove", example="alert-remove 4503599627370497")
@click.argument("id", type=int)
def alert_remove(terminal: Terminal, id: int) -> None:
    """Watch a condition no more; what it has told stays."""
    terminal.engine.remove_alert_rule(id, by=terminal.actor)
    terminal.answer({"id": id}, lambda: terminal.out.print(f"[green]✓[/green] {id} removed"))
