"""A distributed profile over plain PostgreSQL, as it goes to the driver: nothing watches, so its
statements take the short way, several in a round trip."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine import Engine, Handlers, Job, Worker
from tests.engine.databases import Databases
from tests.engine.partitions.conftest import _opened
from tests.engine.services import test_messages
from tests.engine.services.house import Nodes, deploy
from tests.engine.storage import test_store
from tests.engine.test_worker import until

PATIENCE = timedelta(seconds=60)
TWO_JOBS = """<startEvent id='s'/><serviceTask id='a'><extensionElements>
<zeebe:taskDefinition type='work'/></extensionElements></serviceTask>
<serviceTask id='b'><extensionElements><zeebe:taskDefinition type='work'/></extensionElements>
</serviceTask><endEvent id='e'/>
s -> a -> b -> e"""


@pytest.fixture(params=["citus", "yugabyte"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    yield from _opened("postgresql", request, tmp_path, profile=request.param)


def test_nothing_watches(engine: Engine) -> None:
    store = engine._shell.store
    assert store.profile.is_distributed
    assert store.guard is None
    with store.transaction() as transaction:
        assert not transaction.wire.is_watched


def test_two_workers_do_all_jobs_once(nodes: Nodes) -> None:
    done: list[str] = []
    handlers = Handlers()

    @handlers("work")
    def work(job: Job) -> None:
        done.append(job.key)

    engines = [nodes.engine(handlers) for _ in range(2)]
    deploy(engines[0], TWO_JOBS)
    with Worker(engines[0]), Worker(engines[1]):
        for n in range(19):
            engines[0].start("p", business_key=f"B-{n}")
        assert engines[0].start("p", wait=PATIENCE).state == "completed"
        until(lambda: engines[0].overview().in_flight == 0)
    assert len(done) == len(set(done)) == 40


for _short, _module in (("store", test_store), ("messages", test_messages)):
    for _name, _value in vars(_module).items():
        if _name.startswith("test_") and callable(_value) and "merged_writes" not in _name:
            globals()[f"test_{_short}_{_name.removeprefix('test_')}"] = _value
