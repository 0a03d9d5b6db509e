"""Commands about what is held, how work is tried, and what is overdue."""

from __future__ import annotations

from typing import Any, Literal

import click

from engine import Paging, PolicyValue
from web.cli.frame import Terminal, command
from web.cli.instances import REASON

KINDS = {"process": "process", "job-type": "job_type"}
Kind = Literal["job_type", "definition", "element"]


@command("hold", example='hold job-type charge-card --reason "the bank is down"')
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("name")
@REASON
@click.option("--instances", is_flag=True, help="Of a process: suspend those that run, too.")
def hold(terminal: Terminal, kind: str, name: str, reason: str, instances: bool) -> None:
    """Start no instance of a process, or give out no job of a type."""
    engine, by = terminal.engine, terminal.actor
    made = None
    if kind == "process":
        made = engine.suspend_process(name, reason=reason, instances=instances, by=by)
    else:
        engine.suspend_job_type(name, reason=reason, by=by)
    _done(terminal, name, "held", made.id if made else None)


@command("release", example='release job-type charge-card --reason "the bank is back"')
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("name")
@REASON
@click.option("--instances", is_flag=True, help="Of a process: resume those suspended, too.")
def release(terminal: Terminal, kind: str, name: str, reason: str, instances: bool) -> None:
    """Let a process be started, or the jobs of a type be given out, again."""
    engine, by = terminal.engine, terminal.actor
    made = None
    if kind == "process":
        made = engine.resume_process(name, reason=reason, instances=instances, by=by)
    else:
        engine.resume_job_type(name, reason=reason, by=by)
    _done(terminal, name, "released", made.id if made else None)


def _done(terminal: Terminal, name: str, what: str, batch: int | None) -> None:
    def show() -> None:
        terminal.out.print(f"[green]✓[/green] {name} {what}")
        if batch is not None:
            terminal.out.print(f"batch {batch}")

    terminal.answer({"name": name, "batch": batch}, show)


@command("holds", example="holds")
def holds(terminal: Terminal) -> None:
    """List what is held, besides instances."""
    found = terminal.engine.holds()
    columns = ("kind", "name", "by", "reason")
    rows = ((h.kind, h.name, h.by, h.reason) for h in found)
    terminal.answer(found, lambda: terminal.table(f"{len(found)} hold(s)", columns, rows))


@command("policy", example="policy order --element pay")
@click.argument("process_id")
@click.option("--element", help="Of this flow node [default: of the process].")
@click.option("--version", type=int, help="Which version [default: the latest].")
def policy(terminal: Terminal, process_id: str, element: str | None, version: int | None) -> None:
    """Show how work is tried, and where each value comes from."""
    engine = terminal.engine
    known = {one.version: one.key for one in engine.versions(process_id)}
    wanted = max(known) if version is None else version
    if wanted not in known:
        raise click.BadParameter(f"--version {wanted}: '{process_id}' has no such version")
    found = engine.policy(known[wanted], element)

    def row(name: str, value: PolicyValue) -> tuple[Any, ...]:
        shown = "" if value.value is None else str(value.value)
        return name, shown, value.origin, value.place, value.by, value.reason

    names = ("retries", "backoff", "timeout", "sla", "rate")
    rows = [row(name, getattr(found, name)) for name in names]
    columns = ("what", "value", "from", "where", "by", "reason")
    title = f"{process_id} {element or ''}".strip()
    terminal.answer(found, lambda: terminal.table(title, columns, rows))


def _of(job_type: str | None, process_id: str | None, element: str | None) -> tuple[Kind, str]:
    if (job_type is None) == (process_id is None) or (element and process_id is None):
        raise click.UsageError("say of what: --job-type, or --process and maybe --element")
    if job_type is not None:
        return "job_type", job_type
    return ("element", f"{process_id}/{element}") if element else ("definition", process_id or "")


@command("policy-set", example='policy-set --job-type charge --rate 10/PT1S --reason "slow bank"')
@click.option("--job-type", help="Of the jobs of this type.")
@click.option("--process", "process_id", help="Of this process.")
@click.option("--element", help="Of this flow node of it.")
@click.option("--retries", type=click.IntRange(1), help="How often it is tried.")
@click.option("--backoff", help="PT10S, PT1S*2^n PT1M, or PT1M,PT5M.")
@click.option("--timeout", help="How long one attempt may take: PT30S.")
@click.option("--sla", help="How long it may be open: P2D.")
@click.option("--rate", help="How many may be given out: 10/PT1S.")
@click.option("--clear", is_flag=True, help="Take back what was said.")
@REASON
def policy_set(
    terminal: Terminal,
    job_type: str | None,
    process_id: str | None,
    element: str | None,
    clear: bool,
    reason: str,
    **values: Any,
) -> None:
    """Override how work is tried, until it is cleared."""
    kind, name = _of(job_type, process_id, element)
    if clear:
        terminal.engine.clear_policy(kind, name, reason=reason, by=terminal.actor)
    else:
        given = {what: value for what, value in values.items() if value is not None}
        terminal.engine.set_policy(kind, name, given, reason=reason, by=terminal.actor)
    _done(terminal, name, "cleared" if clear else "set", None)


@command("overdue", example="overdue --limit 20")
@click.option("--limit", default=50, show_default=True, help="How many at the most.")
def overdue(terminal: Terminal, limit: int) -> None:
    """List what is open for longer than promised, the oldest promise first."""
    page = terminal.engine.overdue(Paging(limit=limit))
    rows = (
        (
            one.kind,
            one.id,
            f"{one.process_id} v{one.version}",
            one.element,
            one.business_key,
            one.due.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        )
        for one in page.items
    )
    columns = ("what", "id", "process", "at", "business key", "promised for")
    terminal.answer(page, lambda: terminal.table(f"{page.total} overdue", columns, rows))
