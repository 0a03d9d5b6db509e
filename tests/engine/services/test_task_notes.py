"""Comments stay in audit and history; drafts are one person's, and leave with their task."""

from __future__ import annotations

import pytest

from engine import AuditQuery, Engine, Invalid, NotFound, Stale
from engine.views import Actor
from tests.engine.services.house import Clock, deploy, task

TASK = """<startEvent id='s'/><userTask id='u' name='Approve'/><endEvent id='e'/>
s -> u -> e"""
ANA, BEN = Actor("ana", "console"), Actor("ben", "api")


def test_a_comment_is_kept_with_author_and_time(engine: Engine, clock: Clock) -> None:
    deploy(engine, TASK)
    id = engine.start("p").id
    open_task = task(engine)
    first = engine.comment("Called the customer", task=open_task, by=ANA)
    clock.advance(hours=1)
    engine.comment("<b>Late</b>\nagain", instance=id, by=BEN)
    assert (first.by, first.task, first.element, first.instance) == (ANA, open_task, "u", id)
    assert first.at < clock.now
    assert [one.text for one in engine.comments(task=open_task).items] == ["Called the customer"]
    both = engine.comments(instance=id).items
    assert [(one.by.name, one.text, one.task) for one in both] == [
        ("ana", "Called the customer", open_task),
        ("ben", "<b>Late</b>\nagain", None),
    ]
    assert [entry.by for entry in engine.audit(AuditQuery(verbs=("comment",))).items] == [BEN, ANA]
    hands = [e for e in engine.history(id).items if e.kind == "intervention"]
    assert [(e.element, e.detail.get("text")) for e in hands[1:]] == [
        ("u", "Called the customer"),
        (None, "<b>Late</b>\nagain"),
    ]


def test_an_ended_instance_is_commented_and_a_done_task_is_not(engine: Engine) -> None:
    deploy(engine, TASK)
    id = engine.start("p").id
    open_task = task(engine)
    engine.complete_task(open_task)
    engine.comment("What we learned", instance=id, by=ANA)
    assert engine.comments(instance=id).total == 1
    assert engine.instance(id).head.state == "completed"
    with pytest.raises(Stale, match="has been done already"):
        engine.comment("too late", task=open_task)


@pytest.mark.parametrize("text", ["", " \n", "\0", "x" * 4_001])
def test_a_comment_says_something_and_not_too_much(engine: Engine, text: str) -> None:
    deploy(engine, TASK)
    with pytest.raises(Invalid, match=r"comment: found (none|4,001)"):
        engine.comment(text, instance=engine.start("p").id)


def test_a_comment_is_of_something_that_is_there(engine: Engine) -> None:
    with pytest.raises(NotFound):
        engine.comment("?", instance=1 << 40)
    with pytest.raises(Invalid, match="give an instance or a task"):
        engine.comment("?")


def test_a_comment_sent_twice_is_kept_once(engine: Engine) -> None:
    deploy(engine, TASK)
    id = engine.start("p").id
    one = engine.comment("hm", instance=id, idempotency_key="k")
    assert engine.comment("hm", instance=id, idempotency_key="k") == one
    assert engine.comments(instance=id).total == 1


def test_a_draft_is_its_writers_until_it_expires(engine: Engine, clock: Clock) -> None:
    deploy(engine, TASK)
    engine.start("p")
    open_task = task(engine)
    engine.save_draft(open_task, {"f": {"amount": ["1"]}}, by=ANA)
    engine.save_draft(open_task, {"f": {"amount": ["12"]}}, by=ANA)
    kept = engine.draft(open_task, by=ANA)
    assert kept is not None
    assert kept.entered == {"f": {"amount": ["12"]}}
    assert engine.draft(open_task, by=BEN) is None
    assert engine.drafted([open_task], by=ANA) == {open_task}
    clock.advance(days=15)
    assert engine.draft(open_task, by=ANA) is None
    assert engine.drafted([open_task], by=ANA) == set()
    assert engine.sweep() == 1


def test_a_draft_leaves_with_its_task(engine: Engine) -> None:
    deploy(engine, TASK)
    engine.start("p")
    open_task = task(engine)
    engine.save_draft(open_task, {"a": 1}, by=BEN)
    engine.complete_task(open_task, by=ANA)
    assert engine.draft(open_task, by=BEN) is None
    with pytest.raises(Stale):
        engine.save_draft(open_task, {}, by=BEN)


def test_a_draft_is_dropped_by_its_writer(engine: Engine) -> None:
    deploy(engine, TASK)
    engine.start("p")
    open_task = task(engine)
    engine.save_draft(open_task, {"a": 1}, by=ANA)
    engine.drop_draft(open_task, by=BEN)
    assert engine.draft(open_task, by=ANA) is not None
    engine.drop_draft(open_task, by=ANA)
    assert engine.draft(open_task, by=ANA) is None


def test_a_draft_too_large_is_refused(engine: Engine) -> None:
    deploy(engine, TASK)
    engine.start("p")
    with pytest.raises(Invalid, match="at most 262,144 are kept"):
        engine.save_draft(task(engine), {"a": "x" * 300_000}, by=ANA)
