"""What all commands share: the database, output for people and for scripts, exit codes.

0  done
1  the engine said no: refused, not found, not in this state
2  the command line is wrong
3  the database cannot be reached
"""

from __future__ import annotations

import functools
import getpass
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table

from engine import Actor, Engine, EngineError, Refused, Unavailable
from engine.values import json_number
from web.masking import shown_to
from web.settings import DATABASE, database_url, policy_settings, webhook_settings

F = TypeVar("F", bound=Callable[..., Any])

REFUSED, UNREACHABLE = 1, 3
FOLDED = 24
"""Characters of a cell beyond which it may be folded."""


SECTIONS = {
    "Run": "serve worker bridge migrate user",
    "Models": "validate deploy processes model elements",
    "Instances": "start list show set export",
    "Work": "tasks jobs complete publish broadcast overdue",
    "Repair": "incidents retry suspend resume modify migrate-instance cancel restart delete",
    "Many at once": "batch batches batch-show batch-pause batch-resume batch-cancel",
    "Policy": "policy policy-set hold release holds",
    "Records": "audit archive",
    "Access": "users user-add user-change user-remove tokens token-add token-revoke "
    "views view-save view-remove",
    "Alerts": "alerts alert-ack alert-rules alert-add alert-try alert-test alert-silence "
    "alert-remove",
    "Webhooks": "webhooks webhook-add webhook-change webhook-secret webhook-replay webhook-remove",
}
"""The commands by concern, in the order in which `--help` names them."""


class Commands(click.Group):
    """A group that lists its commands by concern."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.commands))
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [
                        (name.ljust(width), self.commands[name].get_short_help_str(100))
                        for name in names.split()
                    ]
                )


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: kapellmeister serve --demo",
)
@click.version_option(package_name="kapellmeister", message="%(prog)s %(version)s")
@click.option(
    "--database",
    envvar=DATABASE,
    metavar="URL",
    help="Database URL or SQLite file [default: sqlite:///var/kapellmeister.db].",
)
@click.option(
    "--reveal", metavar="REASON", help="Show secret variables; the audit keeps who, and why."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@click.pass_context
def main(context: click.Context, database: str | None, reveal: str | None, as_json: bool) -> None:
    """A BPMN 2.0 process engine and orchestrator with a live operator console."""
    context.obj = Terminal(database, as_json, reveal)


class Terminal:
    """Where a command reads from and prints to."""

    def __init__(self, database: str | None, as_json: bool, reveal: str | None = None) -> None:
        self.database = database
        self.reveal = reveal
        self.as_json = as_json
        self.out = Console(highlight=False, soft_wrap=True)
        self.error = Console(stderr=True, highlight=False, soft_wrap=True)

    @functools.cached_property
    def engine(self) -> Engine:
        """The engine over the database, its tables made or brought up to date; with secrets
        masked, unless they are to be revealed."""
        engine = Engine(database_url(self.database), **webhook_settings(), **policy_settings())
        engine.migrate()
        click.get_current_context().call_on_close(engine.close)
        if self.reveal is None:
            return shown_to(engine, lambda: True)
        command = click.get_current_context().info_name or ""
        engine.note_revealed(f"kapellmeister {command}", self.reveal, kind="command", by=self.actor)
        return engine

    @property
    def actor(self) -> Actor:
        try:
            return Actor(getpass.getuser(), "cli")
        except (OSError, KeyError):
            return Actor("unknown", "cli")

    def answer(self, value: Any, show: Callable[[], None]) -> None:
        """Print `value` as JSON, or let `show` print it for people."""
        if self.as_json:
            click.echo(json.dumps(plain(value), indent=2, ensure_ascii=False, default=str))
        else:
            show()

    def table(self, title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
        names, cells = list(columns), [list(row) for row in rows]
        if self.out.is_terminal and _needed(names, cells) > self.out.width:
            self._blocks(title, names, cells)
            return
        table = Table(title=title, title_justify="left", header_style="bold", box=None)
        for column in names:
            table.add_column(column, overflow="fold")
        for row in cells:
            table.add_row(*("" if cell is None else _text(cell) for cell in row))
        self.out.print(table)

    def _blocks(self, title: str, columns: list[str], rows: list[list[Any]]) -> None:
        """For a narrow terminal: each row under its first cell, a line for each other."""
        self.out.print(title, style="bold")
        width = max(map(len, columns))
        for row in rows:
            self.out.print(f"{_text(row[0])}", style="bold")
            for column, cell in zip(columns[1:], row[1:], strict=True):
                if cell not in (None, ""):
                    self.out.print(f"  [dim]{column.ljust(width)}[/dim]  {_text(cell)}")


def _needed(columns: list[str], rows: list[list[Any]]) -> int:
    """Characters that a table takes without folding any cell; long texts may be folded."""
    said = [columns, *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    return sum(min(FOLDED, max(len(row[at]) for row in said)) + 2 for at in range(len(columns)))


def _text(cell: Any) -> Any:
    if isinstance(cell, str | int):
        from rich.markup import escape

        return escape(str(cell))
    return str(cell)


pass_terminal = click.make_pass_decorator(Terminal)


def command(name: str, *, example: str) -> Callable[[F], click.Command]:
    """A command whose help ends with an example, and whose errors become exit codes."""

    def make(function: F) -> click.Command:
        @functools.wraps(function)
        def guarded(*arguments: Any, **options: Any) -> Any:
            try:
                return function(*arguments, **options)
            except Refused as error:
                for problem in error.problems:
                    Console(stderr=True, highlight=False, soft_wrap=True).print(
                        f"[red]✗[/red] {_text(str(problem))}"
                    )
                sys.exit(REFUSED)
            except Unavailable as error:
                _complain(error)
                sys.exit(UNREACHABLE)
            except EngineError as error:
                _complain(error)
                sys.exit(REFUSED)

        return main.command(name, epilog=f"Example: kapellmeister {example}")(
            pass_terminal(guarded)
        )

    return make


def _complain(error: Exception) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"[red]kapellmeister: {_text(str(error))}[/red]"
    )


def plain(value: Any) -> Any:
    """JSON's own kinds: ids as texts (63 bits), times in ISO 8601."""

    def hook(other: Any) -> Any:
        return str(other)

    built = msgspec.to_builtins(value, enc_hook=hook, builtin_types=(Decimal,), str_keys=True)
    return _exact(built)


def _exact(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    if isinstance(value, Decimal):
        return json_number(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value


def variables_of(pairs: Iterable[str], file: Path | None = None) -> dict[str, Any]:
    """Variables from `name=value` texts (a value is JSON, or else a text) and a JSON file."""
    found: dict[str, Any] = {}
    if file is not None:
        try:
            loaded = json.loads(file.read_text("utf-8"), parse_float=Decimal)
        except (OSError, ValueError) as error:
            raise click.BadParameter(f"{file}: {error}") from None
        if not isinstance(loaded, dict):
            raise click.BadParameter(f"{file}: a JSON object of variables would do")
        found.update(loaded)
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{pair!r}: name=value would do, such as amount=100")
        try:
            found[name] = json.loads(text, parse_float=Decimal)
        except ValueError:
            found[name] = text
    return found


def with_variables(function: F) -> F:
    """Options `-v name=value` and `--variables FILE`."""
    function = click.option(
        "-v",
        "--variable",
        "pairs",
        multiple=True,
        metavar="NAME=VALUE",
        help="A variable; the value is JSON, or else a text. Repeatable.",
    )(function)
    return click.option(
        "--variables",
        "file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A JSON file with an object of variables.",
    )(function)
