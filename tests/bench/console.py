"""What the console's pages cost over many instances: seconds, statements and bytes.

python -m tests.bench.console                        20,000 instances, 1,800 incidents, SQLite
python -m tests.bench.console --instances 2000       fewer
python -m tests.bench.console --url postgresql://...
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Flask

from engine import Engine, InstanceQuery, Paging
from tests.kit import document
from web import console

PROCESS = """<startEvent id='s' name='Begun'/><userTask id='u' name='Look at it'/>
<serviceTask id='j{n}' name='Charge {n}' k:jobType='charge-{n}'/><endEvent id='e' name='Done'/>
s -> j{n} -> u -> e"""
SIGNATURES = (
    "no answer from host-{n}",
    "order 'A-{n}' is unknown",
    "timeout after {n} s",
    "card {n} was declined",
    "no row {n} in table",
    "HTTP 503 from https://bank.test/{n}",
    "account {n} is closed",
)
PAGES = (
    "/",
    "/instances",
    "/instances?q=is:incident&cols=amount,customer.country",
    "/instances?q=var.amount>500 -status:completed (v:1 OR v:2)",
    "/instances?q=older:p95",
    "/instances?offset=10000",
    "/incidents",
    "/incidents/groups/{group}",
    "/batches",
    "/tasks",
    "/work",
    "/messages",
    "/timers",
    "/activity",
    "/processes",
    "/processes/p0",
    "/instances/{instance}",
)
KINDS = 6


def fill(engine: Engine, instances: int, incidents: int) -> None:
    """Instances of six processes: a quarter is done, some fail in seven ways, others wait."""
    for kind in range(KINDS):
        model = document(PROCESS.format(n=kind)).replace(b"id='p'", f"id='p{kind}'".encode())
        engine.deploy({f"p{kind}.bpmn": model})

    def start(number: int) -> None:
        country = ("DE", "FR", "IT")[number % 3]
        variables = {"amount": number * 7 % 1000, "customer": {"country": country}}
        engine.start(f"p{number % KINDS}", variables, business_key=f"A-{number}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(start, range(instances)))
        failing = 0
        types = [f"charge-{kind}" for kind in range(KINDS)]
        for _ in range(0, instances // 2, 500):
            jobs = engine.activate_jobs(types, worker="bench", limit=500, wait=timedelta(0))

            def work(given: tuple[int, Any]) -> None:
                number, job = given
                if number < incidents:
                    said = SIGNATURES[number % len(SIGNATURES)].format(n=number)
                    engine.fail_job(job.id, said, retries=0, worker="bench")
                else:
                    engine.complete_job(job.id, worker="bench")

            list(pool.map(work, enumerate(jobs, failing)))
            failing += len(jobs)
        open_tasks = [
            task.id for task in engine.tasks(page=Paging(limit=min(instances // 4, 1000))).items
        ]
        list(pool.map(engine.complete_task, open_tasks))


def client_of(engine: Engine) -> Any:
    """Asks the console of an engine, without a server between."""
    app = Flask("web", static_folder=None)
    console.register(app, engine)
    app.testing = True
    return app.test_client()


def addresses(engine: Engine) -> list[str]:
    """Every list, and one page of each kind behind it."""
    group = engine.incident_groups().items[0].signature
    instance = engine.instances(InstanceQuery(has_incidents=True)).items[0].id
    return [page.format(group=group, instance=instance) for page in PAGES]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements of what is done inside."""
    statements: list[str] = []

    def count(*args: Any) -> None:
        statements.append(args[2])

    database = engine._shell.store.engine
    sa.event.listen(database, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        sa.event.remove(database, "before_cursor_execute", count)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url")
    arguments.add_argument("--instances", type=int, default=20_000)
    arguments.add_argument("--incidents", type=int, default=1_800)
    given = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(given.url or f"sqlite:///{folder}/bench.db")
        engine.migrate()
        begun = time.perf_counter()
        fill(engine, given.instances, given.incidents)
        took = time.perf_counter() - begun
        print(
            f"{given.instances:,} instances, {given.incidents:,} incidents made in {took:.0f} s\n"
        )
        client = client_of(engine)
        print(f"{'page':<62} {'first s':>8} {'again s':>8} {'statements':>10} {'kB':>6}")
        for page in addresses(engine):
            seconds = []
            for _ in range(2):
                begun = time.perf_counter()
                with counted(engine) as statements:
                    answer = client.get(page)
                seconds.append(time.perf_counter() - begun)
            size = len(answer.data) // 1024
            first, again = seconds
            print(f"{page[:62]:<62} {first:>8.3f} {again:>8.3f} {len(statements):>10} {size:>6}")
        engine.close()


if __name__ == "__main__":
    main()
