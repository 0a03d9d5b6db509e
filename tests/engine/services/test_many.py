"""Many commands at once: one commit, and an answer to each."""

from __future__ import annotations

import pytest

from engine import Answer, Engine, EngineError, NewInstance, NewMessage, NotFound, Stale, TaskQuery
from engine.services.committer import LARGEST_BATCH
from tests.engine.services.house import deploy, values

TASK = "<startEvent id='s'/><userTask id='t'/><endEvent id='e'/>\ns -> t -> e"
JOB = "<startEvent id='s'/><serviceTask id='t' k:jobType='work'/><endEvent id='e'/>\ns -> t -> e"


def test_many_starts_share_a_commit(engine: Engine) -> None:
    if engine._shell.store.profile.is_distributed:
        pytest.skip("a commit is of one partition")
    deploy(engine, TASK)
    before = engine._shell.committer.transactions
    started = engine.start_many("p", [{"n": n} for n in range(20)])
    assert engine._shell.committer.transactions == before + 1
    ids = [one.id for one in started if not isinstance(one, EngineError)]
    assert len(set(ids)) == 20
    assert [values(engine, id) for id in ids] == [{"n": n} for n in range(20)]


def test_more_than_a_commit_holds_go_into_several(engine: Engine) -> None:
    if engine._shell.store.profile.is_distributed:
        pytest.skip("a commit is of one partition")
    deploy(engine, TASK)
    before = engine._shell.committer.transactions
    started = engine.start_many("p", [{}] * (LARGEST_BATCH + 1))
    assert engine._shell.committer.transactions == before + 2
    assert not [one for one in started if isinstance(one, EngineError)]


def test_one_that_is_refused_leaves_the_others(engine: Engine) -> None:
    deploy(engine, TASK)
    first, wrong, last = engine.start_many(
        "p", [{}, NewInstance(business_key="\0"), NewInstance(business_key="A-1")]
    )
    assert not isinstance(first, EngineError)
    assert "business key" in str(wrong)
    assert not isinstance(last, EngineError)
    assert last.business_key == "A-1"
    (unknown,) = engine.start_many("nobody", [{}])
    assert isinstance(unknown, NotFound)


def test_the_same_key_gives_the_same_instances(engine: Engine) -> None:
    deploy(engine, TASK)
    given = [{"n": 1}, {"n": 2}]
    once = engine.start_many("p", given, idempotency_key="k")
    assert engine.start_many("p", given, idempotency_key="k") == once
    assert engine.instances().total == 2


def test_tasks_are_completed_together(engine: Engine) -> None:
    deploy(engine, TASK)
    (started,) = engine.start_many("p", [{}])
    assert not isinstance(started, EngineError)
    (task,) = engine.tasks(TaskQuery(instance=started.id)).items
    done, again = engine.complete_tasks([Answer(id=task.id), Answer(id=task.id)])
    assert done is None
    assert isinstance(again, EngineError)
    assert engine.instance(started.id).head.state == "completed"


def test_jobs_are_answered_together(engine: Engine) -> None:
    deploy(engine, JOB)
    engine.start_many("p", [{}] * 3)
    jobs = engine.activate_jobs(["work"], worker="w")
    answers = [Answer(id=j.id, variables={"r": 1}, worker="w", epoch=j.epoch) for j in jobs]
    late = Answer(id=jobs[0].id, worker="w", epoch=jobs[0].epoch + 1)
    first, *others = engine.complete_jobs([late, *answers])
    assert isinstance(first, Stale)
    assert others == [None, None, None]
    assert {one.state for one in engine.instances().items} == {"completed"}


def test_messages_are_published_in_their_order(engine: Engine) -> None:
    first, second, again = engine.publish_many(
        [NewMessage(name="m", key="k", message_id=id) for id in ("1", "2", "1")]
    )
    assert not isinstance(first, EngineError)
    assert not isinstance(second, EngineError)
    assert not isinstance(again, EngineError)
    assert (first.buffered, second.buffered, again.duplicate) == (True, True, True)
    assert again.id == first.id
