"""Commands that operate on instances: cancel, suspend, resume, modify, migrate, restart, delete,
and the audit of all of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import click

from engine import AuditQuery, Effect, ElementMapping, MigrationPlan, Modification, Paging
from web.cli.frame import Terminal, command, variables_of, with_variables
from web.cli.instances import ID, REASON

DRY_RUN = click.option("--dry-run", is_flag=True, help="Show what it would do; do nothing.")


def show_effect(terminal: Terminal, effect: Effect, done: str) -> None:
    """Print what came of an operation, or would."""

    def show() -> None:
        mark = "[yellow]would be[/yellow]" if effect.dry_run else "[green]✓[/green]"
        terminal.out.print(f"{mark} {effect.instance} {done}")
        before, after = [[p.element for p in found] for found in (effect.before, effect.after)]
        if before != after:
            terminal.out.print(f"  {', '.join(before) or '–'} → {', '.join(after) or '–'}")
        for change in effect.variables:
            terminal.out.print(
                f"  {change.element}.{change.name}: {change.before!r} → {change.after!r}",
                markup=False,
            )
        for wait in effect.withdrawn:
            terminal.out.print(f"  withdrawn: {wait.kind} at {wait.element}", markup=False)
        for warning in effect.warnings:
            terminal.out.print(f"  [yellow]![/yellow] {warning}")
        if effect.created is not None:
            terminal.out.print(effect.created)

    terminal.answer(effect, show)


@command("cancel", example='cancel 4503599627370496 --reason "customer withdrew"')
@ID
@REASON
@click.option("--compensate", is_flag=True, help="Undo what has completed, last first.")
@DRY_RUN
def cancel(terminal: Terminal, id: int, reason: str, compensate: bool, dry_run: bool) -> None:
    """Stop an instance for good."""
    engine, by = terminal.engine, terminal.actor
    if compensate:
        effect = engine.abandon(id, reason=reason, by=by, dry_run=dry_run)
    else:
        effect = engine.cancel(id, reason=reason, by=by, dry_run=dry_run)
    show_effect(terminal, effect, "cancelled")


@command("suspend", example='suspend 4503599627370496 --reason "waiting for legal"')
@ID
@REASON
@DRY_RUN
def suspend(terminal: Terminal, id: int, reason: str, dry_run: bool) -> None:
    """Pause an instance: nothing of it moves until it is resumed."""
    effect = terminal.engine.suspend(id, reason=reason, by=terminal.actor, dry_run=dry_run)
    show_effect(terminal, effect, "suspended")


@command("resume", example='resume 4503599627370496 --reason "cleared"')
@ID
@REASON
@click.option(
    "--keep-remainder/--keep-dates",
    default=None,
    help="Whether its timers have as long to go as before, or are due when they were.",
)
@DRY_RUN
def resume(
    terminal: Terminal, id: int, reason: str, keep_remainder: bool | None, dry_run: bool
) -> None:
    """Let a suspended instance go on."""
    effect = terminal.engine.resume(
        id, reason=reason, keep_remainder=keep_remainder, by=terminal.actor, dry_run=dry_run
    )
    show_effect(terminal, effect, "resumed")


def _pairs(given: Iterable[str], option: str) -> list[tuple[str, str]]:
    found = []
    for one in given:
        source, separator, target = one.partition(":")
        if not source or not separator:
            raise click.BadParameter(f"{option} {one!r}: FROM:TO would do, such as pack:check")
        found.append((source, target))
    return found


def modifications(
    moved: Iterable[str], added: Iterable[str], stopped: Iterable[str]
) -> list[Modification]:
    """What `--move`, `--add` and `--stop` say."""
    return [
        *(Modification(verb="cancel", element=one) for one in stopped),
        *(Modification(verb="move", element=a, target=b) for a, b in _pairs(moved, "--move")),
        *(Modification(verb="add", element=one) for one in added),
    ]


@command("modify", example='modify 4503599627370496 --move pack:check --reason "wrong parcel"')
@ID
@REASON
@click.option("--move", "moved", multiple=True, metavar="FROM:TO", help="Move tokens. Repeatable.")
@click.option("--add", "added", multiple=True, metavar="ELEMENT", help="Add a token. Repeatable.")
@click.option("--stop", "stopped", multiple=True, metavar="ELEMENT", help="Stop those in it.")
@with_variables
@DRY_RUN
def modify(
    terminal: Terminal,
    id: int,
    reason: str,
    moved: tuple[str, ...],
    added: tuple[str, ...],
    stopped: tuple[str, ...],
    pairs: tuple[str, ...],
    file: Path | None,
    dry_run: bool,
) -> None:
    """Move, add and stop tokens by hand, and set variables, all at once."""
    asked = modifications(moved, added, stopped)
    if variables := variables_of(pairs, file):
        asked.insert(0, Modification(verb="set_variables", variables=variables))
    effect = terminal.engine.modify(id, asked, reason=reason, by=terminal.actor, dry_run=dry_run)
    show_effect(terminal, effect, "modified")


def plan_for(
    terminal: Terminal,
    process_id: str,
    to: int | None,
    mapped: Iterable[str],
    updated: Iterable[str],
) -> MigrationPlan:
    """A plan to a version of a process, by default the latest."""
    known = {version.version: version.key for version in terminal.engine.versions(process_id)}
    version = max(known) if to is None else to
    if version not in known:
        raise click.BadParameter(f"--to {version}: '{process_id}' has no such version")
    mapping = [ElementMapping(source=a, target=b or None) for a, b in _pairs(mapped, "--map")]
    return MigrationPlan(target=known[version], mapping=mapping, update=list(updated))


TO = click.option("--to", type=int, metavar="VERSION", help="Which version [default: the latest].")
MAP = click.option(
    "--map", "mapped", multiple=True, metavar="FROM:TO", help="FROM: withdraws it. Repeatable."
)
UPDATE = click.option(
    "--update", "updated", multiple=True, metavar="EVENT", help="Read its timer or message anew."
)


@command(
    "migrate-instance", example="migrate-instance 4503599627370496 --map check:approve --reason law"
)
@ID
@REASON
@TO
@MAP
@UPDATE
@DRY_RUN
def migrate(
    terminal: Terminal,
    id: int,
    reason: str,
    to: int | None,
    mapped: tuple[str, ...],
    updated: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Let an instance go on with another version of its process."""
    process_id = terminal.engine.instance(id).head.process_id
    plan = plan_for(terminal, process_id, to, mapped, updated)
    effect = terminal.engine.migrate_instance(
        id, plan, reason=reason, by=terminal.actor, dry_run=dry_run
    )
    show_effect(terminal, effect, "migrated")


