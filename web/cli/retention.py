"""The command that lets finished instances leave: archive."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from engine import Invalid, time_to_live
from web.cli.frame import Terminal, command


@command("archive", example="archive --ended-before P90D --to 2026.jsonl.gz --remove")
@click.option(
    "--ended-before",
    metavar="WHEN",
    help="A moment, or how long ago [default: what the definitions' own time to live says].",
)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="The file to add to.")
@click.option("--remove", is_flag=True, help="Remove them from the database afterwards.")
@click.option("--dry-run", is_flag=True, help="Say what would leave, and do nothing.")
def archive(
    terminal: Terminal, ended_before: str | None, to: Path | None, remove: bool, dry_run: bool
) -> None:
    """Export finished instances as gzipped JSON lines, and remove them.

    An instance leaves with all that it called, and only when all of it has ended.
    """
    if not dry_run and to is None and not remove:
        raise click.UsageError("nothing to do: give --to FILE, --remove, or --dry-run")
    engine, before = terminal.engine, _moment(ended_before)
    found = engine.leaving(before)
    exported = removed = 0
    if not dry_run:
        exported = engine.export(to, before) if to is not None else 0
        removed = engine.purge(before) if remove else 0

    def show() -> None:
        for one in found:
            terminal.out.print(f"{one.instances:>8}  {one.process_id}")
        if dry_run:
            terminal.out.print("nothing was done (--dry-run)" if found else "nothing would leave")
            return
        if to is not None:
            terminal.out.print(f"[green]✓[/green] {exported} exported to {to}")
        if remove:
            terminal.out.print(f"[green]✓[/green] {removed} removed")

    terminal.answer({"leaving": found, "exported": exported, "removed": removed}, show)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.astimezone()
    except ValueError:
        pass
    try:
        return datetime.now(UTC) - time_to_live(text)
    except Invalid:
        raise click.BadParameter(
            f"{text!r} is no moment and no duration; 2026-01-31 or P90D would do",
            param_hint="--ended-before",
        ) from None
