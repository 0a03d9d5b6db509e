"""The message drill: many messages, by key, from nodes that are killed while they publish them.

    python -m tests.drills.messages --keys 2000 --each 50 --kills 10 --database-kills 2
    python -m tests.drills.messages --keys 400 --each 25 --kills 10 --strict

Each node publishes the messages of its keys, those of a key in their order, and says again, under
the same ids, what it does not know to be taken. Half of the receivers wait from the beginning, the
others begin when messages are kept for them. Every other kill comes between a commit and its being
noted, the others whenever it happens. In the end every receiver must have heard each message of its
key once, in their order. `--strict`: all of it across partitions, by outbox and inbox.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from engine import Engine, InstanceQuery, Paging, Unavailable, Worker
from engine.storage import schema
from engine.views import NewInstance, NewMessage
from tests.drills.orders import PATIENCE, PostgreSQL
from tests.kit import document

CHUNK = 200
"""Messages that a node publishes together, and notes together."""
ROOMY = Paging(limit=1_000)
HEARER = document(
    """<startEvent id='s'/><exclusiveGateway id='again'/>
<receiveTask id='hear' messageRef='m'><extensionElements><zeebe:ioMapping>
<zeebe:output source='=append(heard, number)' target='heard'/></zeebe:ioMapping>
</extensionElements></receiveTask><exclusiveGateway id='more'/><endEvent id='e'/>
s -> again -> hear -> more
more -> again : =count(heard) &lt; each
more -> e : =count(heard) >= each""".replace("&lt;", "<"),
    """<message id='m' name='news'><extensionElements>
<zeebe:subscription correlationKey='=key'/></extensionElements></message>""",
)
NODE = """
import sys
from pathlib import Path
{plant}
from tests.drills.messages import publish_all
url, noted, keys, each, die = sys.argv[1:]
publish_all(url, Path(noted), keys.split(), int(each), int(die))
"""


@dataclass
class Report:
    """What the drill saw."""

    messages: int
    nodes: int
    kills: int
    database_kills: int
    is_strict: bool
    seconds: float = 0
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        how = "across partitions" if self.is_strict else "on one server"
        lines = [
            f"{self.messages} messages {how}, {self.nodes} nodes, {self.kills} kills of nodes, "
            f"{self.database_kills} of the database, {self.seconds:.0f} s",
            f"{len(self.differences)} receivers did not hear each message once, in order",
            *self.differences[:20],
        ]
        return "\n".join(lines)


# A node


def publish_all(url: str, noted: Path, keys: Sequence[str], each: int, die: int) -> None:
    """Publish what is not noted as published. `die`: be killed when so many chunks are committed,
    the last of them not noted; 0: live."""
    chunks = [(n, part) for n in range(each) for part in chunks_of(keys)]
    done = int(noted.read_text()) if noted.exists() else 0
    with Engine(url) as engine, Worker(engine, threads=1):
        for place in range(done, len(chunks)):
            number, part = chunks[place]
            messages = [
                NewMessage(
                    name="news",
                    key=key,
                    variables={"number": number},
                    message_id=str(number),
                    ttl=timedelta(hours=20),
                )
                for key in part
            ]
            patiently(lambda messages=messages: published(engine, messages))
            if place - done + 1 == die:
                os.kill(os.getpid(), signal.SIGKILL)
            new = noted.with_suffix(".new")
            new.write_text(str(place + 1))
            new.replace(noted)


def chunks_of(keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK)]


def published(engine: Engine, messages: Sequence[NewMessage]) -> None:
    for answer in engine.publish_many(messages):
        if isinstance(answer, Exception):
            raise answer


def patiently(act: Callable[[], None]) -> None:
    """As a caller who says again what was not taken."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            act()
            return
        except Unavailable:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


