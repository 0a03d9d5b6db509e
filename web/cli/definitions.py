"""Commands about definitions: deploy, validate, processes, export of a model."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

import engine.supported as register
from engine import Engine, Problem
from web.cli.frame import REFUSED, Terminal, command, plain
from web.cli.report import as_html, as_text

FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)


def _contents(files: tuple[Path, ...]) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in files}


@command("deploy", example="deploy order.bpmn risk.dmn")
@FILES
def deploy(terminal: Terminal, files: tuple[Path, ...]) -> None:
    """Deploy BPMN, DMN and form files together; all of them, or none with every reason."""
    done = terminal.engine.deploy(_contents(files), by=terminal.actor)

    def show() -> None:
        for warning in done.warnings:
            terminal.error.print(f"[yellow]![/yellow] {warning}", markup=True)
        for process in done.processes:
            what = "deployed" if process.is_new else "unchanged"
            terminal.out.print(f"[green]✓[/green] {process.process_id} v{process.version} {what}")
        for decision in done.decisions:
            what = "deployed" if decision.is_new else "unchanged"
            terminal.out.print(
                f"[green]✓[/green] {decision.decision_id} v{decision.version} {what}"
            )
        for form in done.forms:
            terminal.out.print(f"[green]✓[/green] {form} (form)")

    terminal.answer(done, show)


@command("validate", example="validate --report --format html -o report.html *.bpmn")
@click.option("--report", is_flag=True, help="Say what becomes of each file: a migration report.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "html")),
    default="text",
    help="Of the report.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file.")
@FILES
def validate(
    terminal: Terminal, files: tuple[Path, ...], report: bool, form: str, output: Path | None
) -> None:
    """Check files without storing anything; exit code 1 when one would be refused."""
    if report or form != "text" or output is not None:
        _report(terminal, _contents(files), "json" if terminal.as_json else form, output)
        return
    problems = terminal.engine.check(_contents(files))
    is_refused = any(p.severity == "error" for p in problems)

    def show() -> None:
        for problem in problems:
            _show(terminal, problem)
        if not is_refused:
            terminal.out.print(f"[green]✓[/green] {len(files)} file(s) can be deployed")

    terminal.answer(problems, show)
    if is_refused:
        sys.exit(REFUSED)


def _report(terminal: Terminal, files: dict[str, bytes], form: str, output: Path | None) -> None:
    found = Engine.migration_report(files)
    if form == "html":
        text = as_html(found)
    elif form == "json":
        text = json.dumps(plain(found), indent=2, ensure_ascii=False) + "\n"
    else:
        text = as_text(found) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        terminal.error.print(f"{output}: {len(found)} file(s)", markup=False)
    if any(one.verdict == "refused" for one in found):
        sys.exit(REFUSED)


def _show(terminal: Terminal, problem: Problem) -> None:
    mark = "[red]✗[/red]" if problem.severity == "error" else "[yellow]![/yellow]"
    standard = "BPMN 2.0.2 " if (problem.clause or "")[:1].isdigit() else ""
    clause = f" ({standard}{problem.clause})" if problem.clause else ""
    terminal.out.print(mark, end=" ")
    terminal.out.print(f"{problem} [{problem.rule}]{clause}", markup=False)


@command("processes", example="processes")
def processes(terminal: Terminal) -> None:
    """List the deployed processes by their latest version."""
    page = terminal.engine.processes()

    def show() -> None:
        terminal.table(
            f"{page.total} process(es)",
            ("id", "name", "version", "active", "incidents", "completed", "failed"),
            (
                (p.process_id, p.name, p.version, p.active, p.incidents, p.completed, p.failed)
                for p in page.items
            ),
        )

    terminal.answer(page, show)


@command("model", example="model order --version 2 > order.bpmn")
@click.argument("process_id")
@click.option("--version", type=int, help="Which version [default: the latest].")
def model(terminal: Terminal, process_id: str, version: int | None) -> None:
    """Print the BPMN file of a deployed process, as it was deployed."""
    if version is None:
        key = terminal.engine.latest(process_id).key
    else:
        found = [d for d in terminal.engine.versions(process_id) if d.version == version]
        if not found:
            raise click.BadParameter(f"{process_id!r} has no version {version}")
        key = found[0].key
    sys.stdout.buffer.write(terminal.engine.source(key))


@command("elements", example="elements --dialects")
@click.option("--markdown", is_flag=True, help="As tables for a document.")
@click.option("--dialects", is_flag=True, help="What becomes of each extension of vendors.")
def elements(terminal: Terminal, markdown: bool, dialects: bool) -> None:
    """Print which BPMN elements and events execute, are accepted, or are refused."""
    if dialects:
        words = register.dialect_words()
        terminal.answer(words, lambda: terminal.out.print(register.dialect_tables(), markup=False))
        return
    found, cells = register.elements(), register.event_cells()

    def show() -> None:
        if markdown:
            terminal.out.print(register.markdown(), markup=False)
            return
        terminal.table(
            "elements", ("element", "group", ""), ((e.name, e.group, e.verdict) for e in found)
        )
        terminal.table(
            "events",
            ("trigger", "position", "", "by the rules"),
            ((c.trigger, c.position, c.verdict, ", ".join(c.rules)) for c in cells),
        )

    terminal.answer({"elements": found, "events": cells}, show)
