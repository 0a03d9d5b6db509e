"""SpiffWorkflow on the same models, on the same machine: where it can run them.

It keeps one document an instance, and no history.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.moves import START_END, straight
from tests.kit import document


def line(folder: Path, times: int) -> float:
    """Seconds an instance for a straight line of 10, saved to SQLite (FULL) at its end."""
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

    script = "<script>pass</script>"  # there an abstract task waits for somebody
    body = re.sub(
        r"<task id='(\w+)'/>", rf"<scriptTask id='\1'>{script}</scriptTask>", straight(10)
    )
    spec, write = _prepared(body)
    database = _database(folder / "spiff-line.db")
    begun = time.perf_counter()
    for number in range(times):
        workflow = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        assert workflow.completed
        state = json.dumps(write(workflow))
        database.execute("INSERT INTO workflow VALUES (?, ?)", (number, state))
    took = (time.perf_counter() - begun) / times
    database.close()
    return took


def wait(folder: Path, times: int) -> float:
    """Seconds an instance for start, user task, script task, end; saved to SQLite (FULL) at the
    wait and at the end, read in between."""
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
    from SpiffWorkflow.util.task import TaskState

    xml = START_END + "<userTask id='u'/><scriptTask id='j'><script>pass</script></scriptTask>"
    spec, _ = _prepared(xml + "\ns -> u -> j -> e")
    serializer = BpmnWorkflowSerializer()
    database = _database(folder / "spiff-wait.db")
    begun = time.perf_counter()
    for number in range(times):
        workflow = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        state = json.dumps(serializer.to_dict(workflow))
        database.execute("INSERT INTO workflow VALUES (?, ?)", (number, state))
        (read,) = database.execute("SELECT state FROM workflow WHERE id = ?", (number,)).fetchone()
        workflow = serializer.from_dict(json.loads(read))
        for task in workflow.get_tasks(state=TaskState.READY, manual=True):
            task.run()
        workflow.do_engine_steps()
        assert workflow.completed
        state = json.dumps(serializer.to_dict(workflow))
        database.execute("UPDATE workflow SET state = ? WHERE id = ?", (state, number))
    took = (time.perf_counter() - begun) / times
    database.close()
    return took


def _prepared(xml: str) -> tuple[Any, Callable[[Any], Any]]:
    """A model, and what makes a document of one of its instances."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
        from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(document(xml)))
    return parser.get_spec("p"), BpmnWorkflowSerializer().to_dict


def _database(file: Path) -> sqlite3.Connection:
    file.unlink(missing_ok=True)
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE workflow (id INTEGER PRIMARY KEY, state TEXT)")
    return database