class Node:
    """A process that publishes, and can be killed."""

    def __init__(
        self, url: str, folder: Path, number: int, keys: Sequence[str], each: int, plant: str
    ) -> None:
        self.noted = folder / f"node-{number}.noted"
        self._command = [sys.executable, "-c", NODE.format(plant=plant), url, str(self.noted)]
        self._command += [" ".join(keys), str(each)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, die: int = 0) -> None:
        self._process = subprocess.Popen([*self._command, str(die)])

    def kill(self) -> None:
        """At whatever it does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def kill_unnoted(self) -> None:
        """Behind a commit that it has not noted."""
        self.kill()
        self.start(die=2)
        assert self._process is not None
        assert self._process.wait() in (-signal.SIGKILL, 0)

    def is_done(self) -> bool:
        """Raises RuntimeError where it has failed."""
        assert self._process is not None
        code = self._process.poll()
        if code:
            raise RuntimeError(f"a node ended with {code}")
        return code == 0

    def chunks(self) -> int:
        return int(self.noted.read_text()) if self.noted.exists() else 0

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()


# The drill


def run(
    url: str,
    folder: Path,
    *,
    keys: int,
    each: int,
    kills: int,
    nodes: int = 2,
    database: PostgreSQL | None = None,
    database_kills: int = 0,
    plant: str = "",
) -> Report:
    """Publish `each` messages for so many keys, make so much trouble, and tell what came of it.
    `plant`: Python that the nodes begin with."""
    started = time.monotonic()
    names = [f"K-{number}" for number in range(keys)]
    with ExitStack() as stack:
        engine = stack.enter_context(Engine(url))
        engine.migrate()
        engine.deploy({"p.bpmn": HEARER})
        begin(engine, names[::2], each)
        working = [
            Node(
                url, folder, n, [k for p, k in enumerate(names) if p // 2 % nodes == n], each, plant
            )
            for n in range(nodes)
        ]
        for node in working:
            stack.callback(node.stop)
            node.start()
        whole = sum(-(-len(names[n::nodes]) // CHUNK) * each for n in range(nodes))
        troubles = ["node"] * kills + ["database"] * database_kills
        for turn, trouble in enumerate(troubles):
            share = whole * (turn + 1) // (len(troubles) + 2)
            until(lambda share=share: sum(node.chunks() for node in working) >= share, working)
            victim = working[turn % nodes]
            if trouble == "database":
                assert database is not None
                database.restart()
            elif turn % 2:
                victim.kill()
                victim.start()
            else:
                victim.kill_unnoted()
                victim.start()
        until(lambda: sum(node.chunks() for node in working) >= whole // 2, working)
        begin(engine, names[1::2], each)
        until(lambda: all(node.is_done() for node in working), working)
        until(lambda: has_arrived(engine), [])
        found = differences(engine, names, each)
        is_strict = engine._shell.store.profile.is_distributed
    return Report(
        keys * each, nodes, kills, database_kills, is_strict, time.monotonic() - started, found
    )


def begin(engine: Engine, keys: Sequence[str], each: int) -> None:
    """Receivers for these keys."""
    for part in chunks_of(keys):
        new = [
            NewInstance(variables={"key": key, "each": each, "heard": []}, business_key=key)
            for key in part
        ]

        def start(new: Sequence[NewInstance] = new, first: str = part[0]) -> None:
            for answer in engine.start_many("p", new, idempotency_key=f"begin {first}"):
                if isinstance(answer, Exception):
                    raise answer

        patiently(start)


def has_arrived(engine: Engine) -> bool:
    """Whether nothing is on its way any more."""
    engine.run_due()
    under_way = schema.message.c.state.in_(("thrown", "new", "given"))
    with engine._shell.store.reading() as connection:
        query = sa.select(sa.func.count()).select_from(schema.message).where(under_way)
        return not connection.execute(query).scalar_one()


def until(is_reached: Callable[[], bool], working: Sequence[Node]) -> None:
    """Wait for something. Raises TimeoutError when nothing moves for too long."""
    seen, since = -1, time.monotonic()
    while True:
        with suppress(Unavailable):
            if is_reached():
                return
        time.sleep(0.02)
        moved = sum(node.chunks() for node in working)
        if moved != seen:
            seen, since = moved, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            raise TimeoutError(f"nothing has moved for {PATIENCE} s, at {seen} chunks")


def differences(engine: Engine, keys: Sequence[str], each: int) -> list[str]:
    """Receivers that did not hear each message once, in their order."""
    found: dict[str | None, list[object]] = {}
    cursor: str | None = None
    while True:
        page = engine.instances(
            InstanceQuery(process_ids=("p",)), Paging(limit=ROOMY.limit, cursor=cursor)
        )
        values = engine.process_variables([head.id for head in page.items])
        for head in page.items:
            found.setdefault(head.business_key, []).append((head.state, values[head.id]["heard"]))
        cursor = page.next_cursor
        if cursor is None:
            break
    wanted: list[object] = [("completed", list(range(each)))]
    return [
        f"{key}: {found.get(key)} instead of {wanted}" for key in keys if found.get(key) != wanted
    ]


def main() -> int:
    """Run the drill as the command line says; exit code 1 when anything differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--keys", type=int, default=2_000)
    parser.add_argument("--each", type=int, default=50, help="messages of each key")
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--database-kills", type=int, default=0)
    parser.add_argument("--strict", action="store_true", help="across partitions")
    given = parser.parse_args()
    if given.strict:
        os.environ["KAPELLMEISTER_STRICT"] = "1"
    with tempfile.TemporaryDirectory() as made:
        database = PostgreSQL(Path(made) / "postgresql")
        try:
            report = run(
                database.url,
                Path(made),
                keys=given.keys,
                each=given.each,
                kills=given.kills,
                nodes=given.nodes,
                database=database,
                database_kills=given.database_kills,
            )
        finally:
            database.stop()
    print(report)
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main())
