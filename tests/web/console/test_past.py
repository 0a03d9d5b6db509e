"""An instance as it was, against what it was when it was so."""

from __future__ import annotations

from collections import Counter

import pytest

from engine import Engine
from tests.kit import document
from web.console import facts, past

LOOP = """<startEvent id='s'/><parallelGateway id='g'/><userTask id='u'/>
<intermediateCatchEvent id='t'><timerEventDefinition><timeDuration>PT1H</timeDuration>
</timerEventDefinition></intermediateCatchEvent>
<serviceTask id='m' k:jobType='ship'><multiInstanceLoopCharacteristics><extensionElements>
<zeebe:loopCharacteristics inputCollection='=items' inputElement='item'/></extensionElements>
</multiInstanceLoopCharacteristics></serviceTask><endEvent id='e'/>
s -> g -> u -> e
g -> t
g -> m"""


@pytest.fixture
def engine() -> Engine:
    engine = Engine()
    engine.deploy({"p.bpmn": document(LOOP)})
    return engine


def test_the_past_is_what_the_present_was(engine: Engine) -> None:
    id = engine.start("p", {"items": [1, 2, 3], "note": "a"}).id
    seen = []

    def look() -> None:
        view = engine.instance(id)
        seen.append((engine.history(id).last, view))

    look()
    (first, second, _) = engine.activate_jobs(["ship"], worker="w", limit=3)
    engine.complete_job(first.id, {"done": 1}, worker="w")
    look()
    engine.fail_job(second.id, "no", retries=0, worker="w")
    look()
    engine.set_variables(id, {"note": "b", "more": {"x": 1}}, reason="test")
    look()
    engine.complete_task(engine.tasks().items[0].id, {"fine": True})
    look()
    engine.cancel(id, reason="enough")
    look()
    entries = list(past.facts(engine, id))
    for number, view in seen:
        then = past.moment(entries, number)
        assert {t.id: t.element for t in then.tokens.values()} == {
            t.id: t.element for t in view.tokens
        }
        assert Counter(then.entered) == Counter(view.path.nodes)
        assert Counter(then.flows) == Counter(view.path.flows)
        assert Counter(then.cancelled) == Counter(view.path.cancelled)
        assert set(then.incidents) == {one.token for one in view.incidents}
        (process,) = [scope for scope in then.open_scopes() if scope.holder is None]
        assert process.variables == view.variables[0].variables
        waits = {wait.subscription for token in view.tokens for wait in token.waits}
        assert set(then.waits) == waits
        shown, now = facts.of_moment(then, None), facts.of_instance(view, None)
        assert shown["elements"] == now["elements"]
    assert past.moment(entries, seen[-1][0]).is_over


def test_iterations_are_numbered_in_the_past(engine: Engine) -> None:
    id = engine.start("p", {"items": ["a", "b"]}).id
    entries = list(past.facts(engine, id))
    then = past.moment(entries, entries[-1].number)
    own = [scope for scope in then.open_scopes() if "item" in scope.variables]
    assert [(scope.index, scope.variables["item"]) for scope in own] == [(0, "a"), (1, "b")]


def test_facts_are_gone_through_by_those_that_tell_something(engine: Engine) -> None:
    id = engine.start("p", {"items": []}).id
    entries = list(past.facts(engine, id))
    kinds = {entry.number: entry.kind for entry in entries}
    number, seen = 1, []
    while (after := past.neighbours(entries, number)[1]) is not None:
        assert past.neighbours(entries, after)[0] in (number, None)
        number = after
        seen.append(kinds[number])
    assert "waiting" not in seen
    assert seen.count("entered") == len([kind for kind in kinds.values() if kind == "entered"])


def test_long_histories_are_read_in_parts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    id = engine.start("p", {"items": list(range(20))}).id
    monkeypatch.setattr(past, "PART", 7)
    last = engine.history(id).last
    assert [entry.number for entry in past.facts(engine, id)] == list(range(1, last + 1))
    assert 10 <= [entry.number for entry in past.facts(engine, id, 10)][-1] < 18
