"""Deploying: new versions for what changed, refusals that say why."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Engine, NotFound, Paging, Refused, SubscriptionQuery
from engine.views import Actor
from tests.engine.services.house import Nodes, deploy, elements
from tests.kit import document

TASK = "<startEvent id='s'/><userTask id='u' name='Look'/><endEvent id='e'/>\ns -> u -> e"
OTHER = TASK.replace("'u'", "'v'").replace("-> u", "-> v")
DECISION = """<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/' id='d' name='d'
namespace='urn:d'><inputData id='i' name='amount'><variable id='iv' name='amount'/></inputData>
<decision id='grade' name='grade'><variable id='v' name='grade'/>
<informationRequirement id='r'><requiredInput href='#i'/></informationRequirement>
<decisionTable id='t' hitPolicy='UNIQUE'>
<input id='in'><inputExpression id='ie'><text>amount</text></inputExpression></input>
<output id='o' name='grade'/>
<rule id='low'><inputEntry id='a'><text>&lt; 10</text></inputEntry>
<outputEntry id='b'><text>"low"</text></outputEntry></rule>
<rule id='high'><inputEntry id='c'><text>&gt;= 10</text></inputEntry>
<outputEntry id='d2'><text>"high"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
RULE = """<startEvent id='s'/><businessRuleTask id='b'><extensionElements>
<zeebe:calledDecision decisionId='grade' resultVariable='found'/></extensionElements>
</businessRuleTask><endEvent id='e'/>
s -> b -> e"""


DRAWING = b"""<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' id='d'
targetNamespace='urn:x'><collaboration id='c' name='Trade'><participant id='us'/></collaboration>
</definitions>"""


def test_what_is_unchanged_keeps_its_version(engine: Engine) -> None:
    first = engine.deploy({"p.bpmn": document(TASK)}, by=Actor("ana"))
    again = engine.deploy({"p.bpmn": document(TASK)})
    indented = engine.deploy({"other.bpmn": document(TASK).replace(b"><", b">\n   <")})
    assert [d.processes[0].version for d in (first, again, indented)] == [1, 1, 1]
    assert [d.processes[0].is_new for d in (first, again, indented)] == [True, False, False]
    changed = engine.deploy({"p.bpmn": document(OTHER)})
    assert (changed.processes[0].version, changed.processes[0].is_new) == (2, True)
    back = engine.deploy({"p.bpmn": document(TASK)})
    assert back.processes[0].version == 3
    views = engine.versions("p")
    assert [(v.version, v.is_latest) for v in views] == [(3, True), (2, False), (1, False)]
    assert views[-1].deployed_by == "ana"


def test_an_instance_ends_on_the_version_it_began_with(engine: Engine) -> None:
    deploy(engine, TASK)
    old = engine.start("p").id
    deploy(engine, OTHER)
    new = engine.start("p").id
    pinned = engine.start("p", version=1).id
    assert [elements(engine, id) for id in (old, new, pinned)] == [["u"], ["v"], ["u"]]
    for task in engine.tasks().items:
        engine.complete_task(task.id)
    assert [engine.instance(id).head.version for id in (old, new)] == [1, 2]
    assert engine.overview().in_flight == 0


def test_another_node_starts_what_was_deployed_here(nodes: Nodes) -> None:
    if nodes.kind == "memory":
        pytest.skip("a database in memory has one node")
    one, other = nodes.engine(), nodes.engine()
    deploy(one, TASK)
    assert elements(other, other.start("p").id) == ["u"]
    deploy(one, OTHER)
    assert elements(other, other.start("p").id) == ["v"]


def test_a_definition_tells_what_it_is(engine: Engine) -> None:
    deploy(engine, TASK.replace("<userTask", "<documentation/><userTask"))
    view = engine.latest("p")
    assert (view.process_id, view.version, view.is_latest, view.dialect) == ("p", 1, True, "plain")
    assert view.elements == {"s": "s", "u": "Look", "e": "e"}
    assert engine.definition(view.key) == view
    assert b"userTask" in engine.source(view.key)
    assert b"BPMNShape" in engine.diagram(view.key)
    for ask in (engine.definition, engine.source, engine.statistics):
        with pytest.raises(NotFound):
            ask(99)
    for ask_by_id in (engine.latest, engine.versions):
        with pytest.raises(NotFound, match="'ghost'"):
            ask_by_id("ghost")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "there is no file"),
        ({"a.txt": b""}, "'a.txt' is of no kind"),
        ({"a.bpmn": b""}, "a.bpmn"),
        ({"a.bpmn": b"not xml"}, "a.bpmn"),
        ({"a.bpmn": b"<!DOCTYPE a><a/>"}, "DOCTYPE"),
        ({"a.bpmn": b"<a/>"}, "a.bpmn"),
        ({"a.bpmn": DRAWING.replace(b"id='c'", b"").replace(b"id='us'", b"")}, "nothing to show"),
        ({"a.bpmn": document("<startEvent id='s'/>\ns -> ghost")}, "ghost"),
        (
            {"a.bpmn": document(TASK), "b.bpmn": document(TASK)},
            "process 'p' stands in 'a.bpmn' too",
        ),
        ({"a.dmn": b"<a/>"}, "a.dmn"),
        ({"a.form": b"{"}, "no JSON"),
        ({"a.form": b"[]"}, "no 'id'"),
        (
            {
                "a.bpmn": document(
                    "<startEvent id='s'><timerEventDefinition><timeCycle>never</timeCycle>"
                    "</timerEventDefinition></startEvent><endEvent id='e'/>\ns -> e"
                )
            },
            "s",
        ),
    ],
)
def test_a_bad_file_is_refused_and_nothing_is_stored(
    engine: Engine, files: dict[str, Any], says: str
) -> None:
    with pytest.raises(Refused, match=says) as caught:
        engine.deploy(
            {**files, "good.bpmn": document(OTHER).replace(b"id='p'", b"id='q'")} if files else {}
        )
    assert all(p.severity == "error" and p.message for p in caught.value.problems)
    assert engine.processes().total == 0
    assert [p.message for p in engine.check(files) if p.severity == "error"]


