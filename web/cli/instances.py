"""Commands about process instances: start, list, show, export, retry, cancel."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import click

from engine import HistoryEntry, InstanceQuery, InstanceState, InstanceSummary, Paging
from web.cli.frame import Terminal, command, plain, variables_of, with_variables
from web.query import read

ID = click.argument("id", type=int)
REASON = click.option("--reason", required=True, help="Why; it is kept with what is done.")

MARKS = {"active": "▶", "completed": "✓", "failed": "▲", "cancelled": "⊘"}
COLOURS = {"active": "blue", "completed": "green", "failed": "red", "cancelled": "dim"}


def _status(head: InstanceSummary) -> str:
    said: str = "suspended" if head.suspended else head.state
    if head.incidents:
        said = f"{said}, {head.incidents} incident(s)"
    return f"{MARKS[head.state]} {said}"


def _time(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else ""


@command("start", example="start order -v amount=100 --key A-17 --wait 5")
@click.argument("process_id")
@with_variables
@click.option("--key", "business_key", help="Business key of the new instance.")
@click.option("--version", type=int, help="Which version [default: the latest].")
@click.option("--correlation-id", help="Follows the instance through every call.")
@click.option("--idempotency-key", help="The same key starts one instance only.")
@click.option(
    "--wait", type=float, metavar="SECONDS", help="Wait for its end, and show its result."
)
def start(
    terminal: Terminal,
    process_id: str,
    pairs: tuple[str, ...],
    file: Path | None,
    business_key: str | None,
    version: int | None,
    correlation_id: str | None,
    idempotency_key: str | None,
    wait: float | None,
) -> None:
    """Start an instance of a process; prints its id."""
    started = terminal.engine.start(
        process_id,
        variables_of(pairs, file),
        business_key=business_key,
        version=version,
        correlation_id=correlation_id,
        idempotency_key=idempotency_key,
        by=terminal.actor,
        wait=timedelta(seconds=wait) if wait is not None else None,
    )

    def show() -> None:
        terminal.out.print(started.id)
        if started.variables is not None:
            terminal.out.print_json(json.dumps(plain(started.variables), default=str))

    terminal.answer(started, show)


@command("list", example="list --state active --process order")
@click.argument("text", required=False)
@click.option("--process", "process_ids", multiple=True, help="Only of this process. Repeatable.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(get_args(InstanceState)),
    help="Repeatable.",
)
@click.option("--incidents/--no-incidents", default=None, help="Only with, or without, incidents.")
@click.option("--limit", default=50, show_default=True, help="How many at the most.")
@click.option("--cursor", help="Go on after the page that gave this cursor.")
def list_instances(
    terminal: Terminal,
    text: str | None,
    process_ids: tuple[str, ...],
    states: tuple[Any, ...],
    incidents: bool | None,
    limit: int,
    cursor: str | None,
) -> None:
    """List process instances, newest first; TEXT is an id, a part of a business key, or a query
    like "status:failed -process:order var.amount>1000 (v:1 OR v:2)"."""
    query = InstanceQuery(
        any_of=(read(terminal.engine, text),) if text else (),
        process_ids=process_ids,
        states=states,
        has_incidents=incidents,
    )
    page = terminal.engine.instances(query, Paging(limit=limit, cursor=cursor))

    def show() -> None:
        terminal.table(
            f"{page.total} instance(s)",
            ("id", "status", "business key", "process", "at", "started", "reason"),
            (
                (
                    i.id,
                    _status(i),
                    i.business_key,
                    f"{i.process_id} v{i.version}",
                    ", ".join(i.elements),
                    _time(i.started),
                    i.reason,
                )
                for i in page.items
            ),
        )
        if page.next_cursor:
            terminal.out.print(f"more: --cursor {page.next_cursor}")

    terminal.answer(page, show)


@command("show", example="show 4503599627370496 --history")
@ID
@click.option("--history", "with_history", is_flag=True, help="Also every recorded fact.")
def show_instance(terminal: Terminal, id: int, with_history: bool) -> None:
    """Show one instance: where it is and why, variables, incidents."""
    view = terminal.engine.instance(id)
    facts = list(_facts(terminal, id)) if with_history else []

    def show() -> None:
        head = view.head
        terminal.out.print(
            f"[bold]{head.business_key or head.id}[/bold]  {head.process_id} v{head.version}  "
            f"[{COLOURS[head.state]}]{_status(head)}[/]  {head.reason or ''}"
        )
        for token in view.tokens:
            for wait in token.waits or []:
                terminal.out.print(f"  • {token.element}: {wait.sentence}", markup=False)
            if not token.waits:
                terminal.out.print(f"  • {token.element}", markup=False)
        for incident in view.incidents:
            terminal.out.print(f"  ▲ {incident.id} {incident.element}: ", end="", style="red")
            terminal.out.print(incident.message, markup=False)
        for scope in view.variables:
            for name, value in scope.variables.items():
                text = json.dumps(plain(value), ensure_ascii=False, default=str)
                terminal.out.print(f"  {scope.element}.{name} = {text}", markup=False)
        for fact in facts:
            terminal.out.print(_line(fact), markup=False)

    terminal.answer({"instance": view, "history": facts} if with_history else view, show)


def _facts(terminal: Terminal, id: int) -> Any:
    after = 0
    while True:
        page = terminal.engine.history(id, after=after)
        yield from page.items
        if not page.items or page.items[-1].number >= page.last:
            return
        after = page.items[-1].number


def _line(fact: HistoryEntry) -> str:
    detail = "" if fact.detail is None else json.dumps(plain(fact.detail), default=str)
    where = fact.element or ""
    return f"{fact.number:>5} {_time(fact.at)} {fact.kind:<12} {where} {detail}"


@command("export", example="export --process order > orders.ndjson")
@click.option("--process", "process_ids", multiple=True, help="Only of this process. Repeatable.")
@click.option("--history", "with_history", is_flag=True, help="With every recorded fact.")
def export(terminal: Terminal, process_ids: tuple[str, ...], with_history: bool) -> None:
    """Print all instances as JSON lines, streamed."""
    query = InstanceQuery(process_ids=process_ids, order="id")
    cursor: str | None = None
    done = 0
    with terminal.error.status("exporting") as status:
        while True:
            page = terminal.engine.instances(query, Paging(limit=500, cursor=cursor))
            for head in page.items:
                row = plain(head)
                if with_history:
                    row["history"] = plain(list(_facts(terminal, head.id)))
                click.echo(json.dumps(row, ensure_ascii=False, default=str))
            done += len(page.items)
            status.update(f"{done} instances exported")
            cursor = page.next_cursor
            if cursor is None:
                break


@command("retry", example='retry 4503599627370499 --reason "service is back"')
@ID
@REASON
@with_variables
@click.option("--all", "is_instance", is_flag=True, help="ID is an instance: all its incidents.")
def retry(
    terminal: Terminal,
    id: int,
    reason: str,
    pairs: tuple[str, ...],
    file: Path | None,
    is_instance: bool,
) -> None:
    """Try again what an incident stopped, with other variables if some are given."""
    variables = variables_of(pairs, file)
    if is_instance:
        if variables:
            terminal.engine.set_variables(id, variables, reason=reason, by=terminal.actor)
        done = terminal.engine.retry_all(id, reason=reason, by=terminal.actor)
    else:
        terminal.engine.retry(id, reason=reason, by=terminal.actor, variables=variables or None)
        done = 1
    terminal.answer(
        {"retried": done}, lambda: terminal.out.print(f"[green]✓[/green] {done} tried again")
    )


@command("set", example='set 4503599627370496 -v amount=90 --reason "typing error"')
@ID
@REASON
@with_variables
def set_variables(
    terminal: Terminal, id: int, reason: str, pairs: tuple[str, ...], file: Path | None
) -> None:
    """Set process variables of a running instance."""
    variables = variables_of(pairs, file)
    terminal.engine.set_variables(id, variables, reason=reason, by=terminal.actor)
    terminal.answer(
        {"id": id}, lambda: terminal.out.print(f"[green]✓[/green] {len(variables)} set")
    )
