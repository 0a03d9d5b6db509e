"""Commands about who may come in by the database: users, tokens; and their saved views."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from engine import Invalid
from web.api.guard import (
    LONGEST_PASSWORD,
    ROLES,
    SHORTEST_PASSWORD,
    hash_password,
    token_hash,
)
from web.cli.alerts import SPAN
from web.cli.frame import Terminal, command

ROLE = click.Choice(list(ROLES))
GROUPS = click.option("--group", "groups", multiple=True, help="A group of tasks. Repeatable.")


@command("users", example="users")
def users(terminal: Terminal) -> None:
    """List the users of the database, with their roles."""
    found = [one.view for one in terminal.engine.access().accounts.values()]
    rows = (
        (
            one.name,
            one.role,
            ", ".join(one.groups),
            "disabled" if one.is_disabled else "",
            one.created,
        )
        for one in found
    )
    columns = ("name", "role", "groups", "", "since")
    terminal.answer(found, lambda: terminal.table(f"{len(found)} user(s)", columns, rows))


@command("user-add", example="user-add ana --role operator --group clerks")
@click.argument("name")
@click.option("--role", type=ROLE, default="viewer", show_default=True)
@GROUPS
@click.password_option(help="Asked for unless given.")
def user_add(
    terminal: Terminal, name: str, role: Any, groups: tuple[str, ...], password: str
) -> None:
    """Let somebody in, in the console and the API of every node."""
    secret = _hash(password)
    made = terminal.engine.add_account(name, secret, role, groups, by=terminal.actor)
    terminal.answer(made, lambda: _done(terminal, f"{made.name} may come in as {made.role}"))


@command("user-change", example="user-change ana --role admin")
@click.argument("name")
@click.option("--role", type=ROLE)
@GROUPS
@click.option("--disable/--enable", "is_disabled", default=None, help="Whether they may come in.")
@click.option("--password", "wants_password", is_flag=True, help="Ask for another password.")
def user_change(
    terminal: Terminal,
    name: str,
    role: Any,
    groups: tuple[str, ...],
    is_disabled: bool | None,
    wants_password: bool,
) -> None:
    """Change a user's role, groups or password, or disable them; what is not named stays."""
    secret = None
    if wants_password:
        secret = _hash(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    changed = terminal.engine.change_account(
        name,
        role=role,
        groups=groups or None,
        is_disabled=is_disabled,
        secret=secret,
        by=terminal.actor,
    )
    terminal.answer(changed, lambda: _done(terminal, f"{name} is changed"))


@command("user-remove", example="user-remove ana")
@click.argument("name")
def user_remove(terminal: Terminal, name: str) -> None:
    """Let a user in no more; what they did stays in the audit."""
    terminal.engine.remove_account(name, by=terminal.actor)
    terminal.answer({"name": name}, lambda: _done(terminal, f"{name} is removed"))


@command("tokens", example="tokens")
def tokens(terminal: Terminal) -> None:
    """List the tokens of programs; what they are themselves is known to nobody here."""
    found = [one.view for one in terminal.engine.access().tokens.values()]
    rows = ((one.id, one.name, one.role, one.expires, one.used, one.revoked) for one in found)
    columns = ("id", "name", "role", "until", "last use", "revoked")
    terminal.answer(found, lambda: terminal.table(f"{len(found)} token(s)", columns, rows))


@command("token-add", example="token-add billing --role operator --for 90d")
@click.argument("name")
@click.option("--role", type=ROLE, default="viewer", show_default=True)
@click.option("--for", "span", type=SPAN, help="How long it counts [default: without end].")
def token_add(terminal: Terminal, name: str, role: Any, span: timedelta | None) -> None:
    """Make a bearer token for a program, and print it this once."""
    token = f"kap_{secrets.token_urlsafe(32)}"
    expires = None if span is None else datetime.now(UTC) + span
    made = terminal.engine.add_token(name, token_hash(token), role, expires, by=terminal.actor)
    terminal.answer(
        {"id": made.id, "name": made.name, "role": made.role, "token": token},
        lambda: terminal.out.print(f"token, shown this once: {token}", markup=False),
    )


@command("token-revoke", example="token-revoke 4503599627370497")
@click.argument("id", type=int)
def token_revoke(terminal: Terminal, id: int) -> None:
    """Let a program in no more."""
    gone = terminal.engine.revoke_token(id, by=terminal.actor)
    terminal.answer(gone, lambda: _done(terminal, f"{gone.name} is revoked"))


@command("views", example="views")
def views(terminal: Terminal) -> None:
    """List one's own saved views of the list of instances, and those that are shared."""
    found = terminal.engine.saved_views(terminal.actor.name)
    rows = (
        (one.id, one.name, one.query, one.by, "shared" if one.is_shared else "") for one in found
    )
    columns = ("id", "name", "query", "whose", "")
    terminal.answer(found, lambda: terminal.table(f"{len(found)} view(s)", columns, rows))


@command("view-save", example='view-save "stuck orders" "process:order is:incident" --shared')
@click.argument("name")
@click.argument("query")
@click.option("--sort", default="", help="started, updated, ended, ...")
@click.option("--columns", default="", help="Names of variables, with commas.")
@click.option("--shared", "is_shared", is_flag=True, help="For everybody.")
@click.option("--default", "is_default", is_flag=True, help="Shown when nothing is asked for.")
def view_save(terminal: Terminal, name: str, query: str, **given: Any) -> None:
    """Keep a query of the list of instances under a name."""
    made = terminal.engine.save_view(name, query, by=terminal.actor, **given)
    terminal.answer(made, lambda: _done(terminal, f"{made.id} {made.name}"))


@command("view-remove", example="view-remove 4503599627370498")
@click.argument("id", type=int)
def view_remove(terminal: Terminal, id: int) -> None:
    """Forget a view of one's own, or one that is shared."""
    terminal.engine.remove_view(id, may_all=True, by=terminal.actor)
    terminal.answer({"id": id}, lambda: _done(terminal, f"{id} removed"))


def _hash(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(
            f"password: found {len(password)} characters; "
            f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} would do"
        )
    return hash_password(password)


def _done(terminal: Terminal, said: str) -> None:
    terminal.out.print(f"[green]✓[/green] {said}")