def test_what_does_not_execute_is_kept_and_shown(engine: Engine) -> None:
    drawn = document(TASK).replace(b"isExecutable='true'", b"")
    deployment = engine.deploy({"task.bpmn": drawn, "trade.bpmn": DRAWING})
    assert [(p.process_id, p.is_executable) for p in deployment.processes] == [
        ("p", False),
        ("c", False),
    ]
    assert {p.severity for p in engine.check({"a.bpmn": drawn, "b.bpmn": DRAWING})} == {"info"}
    assert [(p.process_id, p.is_executable) for p in engine.processes().items] == [
        ("c", False),
        ("p", False),
    ]
    view = engine.latest("p")
    assert (view.is_executable, view.elements) == (False, {"s": "s", "u": "Look", "e": "e"})
    assert [s.element for s in engine.statistics(view.key)] == ["s", "u", "e"]
    assert b"BPMNShape" in engine.diagram(view.key)
    with pytest.raises(NotFound, match="'p' version 1 is not executable: it is only shown"):
        engine.start("p")


def test_a_drawing_takes_the_place_of_what_started_before(engine: Engine) -> None:
    starting = document(
        "<startEvent id='s'><signalEventDefinition signalRef='go'/></startEvent>"
        "<endEvent id='e'/>\ns -> e",
        "<signal id='go' name='go'/>",
    )
    engine.deploy({"p.bpmn": starting})
    engine.deploy({"p.bpmn": starting.replace(b"isExecutable='true'", b"")})
    engine.broadcast("go")
    assert engine.instances().total == 0
    assert [v.is_executable for v in engine.versions("p")] == [False, True]
    engine.deploy({"p.bpmn": starting.replace(b"id='e'", b"id='e2'").replace(b"'e'", b"'e2'")})
    engine.broadcast("go")
    assert engine.instances().total == 1


def test_all_that_is_wrong_is_told_at_once(engine: Engine) -> None:
    problems = engine.check(
        {"a.bpmn": document("<startEvent id='s'/>\ns -> ghost"), "b.bpmn": b"", "c.form": b"{"}
    )
    assert {p.file for p in problems} == {"a.bpmn", "b.bpmn", "c.form"}
    assert engine.processes().total == 0


def test_a_decision_is_evaluated_with_the_variables_of_its_task(engine: Engine) -> None:
    deployed = engine.deploy({"p.bpmn": document(RULE), "d.dmn": DECISION.encode()})
    assert [(d.decision_id, d.version, d.is_new) for d in deployed.decisions] == [
        ("grade", 1, True)
    ]
    assert engine.start("p", {"amount": 5}).variables == {"amount": 5, "found": "low"}
    id = engine.start("p", {"amount": 50}).id
    (fact,) = [e for e in engine.history(id).items if e.kind == "evaluated"]
    assert fact.detail["output"] == "high"
    (table,) = fact.detail["evaluated"]
    assert (table["decision"], table["inputs"], table["matched"]) == ("grade", [50], ["high"])
    engine.deploy({"d.dmn": DECISION.replace('"high"', '"top"').encode()})
    assert (engine.start("p", {"amount": 50}).variables or {})["found"] == "top"


def test_a_decision_is_evaluated_without_a_process(engine: Engine) -> None:
    engine.deploy({"d.dmn": DECISION.encode()})
    outcome = engine.evaluate("grade", {"amount": 50})
    assert (outcome.output, outcome.decision.version) == ("high", 1)
    assert [(t.decision, t.matched) for t in outcome.tables] == [("grade", ["high"])]
    (view,) = engine.decisions().items
    assert engine.decision(view.key) == view == outcome.decision
    with pytest.raises(NotFound):
        engine.evaluate("ghost")
    with pytest.raises(NotFound):
        engine.evaluate("grade", version=2)


