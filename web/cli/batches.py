"""Commands about batches: one operation on many instances."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import click

from engine import (
    BatchItem,
    BatchKind,
    BatchOrder,
    BatchState,
    BatchView,
    InstanceQuery,
    ItemState,
    Paging,
)
from web.cli.frame import Terminal, command, variables_of, with_variables
from web.cli.instances import ID, REASON
from web.cli.operations import DRY_RUN, MAP, TO, UPDATE, modifications, plan_for


@command("batch", example="batch cancel --process order --version 3 --reason recalled --dry-run")
@click.argument("kind", type=click.Choice(get_args(BatchKind)))
@REASON
@click.option("--id", "ids", type=int, multiple=True, help="This instance. Repeatable.")
@click.option("--process", "process_id", help="All active instances of this process.")
@click.option("--version", type=int, help="Of this version only.")
@click.option("--element", help="Only those with a token in it.")
@click.option("--incidents", is_flag=True, help="Only those with incidents.")
@click.option("--finished", is_flag=True, help="Finished instances, not active ones.")
@click.option("--per-second", type=click.IntRange(1), help="At most so many.")
@click.option("--stop-after", type=click.IntRange(1), help="Stop once so many have failed.")
@click.option("--delay", type=click.IntRange(0), default=0, help="Begin after so many seconds.")
@click.option("--assignee", help="Of assign_tasks, whose --id are tasks; without, given back.")
@click.option("--move", "moved", multiple=True, metavar="FROM:TO", help="Of modify. Repeatable.")
@click.option("--add", "added", multiple=True, metavar="ELEMENT", help="Of modify. Repeatable.")
@click.option("--stop", "stopped", multiple=True, metavar="ELEMENT", help="Of modify. Repeatable.")
@TO
@MAP
@UPDATE
@with_variables
@DRY_RUN
def batch(
    terminal: Terminal,
    kind: BatchKind,
    reason: str,
    ids: tuple[int, ...],
    process_id: str | None,
    version: int | None,
    element: str | None,
    incidents: bool,
    finished: bool,
    per_second: int | None,
    stop_after: int | None,
    delay: int,
    assignee: str | None,
    moved: tuple[str, ...],
    added: tuple[str, ...],
    stopped: tuple[str, ...],
    to: int | None,
    mapped: tuple[str, ...],
    updated: tuple[str, ...],
    pairs: tuple[str, ...],
    file: Path | None,
    dry_run: bool,
) -> None:
    """Do one thing to many instances; workers do it, and this prints the batch's id.

    The instances are those that are found now, whatever begins or ends later.
    """
    if bool(ids) == bool(process_id):
        raise click.UsageError("say which instances: by --id, or by --process")
    plan = None
    if kind == "migrate":
        if process_id is None:
            raise click.UsageError("migrate: say of which --process")
        plan = plan_for(terminal, process_id, to, mapped, updated)
    given = variables_of(pairs, file)
    order = BatchOrder(
        kind=kind,
        variables={} if kind == "update_tasks" else given,
        changes=given if kind == "update_tasks" else {},
        assignee=assignee,
        instructions=modifications(moved, added, stopped),
        plan=plan,
    )
    query = InstanceQuery(
        process_ids=(process_id or "",),
        version=version,
        element=element,
        has_incidents=True if incidents else None,
        states=("completed", "failed", "cancelled") if finished else ("active",),
    )
    which: dict[str, Any] = {"targets": ids} if ids else {"query": query}
    if dry_run:
        preview = terminal.engine.preview_batch(order, **which)

        def tell() -> None:
            terminal.out.print(f"{preview.can} of {preview.tried} would be done")
            _table(terminal, "would not", preview.cannot)

        terminal.answer(preview, tell)
        return
    made = terminal.engine.create_batch(
        order,
        reason=reason,
        per_second=per_second,
        stop_after=stop_after,
        delay=timedelta(seconds=delay),
        by=terminal.actor,
        **which,
    )
    terminal.answer(made, lambda: terminal.out.print(made.id))


@command("batches", example="batches --state running")
@click.option("--state", "states", multiple=True, type=click.Choice(get_args(BatchState)))
@click.option("--limit", default=20, show_default=True, help="How many at the most.")
def batches(terminal: Terminal, states: tuple[Any, ...], limit: int) -> None:
    """List batches, the latest first."""
    page = terminal.engine.batches(states, Paging(limit=limit))

    def show() -> None:
        terminal.table(
            f"{page.total} batch(es)",
            ("id", "what", "state", "done", "failed", "skipped", "left", "by", "reason"),
            (
                (b.id, b.kind, b.state, b.done, b.failed, b.skipped, b.left, b.by.name, b.reason)
                for b in page.items
            ),
        )

    terminal.answer(page, show)


@command("batch-show", example="batch-show 4503599627370497 --state failed")
@ID
@click.option("--state", "states", multiple=True, type=click.Choice(get_args(ItemState)))
@click.option("--limit", default=50, show_default=True, help="How many targets at the most.")
def batch_show(terminal: Terminal, id: int, states: tuple[Any, ...], limit: int) -> None:
    """Show one batch, and what became of its targets."""
    found = terminal.engine.batch(id)
    items = terminal.engine.batch_items(id, states, Paging(limit=limit))

    def show() -> None:
        terminal.out.print(_line(found))
        _table(terminal, f"{items.total} target(s)", items.items)

    terminal.answer({"batch": found, "items": items}, show)


def _line(batch: BatchView) -> str:
    return (
        f"[bold]{batch.kind}[/bold] {batch.state}  {batch.done} done, {batch.failed} failed, "
        f"{batch.skipped} skipped, {batch.left} left of {batch.total}  {batch.note or ''}"
    )


def _table(terminal: Terminal, title: str, items: list[BatchItem]) -> None:
    rows = ((item.target, item.state, item.reason) for item in items)
    terminal.table(title, ("target", "state", "why"), rows)


@command("batch-pause", example='batch-pause 4503599627370497 --reason "office hours"')
@ID
@REASON
def batch_pause(terminal: Terminal, id: int, reason: str) -> None:
    """Begin no further target of a batch."""
    found = terminal.engine.pause_batch(id, reason=reason, by=terminal.actor)
    terminal.answer(found, lambda: terminal.out.print(_line(found)))


@command("batch-resume", example='batch-resume 4503599627370497 --failed --reason "bank is back"')
@ID
@REASON
@click.option("--failed", is_flag=True, help="Those that failed once more, too.")
def batch_resume(terminal: Terminal, id: int, reason: str, failed: bool) -> None:
    """Let a paused or stopped batch go on."""
    found = terminal.engine.resume_batch(id, retry_failed=failed, reason=reason, by=terminal.actor)
    terminal.answer(found, lambda: terminal.out.print(_line(found)))


@command("batch-cancel", example='batch-cancel 4503599627370497 --reason "the wrong ones"')
@ID
@REASON
def batch_cancel(terminal: Terminal, id: int, reason: str) -> None:
    """Leave the rest of a batch as it is."""
    found = terminal.engine.cancel_batch(id, reason=reason, by=terminal.actor)
    terminal.answer(found, lambda: terminal.out.print(_line(found)))
