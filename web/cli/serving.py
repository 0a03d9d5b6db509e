"""Commands that run: serve, worker, migrate."""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import click

from engine import Engine, Handlers, Worker, time_to_live
from web.cli.accounts import ACCOUNTS, read_accounts
from web.cli.frame import Terminal, command
from web.cli.http_options import http_of, http_options
from web.cli.telling import LOG, tell
from web.settings import database_url, policy_settings, secret_key, webhook_settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
HANDLERS = click.option(
    "--handlers",
    "modules",
    multiple=True,
    metavar="MODULE",
    help="A Python module with @handler functions that serve jobs. Repeatable.",
)
KEEP = click.option(
    "--keep",
    metavar="DURATION",
    envvar="KAPELLMEISTER_KEEP",
    show_envvar=True,
    help="How long finished instances stay, such as P90D [default: for good].",
)
KEEP_AUDIT = click.option(
    "--keep-audit",
    metavar="DURATION",
    envvar="KAPELLMEISTER_KEEP_AUDIT",
    show_envvar=True,
    help="How long the audit of operators' acts stays, such as P3Y [default: for good].",
)
ARCHIVE = click.option(
    "--archive-to",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="KAPELLMEISTER_ARCHIVE",
    show_envvar=True,
    help="A folder where they are kept as JSON lines when they leave.",
)
LEASE = click.option(
    "--lease",
    metavar="DURATION",
    envvar="KAPELLMEISTER_LEASE",
    show_envvar=True,
    help="How long a claimed job stays a node's that gives no sign of life [default: PT15S].",
)
THREADS = click.option("--threads", default=8, show_default=True, help="Jobs at the same time.")


def _handlers(modules: tuple[str, ...], *, demo: bool) -> Handlers:
    sys.path.insert(0, str(Path.cwd()))
    loaded: list[Any] = []
    for name in modules:
        try:
            loaded.append(importlib.import_module(name))
        except ImportError as error:
            raise click.BadParameter(f"{name!r}: {error}", param_hint="--handlers") from None
    if demo:
        from processes import STORIES

        loaded += [story.handlers() for story in STORIES]
    return Handlers.of(*loaded)


def _settings(
    keep: str | None, keep_audit: str | None, archive_to: Path | None, lease: str | None
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "keep": time_to_live(keep) if keep else None,
        "keep_audit": time_to_live(keep_audit) if keep_audit else None,
        "archive_to": archive_to,
        **webhook_settings(),
        **policy_settings(),
    }
    if lease:
        found["lease"] = _lease(lease)
    return found


def _lease(text: str) -> timedelta:
    """`PT15S`, or a number of seconds."""
    try:
        found = timedelta(seconds=float(text))
    except ValueError:
        found = time_to_live(text)
    if not timedelta(seconds=1) <= found <= timedelta(hours=1):
        raise click.BadParameter(
            f"{text!r} is not within a second and an hour; PT15S or 15 (seconds) would do",
            param_hint="--lease",
        )
    return found


@command("serve", example="serve --demo --port 8080")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="Port; 0 takes a free one.")
@click.option("--demo", is_flag=True, help="Deploy the example processes, with their handlers.")
@ACCOUNTS
@HANDLERS
@THREADS
@LEASE
@LOG
@KEEP
@KEEP_AUDIT
@ARCHIVE
@click.option("--no-worker", is_flag=True, help="Serve only; timers and jobs are other nodes'.")
@http_options
def serve(
    terminal: Terminal,
    host: str,
    port: int,
    demo: bool,
    file: Path,
    modules: tuple[str, ...],
    threads: int,
    lease: str | None,
    log: Literal["text", "json"] | None,
    keep: str | None,
    keep_audit: str | None,
    archive_to: Path | None,
    no_worker: bool,
    **options: Any,
) -> None:
    """Run an engine node: API, console, timers and jobs."""
    tell(log)
    from web.application import create_app
    from web.demo import loader
    from web.server import Server

    http = http_of(read_accounts(file), options)
    url = database_url(terminal.database)
    settings = _settings(keep, keep_audit, archive_to, lease)
    engine = Engine(url, handlers=_handlers(modules, demo=demo), **settings)
    engine.migrate()
    is_open = http.api.authority is None and not engine.access().accounts
    if is_open and host not in LOOPBACK:
        engine.close()
        raise click.ClickException(
            f"without accounts this server answers this machine only, not {host}; make one first: "
            f"kapellmeister user NAME, the page /setup at this machine, or name an --oidc-issuer"
        )
    if demo:
        _deploy_stories(terminal, engine)
    load_demo, stop_demo = loader(engine)
    app = create_app(
        engine,
        secret_key=secret_key(Path("var")),
        is_demo=demo,
        trusted_proxies=http.trusted_proxies,
        load_demo=load_demo,
        api_settings=http.api,
    )
    try:
        server = Server(app, host, port, http.threads, trusted_proxies=http.trusted_proxies)
    except OSError as error:
        engine.close()
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error.strerror}; --port 0 takes a free one"
        ) from None
    worker = None if no_worker else Worker(engine, threads=threads)
    if worker is not None:
        worker.start()
    stopping = _on_signal(server.stop)
    terminal.out.print(f"Kapellmeister is at [bold]{server.url}[/bold]  (database {url})")
    terminal.out.print("Stop with Ctrl-C; nothing is lost." if demo else "")
    try:
        server.run()
    finally:
        stopping.set()
        stop_demo()
        if worker is not None:
            worker.stop()
        engine.close()


