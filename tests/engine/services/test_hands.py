"""What operators do to instances: told as an effect, tried without one, and written down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import Conflict, Engine, Invalid, Refused
from engine.views import Actor, AuditQuery, Modification, Paging
from tests.engine.services.house import Clock, deploy, elements, job, task, values

ANA = Actor("ana", "console")
TWO = """
<startEvent id='s'/><userTask id='a'/><userTask id='b'/><endEvent id='e'/>
s -> a -> b -> e
"""
NESTED = """
<startEvent id='s'/><userTask id='a'/><endEvent id='e'/>
<subProcess id='sub'><startEvent id='t'/><userTask id='i'/><serviceTask id='j' k:jobType='work'/>
t -> i -> j
</subProcess>
s -> a -> sub -> e
"""
MOVE = Modification(verb="move", element="a", target="b", variables={"n": 2})


def test_a_move_tells_what_it_did(engine: Engine) -> None:
    deploy(engine, TWO)
    id = engine.start("p", {"n": 1}).id
    effect = engine.modify(id, [MOVE], reason="skip", by=ANA)
    assert [p.element for p in effect.before] == ["a"]
    assert [p.element for p in effect.after] == ["b"]
    assert [(w.kind, w.element) for w in effect.withdrawn] == [("user_task", "a")]
    assert [(w.kind, w.element) for w in effect.opened] == [("user_task", "b")]
    assert [(c.name, c.before, c.after) for c in effect.variables] == [("n", 1, 2)]
    assert elements(engine, id) == ["b"]


def test_a_dry_run_tells_the_same_and_does_nothing(engine: Engine) -> None:
    deploy(engine, TWO)
    id = engine.start("p", {"n": 1}).id
    revision, facts = engine.instance(id).revision, engine.history(id).last
    tried = engine.modify(id, [MOVE], reason="skip", by=ANA, dry_run=True)
    assert tried.dry_run
    assert (engine.instance(id).revision, engine.history(id).last) == (revision, facts)
    assert (elements(engine, id), values(engine, id)) == (["a"], {"n": 1})
    assert engine.audit().items == []
    done = engine.modify(id, [MOVE], reason="skip", by=ANA)
    assert (done.before, done.after, done.variables) == (tried.before, tried.after, tried.variables)


def test_a_dry_run_of_what_starts_another_instance_leaves_none(engine: Engine) -> None:
    xml = """<startEvent id='s'/><userTask id='a'/><exclusiveGateway id='x' default='x-e'/>
    <endEvent id='e'/><callActivity id='c' calledElement='p'/>
    s -> a -> x -> e
    x -> c : again"""
    deploy(engine, xml)
    id = engine.start("p").id
    asked = [Modification(verb="move", element="a", target="c")]
    assert [p.element for p in engine.modify(id, asked, reason="x", dry_run=True).after] == ["c"]
    assert engine.instances().total == 1
    engine.modify(id, asked, reason="x")
    assert engine.instances().total == 2


def test_a_token_is_moved_into_a_sub_process_and_goes_on(engine: Engine) -> None:
    deploy(engine, NESTED)
    id = engine.start("p").id
    engine.modify(id, [Modification(verb="move", element="a", target="j")], reason="skip")
    assert elements(engine, id) == ["j", "sub"]
    engine.complete_job(job(engine).id)
    assert engine.instance(id).head.state == "completed"


def test_all_that_stands_against_a_modification_is_told_at_once(engine: Engine) -> None:
    deploy(engine, TWO)
    id = engine.start("p").id
    asked = [
        Modification(verb="move", element="b", target="a"),
        Modification(verb="move", element="ghost", target="a"),
        Modification(verb="add", element="spirit"),
        Modification(verb="cancel", token=17),
    ]
    with pytest.raises(Refused) as refused:
        engine.modify(id, asked, reason="x")
    assert [p.element for p in refused.value.problems] == ["b", "ghost", "spirit", "p"]
    assert "no token is in 'b'" in str(refused.value)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Modification(verb="move", element="a"), "say the target"),
        (Modification(verb="cancel"), "say which token"),
        (Modification(verb="add"), "say before which element"),
        (Modification(verb="set_variables"), "give at least one"),
    ],
)
def test_an_instruction_must_say_what_it_means(
    engine: Engine, one: Modification, said: str
) -> None:
    deploy(engine, TWO)
    id = engine.start("p").id
    with pytest.raises(Invalid, match=said):
        engine.modify(id, [one], reason="x")
    with pytest.raises(Invalid, match="no instruction"):
        engine.modify(id, [], reason="x")


def test_the_same_key_has_one_effect_and_one_answer(engine: Engine) -> None:
    deploy(engine, TWO)
    id = engine.start("p", {"n": 1}).id
    first = engine.modify(id, [MOVE], reason="skip", idempotency_key="k")
    assert engine.modify(id, [MOVE], reason="skip", idempotency_key="k") == first
    assert engine.audit(AuditQuery(verbs=("modify",))).total == 1


def test_each_hand_is_written_down_with_before_and_after(engine: Engine) -> None:
    deploy(engine, TWO)
    id = engine.start("p", {"n": 1}).id
    engine.set_variables(id, {"n": 5, "m": 6}, reason="typo", by=ANA)
    engine.modify(id, [MOVE], reason="skip", by=ANA)
    engine.suspend(id, reason="audit", by=ANA)
    engine.resume(id, by=ANA)
    engine.claim(task(engine), "ben", by=ANA)
    engine.cancel(id, reason="over", by=Actor("ben", "cli"))
    found = engine.audit(AuditQuery(instance=id)).items[::-1]
    assert [(e.verb, e.by.name, e.reason) for e in found] == [
        ("set_variables", "ana", "typo"),
        ("modify", "ana", "skip"),
        ("suspend", "ana", "audit"),
        ("resume", "ana", None),
        ("claim", "ana", None),
        ("cancel", "ben", "over"),
    ]
    assert found[0].detail["variables"] == [
        {"name": "n", "scope": "p", "before": 1, "after": 5},
        {"name": "m", "scope": "p", "before": None, "after": 6},
    ]
    assert (found[1].detail["before"], found[1].detail["after"]) == ({"a": 1}, {"b": 1})
    assert found[-1].detail["state"] == "cancelled"


def test_the_audit_is_found_by_each_of_its_words_and_paged(engine: Engine, clock: Clock) -> None:
    deploy(engine, TWO)
    first, second = engine.start("p").id, engine.start("p").id
    engine.suspend(first, reason="stock-taking", by=ANA)
    clock.advance(hours=1)
    engine.suspend(second, reason="moving", by=Actor("ben", "api"))
    noon = clock() - timedelta(minutes=30)

    def count(**asked: object) -> int:
        return engine.audit(AuditQuery(**asked)).total  # type: ignore[arg-type]

    assert count() == 2
    assert count(by="ana") == count(source="api") == count(instance=first) == 1
    assert count(text="MOVING") == count(target=str(second)) == 1
    assert count(after=noon) == count(before=noon) == 1
    assert count(process_ids=("p",), verbs=("suspend",), kind="instance") == 2
    assert count(verbs=("cancel",)) == 0
    page = engine.audit(page=Paging(limit=1))
    rest = engine.audit(page=Paging(limit=1, cursor=page.next_cursor))
    assert [page.items[0].instance, rest.items[0].instance] == [second, first]


@pytest.mark.parametrize("reason", ["a\0b", "\ud800"])
def test_a_reason_is_a_text_that_can_be_kept(engine: Engine, reason: str) -> None:
    deploy(engine, TWO)
    id = engine.start("p").id
    with pytest.raises(Invalid, match="no database keeps"):
        engine.suspend(id, reason=reason)
    engine.suspend(id, reason="x")
    engine.resume(id, reason=reason)
    assert len(engine.audit().items) == 2


def test_abandoning_without_compensation_undoes_nothing(engine: Engine) -> None:
    deploy(engine, TWO)
    id = engine.start("p").id
    tried = engine.abandon(id, reason="over", compensate=False, dry_run=True)
    assert (tried.state, engine.instance(id).head.state) == ("cancelled", "active")
    engine.abandon(id, reason="over", compensate=False)
    assert engine.instance(id).head.state == "cancelled"
    with pytest.raises(Conflict):
        engine.abandon(id, reason="again")


TIMER = """<startEvent id='s'/><intermediateCatchEvent id='w'><timerEventDefinition>
<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent><userTask id='u'/>
s -> w -> u"""


@pytest.mark.parametrize("keeps", [True, False])
def test_a_timer_keeps_its_remainder_where_that_is_wanted(
    engine: Engine, clock: Clock, keeps: bool
) -> None:
    deploy(engine, TIMER)
    id = engine.start("p").id
    clock.advance(minutes=30)
    engine.suspend(id, reason="x")
    clock.advance(hours=5)
    engine.resume(id, keep_remainder=keeps)
    engine.run_due()
    assert elements(engine, id) == (["w"] if keeps else ["u"])
    clock.advance(minutes=31)
    engine.run_due()
    assert elements(engine, id) == ["u"]
