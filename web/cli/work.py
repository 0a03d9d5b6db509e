"""Commands about work: tasks, complete, publish, broadcast, jobs, incidents."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from engine import IncidentQuery, JobQuery, Paging, TaskQuery
from web.cli.frame import Terminal, command, variables_of, with_variables

LIMIT = click.option("--limit", default=50, show_default=True, help="How many at the most.")


@command("tasks", example="tasks --group underwriters")
@click.option("--assignee", help="Only this person's.")
@click.option("--group", "groups", multiple=True, help="Only offered to this group. Repeatable.")
@LIMIT
def tasks(terminal: Terminal, assignee: str | None, groups: tuple[str, ...], limit: int) -> None:
    """List open user tasks."""
    query = TaskQuery(assignee=assignee, candidate_groups=groups)
    page = terminal.engine.tasks(query, Paging(limit=limit))

    def show() -> None:
        terminal.table(
            f"{page.total} task(s)",
            ("id", "task", "business key", "process", "assignee", "groups"),
            (
                (
                    t.id,
                    t.name or t.element,
                    t.business_key,
                    t.process_id,
                    t.assignee,
                    ", ".join(t.candidate_groups),
                )
                for t in page.items
            ),
        )

    terminal.answer(page, show)


@command("complete", example="complete 4503599627370499 -v approved=true")
@click.argument("id", type=int)
@with_variables
@click.option("--job", is_flag=True, help="ID is a job rather than a user task.")
def complete(
    terminal: Terminal, id: int, pairs: tuple[str, ...], file: Path | None, job: bool
) -> None:
    """Complete a user task, or a job by hand."""
    variables = variables_of(pairs, file)
    if job:
        terminal.engine.complete_job(id, variables)
    else:
        terminal.engine.complete_task(id, variables, by=terminal.actor)
    terminal.answer({"id": id}, lambda: terminal.out.print(f"[green]✓[/green] {id} completed"))


@command("publish", example="publish PaymentReceived --key INV-7 -v amount=100")
@click.argument("name")
@click.option("--key", help="Correlation key.")
@with_variables
@click.option("--ttl", default=3600.0, show_default=True, help="Seconds to keep it unheard.")
@click.option("--message-id", help="The same id is delivered once.")
def publish(
    terminal: Terminal,
    name: str,
    key: str | None,
    pairs: tuple[str, ...],
    file: Path | None,
    ttl: float,
    message_id: str | None,
) -> None:
    """Publish a message: it goes to one receiver, now or within its time to live."""
    done = terminal.engine.publish(
        name,
        key,
        variables_of(pairs, file),
        ttl=timedelta(seconds=ttl),
        message_id=message_id,
        by=terminal.actor,
    )

    def show() -> None:
        if done.duplicate:
            said = "was published before: nothing happened now"
        elif done.started:
            said = f"started instance {done.instance}"
        elif done.instance is not None:
            said = f"went to instance {done.instance}"
        else:
            said = "is kept: nobody waits for it yet"
        terminal.out.print(f"[green]✓[/green] {name} {said}")

    terminal.answer(done, show)


@command("broadcast", example="broadcast MarketClosed -v at=17")
@click.argument("name")
@with_variables
def broadcast(terminal: Terminal, name: str, pairs: tuple[str, ...], file: Path | None) -> None:
    """Broadcast a signal to all who listen now."""
    done = terminal.engine.broadcast(name, variables_of(pairs, file), by=terminal.actor)
    terminal.answer(
        done,
        lambda: terminal.out.print(
            f"[green]✓[/green] {name}: heard by {len(done.instances)}, started {len(done.started)}"
        ),
    )


@command("jobs", example="jobs --type ship-parcel")
@click.option("--type", "types", multiple=True, help="Only of this job type. Repeatable.")
@LIMIT
def jobs(terminal: Terminal, types: tuple[str, ...], limit: int) -> None:
    """List open jobs."""
    page = terminal.engine.jobs(JobQuery(types=types), Paging(limit=limit))

    def show() -> None:
        terminal.table(
            f"{page.total} job(s)",
            ("id", "type", "state", "instance", "element", "retries", "worker", "last error"),
            (
                (j.id, j.type, j.state, j.instance, j.element, j.retries, j.worker, j.last_error)
                for j in page.items
            ),
        )

    terminal.answer(page, show)


@command("incidents", example="incidents --process order")
@click.option("--process", "process_ids", multiple=True, help="Only of this process. Repeatable.")
@LIMIT
def incidents(terminal: Terminal, process_ids: tuple[str, ...], limit: int) -> None:
    """List what stands still because it could not be done."""
    page = terminal.engine.incidents(IncidentQuery(process_ids=process_ids), Paging(limit=limit))

    def show() -> None:
        terminal.table(
            f"{page.total} incident(s)",
            ("id", "instance", "process", "element", "error", "message"),
            (
                (i.id, i.business_key or i.instance, i.process_id, i.element, i.error, i.message)
                for i in page.items
            ),
        )

    terminal.answer(page, show)
