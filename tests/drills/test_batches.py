"""A node that is killed in the middle of a batch, before or after a commit: each target once.

Seen to fail where the outcome is written in a second transaction: then `_outcome` finds effects
that were repeated.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine import Engine
from engine.views import AuditQuery, BatchOrder, Paging
from tests.kit import document

TARGETS = 45
MODEL = document("<startEvent id='s'/><userTask id='a'/>\ns -> a")
NODE = """
import os, signal, sys
from engine import Engine
from engine.services import batch_items
url, point, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
batch_items.CHUNK = 4
calls, real = 0, getattr(batch_items, point)
def dies(*args, **options):
    global calls
    calls += 1
    if calls == at:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **options)
setattr(batch_items, point, dies)
Engine(url).run_due()
"""


@pytest.mark.parametrize("point", ["_do", "_outcome", "_end"])
def test_each_target_is_done_once_however_often_nodes_are_killed(
    tmp_path: Path, point: str
) -> None:
    """`_do`: before a target; `_outcome`: between its effect and its outcome; `_end`: behind the
    commit of a chunk."""
    url = f"sqlite:///{tmp_path / 'engine.db'}"
    with Engine(url) as engine:
        engine.migrate()
        engine.deploy({"p.bpmn": MODEL})
        ids = sorted(engine.start("p").id for _ in range(TARGETS))
        order = BatchOrder(kind="set_variables", variables={"seen": True})
        batch = engine.create_batch(order, targets=ids, reason="a drill").id
    for at in (1, 3, 2, 4, 1):
        node = [sys.executable, "-c", NODE, url, point, str(at)]
        assert subprocess.run(node, check=False).returncode == -signal.SIGKILL
    with Engine(url) as engine:
        assert engine.batch(batch).left > 0
        engine.run_due()
        found = engine.batch(batch)
        assert (found.state, found.done, found.left) == ("completed", TARGETS, 0)
        acts = engine.audit(AuditQuery(verbs=("set_variables",)), Paging(limit=100)).items
        assert Counter(entry.instance for entry in acts) == Counter(ids)
        for id in ids:
            facts = [e for e in engine.history(id).items if e.kind == "variables"]
            assert [fact.detail for fact in facts] == [{"seen": True}]
