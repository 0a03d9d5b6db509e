"""Commands about webhooks: who is told of events."""

from __future__ import annotations

from datetime import datetime

import click

from engine import EVENT_TYPES, Paging, WebhookSecret, WebhookView
from web.cli.frame import Terminal, command

SINCE = click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]),
    help="A moment to begin at.",
)
AFTER = click.option("--after", metavar="POSITION", help="A position to begin behind.")


def _place(since: datetime | None, after: str | None) -> str | datetime | None:
    if since is not None and after is not None:
        raise click.UsageError("--since and --after: one of them would do")
    return after if since is None else since.astimezone()


@command("webhooks", example="webhooks")
def webhooks(terminal: Terminal) -> None:
    """List webhooks, and how far each has been told."""
    page = terminal.engine.webhooks(Paging(limit=1_000))

    def show() -> None:
        terminal.table(
            f"{page.total} webhook(s)",
            ("id", "name", "url", "state", "failures", "last error", "last delivered"),
            (
                (w.id, w.name, w.url, w.state, w.failures, w.last_error, w.last_delivered)
                for w in page.items
            ),
        )

    terminal.answer(page, show)


@command(
    "webhook-add", example="webhook-add https://shop.example.com/events --type incident.raised"
)
@click.argument("url")
@click.option("--name", help="What to call it [default: its address].")
@click.option("--type", "types", multiple=True, type=click.Choice(EVENT_TYPES), help="Repeatable.")
@click.option("--process", "processes", multiple=True, help="Only of this process. Repeatable.")
@SINCE
@AFTER
def webhook_add(
    terminal: Terminal,
    url: str,
    name: str | None,
    types: tuple[str, ...],
    processes: tuple[str, ...],
    since: datetime | None,
    after: str | None,
) -> None:
    """Tell an address of events; the secret that signs them is shown this once."""
    made = terminal.engine.add_webhook(
        url,
        name=name,
        types=types,
        process_ids=processes,
        after=_place(since, after),
        by=terminal.actor,
    )
    _show_secret(terminal, made)


@command("webhook-change", example="webhook-change 4503599627370497 --enable")
@click.argument("id", type=int)
@click.option("--enable", "state", flag_value="active", help="Tell it again, disabled or paused.")
@click.option("--pause", "state", flag_value="paused", help="Tell it no more for now.")
@click.option("--url", help="Another address.")
def webhook_change(terminal: Terminal, id: int, state: str | None, url: str | None) -> None:
    """Enable, pause or readdress a webhook."""
    _show(terminal, terminal.engine.change_webhook(id, state=state, url=url, by=terminal.actor))


@command("webhook-replay", example="webhook-replay 4503599627370497 --since 2026-11-21")
@click.argument("id", type=int)
@SINCE
@AFTER
def webhook_replay(terminal: Terminal, id: int, since: datetime | None, after: str | None) -> None:
    """Tell a webhook again all from a moment or position on."""
    place = _place(since, after)
    if place is None:
        raise click.UsageError("--since or --after must say from where on")
    _show(terminal, terminal.engine.replay_webhook(id, place, by=terminal.actor))


@command("webhook-secret", example="webhook-secret 4503599627370497")
@click.argument("id", type=int)
def webhook_secret(terminal: Terminal, id: int) -> None:
    """Give a webhook a new secret; for a day the old one signs too."""
    _show_secret(terminal, terminal.engine.rotate_webhook(id, by=terminal.actor))


@command("webhook-remove", example="webhook-remove 4503599627370497")
@click.argument("id", type=int)
def webhook_remove(terminal: Terminal, id: int) -> None:
    """Tell an address no more."""
    terminal.engine.remove_webhook(id, by=terminal.actor)
    terminal.answer({"id": id}, lambda: terminal.out.print(f"[green]✓[/green] {id} removed"))


def _show(terminal: Terminal, view: WebhookView) -> None:
    terminal.answer(
        view, lambda: terminal.out.print(f"[green]✓[/green] {view.id} {view.name} is {view.state}")
    )


def _show_secret(terminal: Terminal, made: WebhookSecret) -> None:
    def show() -> None:
        terminal.out.print(f"[green]✓[/green] {made.webhook.id} {made.webhook.name}")
        terminal.out.print(f"secret, shown this once: {made.secret}", markup=False)

    terminal.answer(made, show)