def test_a_decision_that_is_not_there_is_an_incident(engine: Engine) -> None:
    deploy(engine, RULE)
    id = engine.start("p", {"amount": 5}).id
    (incident,) = engine.incidents().items
    assert "decision 'grade' is not deployed" in incident.message
    engine.deploy({"d.dmn": DECISION.encode()})
    assert engine.retry(incident.id)
    assert engine.instance(id).head.state == "completed"


def test_a_form_comes_with_its_task(engine: Engine) -> None:
    deploy(
        engine,
        """<startEvent id='s'/><userTask id='u'><extensionElements>
        <zeebe:formDefinition formId='look'/>
        <zeebe:assignmentDefinition candidateGroups='sales, claims' assignee='=owner'/>
        </extensionElements></userTask>
        s -> u""",
    )
    engine.deploy({"look.form": b'{"id": "look", "components": [{"type": "textfield"}]}'})
    engine.start("p", {"owner": "ana", "n": 1})
    task = engine.task(engine.tasks().items[0].id)
    assert task.form == {"id": "look", "components": [{"type": "textfield"}]}
    assert task.variables == {"owner": "ana", "n": 1}
    assert (task.assignee, task.candidate_groups) == ("ana", ["sales", "claims"])


def test_only_the_layout_is_renewed_when_only_that_has_changed(engine: Engine) -> None:
    deploy(engine, TASK)
    key = engine.latest("p").key
    drawn = engine.diagram(key)
    again = engine.deploy({"p.bpmn": drawn})
    assert (again.processes[0].is_new, again.processes[0].key) == (False, key)
    assert engine.source(key) == drawn


def test_a_process_list_counts(engine: Engine) -> None:
    deploy(engine, TASK)
    engine.deploy({"q.bpmn": document(OTHER).replace(b"id='p'", b"id='q' name='Other'")})
    first, second = engine.start("p").id, engine.start("p").id
    engine.complete_task(engine.tasks().items[0].id)
    engine.cancel(second, reason="no")
    engine.start("p")
    deploy(engine, OTHER)
    p, q = engine.processes().items
    assert (p.process_id, p.version, p.versions, p.active) == ("p", 2, 2, 1)
    assert (p.completed, p.cancelled, p.failed) == (1, 1, 0)
    assert (q.process_id, q.name, q.active) == ("q", "Other", 0)
    assert [x.process_id for x in engine.processes("OTHER").items] == ["q"]
    seen = {s.element: s for s in engine.statistics(engine.versions("p")[-1].key)}
    assert (seen["u"].tokens, seen["u"].entered, seen["u"].completed, seen["u"].cancelled) == (
        1,
        3,
        1,
        1,
    )
    assert first
    engine.complete_task(engine.tasks().items[0].id)
    seen = {s.element: s for s in engine.statistics(engine.versions("p")[-1].key)}
    assert (seen["u"].tokens, seen["u"].entered, seen["u"].completed) == (0, 3, 2)


def test_a_version_is_drawn_as_a_picture_with_marks(engine: Engine) -> None:
    deploy(engine, TASK)
    key = engine.latest("p").key
    drawn = engine.picture(key, {"u": ("has-token", "7")})
    assert drawn.startswith("<svg")
    assert "has-token" in drawn
    assert ">7<" in drawn
    with pytest.raises(NotFound):
        engine.picture(key + 1)


def test_start_events_have_ids_of_their_own_however_many_there_are(engine: Engine) -> None:
    """Beside those of other versions, and of what waits in instances."""
    many = "".join(
        f"<startEvent id='s{n}'><messageEventDefinition messageRef='m{n}'/></startEvent>\n"
        for n in range(1_001)
    )
    named = "".join(f"<message id='m{n}' name='m{n}'/>" for n in range(1_001))
    deploy(
        engine, f"{many}<userTask id='u'/>\n" + "\n".join(f"s{n} -> u" for n in range(1_001)), named
    )
    one = """<startEvent id='s'><messageEventDefinition messageRef='m'/></startEvent>
    <intermediateCatchEvent id='c'><messageEventDefinition messageRef='m'/></intermediateCatchEvent>
    s -> c"""
    following = document(one, "<message id='m' name='own'/>").replace(b"id='p'", b"id='q'")
    engine.deploy({"q.bpmn": following})
    assert engine.publish("m1000").started
    assert engine.publish("own").started
    waiting = engine.subscriptions(SubscriptionQuery(kinds=("message",)), Paging(limit=1_000))
    assert waiting.total == 1_003
    ids = [wait.id for wait in waiting.items]
    assert len(set(ids)) == len(ids)
    assert [wait.id > 0 for wait in waiting.items] == [
        bool(wait.instance) for wait in waiting.items
    ]
