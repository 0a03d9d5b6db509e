"""Accounts: who may use the API and the console of a server that others can reach."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import click

from web.api.guard import ALL, ROLES, Accounts, hash_password, token_hash
from web.cli.frame import Terminal, command

FILE = Path("var/accounts.json")
ACCOUNTS = click.option(
    "--accounts",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=FILE,
    show_default=True,
    help="The file of accounts.",
)


def read_accounts(file: Path) -> Accounts | None:
    """The accounts of a file; None when there is no such file."""
    if not file.exists():
        return None
    try:
        return Accounts(json.loads(file.read_text("utf-8")))
    except (ValueError, AttributeError) as error:
        raise click.ClickException(f"{file}: {error}") from None


@command("user", example="user ana --role operator")
@click.argument("name")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    type=click.Choice(sorted(ALL)),
    help="What the user may do. Repeatable [default: all].",
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(list(ROLES)),
    help="Permissions that go together: those of a role. Repeatable.",
)
@click.option("--group", "groups", multiple=True, help="A group of the user's. Repeatable.")
@click.option("--token", "wants_token", is_flag=True, help="Also make a bearer token; shown once.")
@click.option("--remove", is_flag=True, help="Take the account away.")
@ACCOUNTS
def user(
    terminal: Terminal,
    name: str,
    permissions: tuple[str, ...],
    roles: tuple[str, ...],
    groups: tuple[str, ...],
    wants_token: bool,
    remove: bool,
    file: Path,
) -> None:
    """Add or change an account; the password is asked for, and only its hash is kept."""
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    if remove:
        if known.pop(name, None) is None:
            raise click.ClickException(f"{file} has no account {name!r}")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        account = {
            "password": hash_password(password),
            "permissions": sorted(
                frozenset(permissions).union(*(ROLES[role] for role in roles)) or ALL
            ),
            "groups": list(groups),
            "tokens": known.get(name, {}).get("tokens", []),
        }
        if wants_token:
            token = secrets.token_urlsafe(32)
            account["tokens"] = [*account["tokens"], token_hash(token)]
            terminal.out.print(f"token, shown this once: {token}", markup=False)
        known[name] = account
    _write(file, json.dumps(known, indent=2))
    said = "removed" if remove else "may sign in"
    terminal.answer({"name": name}, lambda: terminal.out.print(f"[green]✓[/green] {name} {said}"))


def _write(file: Path, text: str) -> None:
    """Replace the file at once, readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    fresh.replace(file)