@command("restart", example='restart 4503599627370496 -v amount=90 --reason "price list"')
@ID
@REASON
@with_variables
@click.option("--same-version", is_flag=True, help="The version it ran, not the latest.")
@click.option("--from-end", is_flag=True, help="With the variables of its end, not of its start.")
@click.option("--at", multiple=True, metavar="ELEMENT", help="Begin there. Repeatable.")
@DRY_RUN
def restart(
    terminal: Terminal,
    id: int,
    reason: str,
    pairs: tuple[str, ...],
    file: Path | None,
    same_version: bool,
    from_end: bool,
    at: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Run a finished instance again; prints the new one's id."""
    effect = terminal.engine.restart(
        id,
        reason=reason,
        latest=not same_version,
        variables=variables_of(pairs, file),
        variables_from="end" if from_end else "start",
        at=at,
        by=terminal.actor,
        dry_run=dry_run,
    )
    show_effect(terminal, effect, "run again")


@command("delete", example='delete 4503599627370496 --reason "asked for by the customer"')
@ID
@REASON
@DRY_RUN
def delete(terminal: Terminal, id: int, reason: str, dry_run: bool) -> None:
    """Remove a finished instance for good, with all it called."""
    effect = terminal.engine.delete_instance(id, reason=reason, by=terminal.actor, dry_run=dry_run)
    show_effect(terminal, effect, "deleted")


@command("audit", example="audit --by ana --verb modify --hours 24")
@click.option("--by", help="Only what this person or client did.")
@click.option("--verb", "verbs", multiple=True, help="Only this: modify, cancel, ... Repeatable.")
@click.option("--instance", type=int, help="Only of this instance.")
@click.option("--process", "process_ids", multiple=True, help="Only of this process. Repeatable.")
@click.option("--text", help="A part of the reason, or of the target.")
@click.option("--hours", type=float, help="Only of the last hours.")
@click.option("--limit", default=50, show_default=True, help="How many at the most.")
@click.option("--cursor", help="Go on after the page that gave this cursor.")
def audit(
    terminal: Terminal,
    by: str | None,
    verbs: tuple[str, ...],
    instance: int | None,
    process_ids: tuple[str, ...],
    text: str | None,
    hours: float | None,
    limit: int,
    cursor: str | None,
) -> None:
    """Show who did what, when and why, the latest first."""
    engine = terminal.engine
    after = engine.overview().at - timedelta(hours=hours) if hours is not None else None
    query = AuditQuery(
        by=by, verbs=verbs, instance=instance, process_ids=process_ids, text=text, after=after
    )
    page = engine.audit(query, Paging(limit=limit, cursor=cursor))

    def show() -> None:
        terminal.table(
            f"{page.total} act(s)",
            ("when", "who", "by", "what", "on", "reason"),
            (
                (
                    entry.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
                    entry.by.name,
                    entry.by.source,
                    entry.verb,
                    f"{entry.kind} {entry.target}",
                    entry.reason,
                )
                for entry in page.items
            ),
        )
        if page.next_cursor:
            terminal.out.print(f"more: --cursor {page.next_cursor}")

    terminal.answer(page, show)