def _deploy_stories(terminal: Terminal, engine: Engine) -> None:
    from processes import STORIES

    for story in STORIES:
        done = engine.deploy(story.contents(), by=terminal.actor)
        for process in done.processes:
            if process.is_new:
                terminal.out.print(f"[green]✓[/green] {process.process_id} v{process.version}")


@command("worker", example="worker --handlers shop.handlers --threads 16")
@HANDLERS
@THREADS
@LEASE
@LOG
@KEEP
@KEEP_AUDIT
@ARCHIVE
@click.option("--demo", is_flag=True, help="Serve the jobs of the example processes.")
def worker(
    terminal: Terminal,
    modules: tuple[str, ...],
    threads: int,
    lease: str | None,
    log: Literal["text", "json"] | None,
    keep: str | None,
    keep_audit: str | None,
    archive_to: Path | None,
    demo: bool,
) -> None:
    """Run an engine node without API and console: timers and jobs only."""
    tell(log)
    url = database_url(terminal.database)
    settings = _settings(keep, keep_audit, archive_to, lease)
    engine = Engine(url, handlers=_handlers(modules, demo=demo), **settings)
    engine.migrate()
    running = Worker(engine, threads=threads)
    running.start()
    stopping = _on_signal(lambda: None)
    terminal.out.print(f"working on {url}; stop with Ctrl-C")
    stopping.wait()
    running.stop()
    engine.close()


def _on_signal(stop: Any) -> threading.Event:
    """An event that SIGTERM and SIGINT set, after calling `stop`."""
    stopping = threading.Event()

    def caught(_number: int, _frame: FrameType | None) -> None:
        stopping.set()
        stop()

    signal.signal(signal.SIGTERM, caught)
    signal.signal(signal.SIGINT, caught)
    return stopping


@command("bridge", example="bridge --broker amqp://localhost/ --out 'order.*' --in 'payment.#'")
@click.option(
    "--broker",
    required=True,
    envvar="KAPELLMEISTER_BROKER",
    show_envvar=True,
    help="URL of a RabbitMQ.",
)
@click.option(
    "--out",
    multiple=True,
    metavar="NAME",
    help="Names (order.*) of thrown messages and signals that leave. Kept; repeatable.",
)
@click.option("--forget", multiple=True, metavar="NAME", help="Names that leave no longer.")
@click.option(
    "--in", "listen", multiple=True, metavar="KEY", help="Routing keys to hear. Repeatable."
)
@click.option("--exchange", default="kapellmeister", show_default=True, help="A topic exchange.")
@click.option("--queue", default="kapellmeister", show_default=True, help="Where we are told.")
@click.option("--ttl", default="PT1H", show_default=True, help="How long what is heard is kept.")
def bridge(
    terminal: Terminal,
    broker: str,
    out: tuple[str, ...],
    forget: tuple[str, ...],
    listen: tuple[str, ...],
    exchange: str,
    queue: str,
    ttl: str,
) -> None:
    """Hand messages over to a broker, and hear from it: choreography by CloudEvents."""
    try:
        from engine.broker import Bridge
    except ImportError:
        raise click.ClickException(
            "the bridge needs pika and cloudevents: pip install 'kapellmeister[broker]'"
        ) from None
    engine = terminal.engine
    for pattern in forget:
        engine.remove_route(pattern)
    for pattern in out:
        engine.add_route(pattern, by=terminal.actor)
    kept = time_to_live(ttl)
    running = Bridge(engine, broker, listen=listen, ttl=kept, exchange=exchange, queue=queue)
    leaving = ", ".join(view.pattern for view in engine.routes()) or "nothing"
    terminal.out.print(f"leaves: {leaving}; heard: {', '.join(listen) or 'nothing'}")
    running.run(_on_signal(lambda: None))


@command("migrate", example="migrate")
@click.option(
    "--distribute",
    is_flag=True,
    help="Spread them over a distributed database, too (a URL with ?profile=citus).",
)
@click.option("--dry-run", is_flag=True, help="With --distribute: print the SQL, do nothing.")
def migrate(terminal: Terminal, distribute: bool, dry_run: bool) -> None:
    """Make the tables, or bring them up to this version."""
    if dry_run and not distribute:
        raise click.UsageError("--dry-run goes with --distribute")
    if dry_run:
        engine = Engine(database_url(terminal.database))
        click.get_current_context().call_on_close(engine.close)
        said = engine.distribute(dry_run=True)
        terminal.answer({"statements": said}, lambda: click.echo(";\n".join(said) + ";"))
        return
    terminal.engine.migrate()
    if distribute:
        said = terminal.engine.distribute()
        terminal.answer({"statements": said}, lambda: click.echo(";\n".join(said) + ";"))
        return
    terminal.answer({"migrated": True}, lambda: terminal.out.print("[green]✓[/green] up to date"))
