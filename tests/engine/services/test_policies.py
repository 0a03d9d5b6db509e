"""Policies: which value is in force and where it comes from; rates; what is overdue."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import Engine, Handlers, Invalid, NotFound, Refused
from engine.views import Actor, AuditQuery
from tests.engine.services.house import Clock, Nodes, deploy, job
from tests.kit import document

ANA = Actor("ana", "console")
WORK = "<startEvent id='s'/><serviceTask id='j' k:jobType='work' {}/>\ns -> j"
FILE = """
[job_types.work]
retries = 5
backoff = "PT7S"
sla = "PT1H"
[definitions.p]
timeout = "PT9S"
sla = "P2D"
[elements."p/j"]
timeout = "PT8S"
"""


def told(engine: Engine, name: str, element: str | None = "j") -> tuple[Any, str, str | None]:
    value = getattr(engine.policy(engine.latest("p").key, element), name)
    return value.value, value.origin, value.place


def with_file(nodes: Nodes, folder: Path, text: str = FILE, **handler: Any) -> Engine:
    file = folder / "policies.toml"
    file.write_text(text)
    handlers = Handlers()
    if handler:
        handlers.add("work", lambda _: None, **handler)
    nodes.engine().close()
    engine = Engine(nodes.url, handlers, clock=nodes.clock, policy_file=file)
    engine.migrate()
    return engine


def test_lists_show_how_often_a_job_is_tried_yet_by_the_policy_in_force(engine: Engine) -> None:
    deploy(engine, WORK.format(""))
    engine.start("p")
    (open_job,) = engine.jobs().items
    assert open_job.retries == 3
    engine.set_policy("element", "p/j", {"retries": 7}, reason="x")
    assert engine.jobs().items[0].retries == 7
    assert engine.job(open_job.id).retries == 7
    (found,) = engine.activate_jobs(["work"], worker="w")
    assert found.retries == 7
    engine.fail_job(found.id, "no", backoff=timedelta(0))
    assert engine.job(open_job.id).retries == 6


def test_without_a_word_the_defaults_are_in_force(engine: Engine) -> None:
    deploy(engine, WORK.format(""))
    assert told(engine, "retries") == (3, "default", None)
    assert told(engine, "timeout") == (timedelta(minutes=5), "default", None)
    assert told(engine, "sla") == (None, "default", None)
    with pytest.raises(NotFound, match="'ghost'"):
        engine.policy(engine.latest("p").key, "ghost")


def test_each_source_beats_the_one_before_and_is_named(nodes: Nodes, tmp_path: Path) -> None:
    with with_file(nodes, tmp_path, retries=2, backoff="PT1S", timeout="PT1S") as engine:
        deploy(engine, WORK.format(""))
        assert told(engine, "retries") == (5, "file", "job_type work")
        assert told(engine, "timeout") == (timedelta(seconds=8), "file", "element p/j")
        assert told(engine, "sla") == (timedelta(hours=1), "file", "job_type work")
        assert told(engine, "sla", None) == (timedelta(days=2), "file", "definition p")
        deploy(engine, WORK.format("k:retries='4' k:sla='PT2H'"))
        assert told(engine, "retries")[:2] == (4, "model")
        assert told(engine, "sla") == (timedelta(hours=2), "model", "element p/j")
        engine.set_policy("job_type", "work", {"retries": 9}, reason="flaky", by=ANA)
        assert told(engine, "retries") == (9, "operator", "job_type work")
        engine.set_policy("element", "p/j", {"retries": 1}, reason="worse", by=ANA)
        value = engine.policy(engine.latest("p").key, "j").retries
        assert (value.value, value.place, value.by, value.reason) == (
            1,
            "element p/j",
            "ana",
            "worse",
        )
        engine.clear_policy("element", "p/j", reason="better", by=ANA)
        assert told(engine, "retries")[0] == 9


def test_what_is_said_is_what_happens(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK.format("k:retries='4'"))
    engine.start("p")
    engine.set_policy("element", "p/j", {"retries": 2, "backoff": "PT30S"}, reason="x")
    held = job(engine)
    engine.fail_job(held.id, "boom")
    (view,) = engine.jobs().items
    assert view.retries == 1
    clock.advance(seconds=29)
    assert engine.activate_jobs(["work"], worker="w") == []
    clock.advance(seconds=1)
    engine.fail_job(job(engine).id, "boom")
    assert engine.incidents().total == 1
    attempts = [e for e in engine.history(held.instance).items if e.kind == "attempt"]
    assert attempts[0].detail["policy"]["origin"]["backoff"] == "operator"


def test_overrides_are_listed_and_audited(engine: Engine) -> None:
    engine.set_policy("definition", "p", {"sla": "P1D"}, reason="promise", by=ANA)
    engine.set_policy("definition", "p", {"sla": "P3D"}, reason="softer", by=ANA)
    (said,) = engine.policies()
    assert (said.kind, said.name, said.values, said.reason) == (
        "definition",
        "p",
        {"sla": "P3D"},
        "softer",
    )
    entry = engine.audit(AuditQuery(kind="policy")).items[0]
    assert entry.detail == {"before": {"sla": "P1D"}, "after": {"sla": "P3D"}}
    engine.clear_policy("definition", "p", reason="x")
    assert engine.policies() == []
    with pytest.raises(NotFound):
        engine.clear_policy("definition", "p", reason="x")


@pytest.mark.parametrize(
    ("kind", "name", "values", "said"),
    [
        ("job_type", "work", {"retries": 0}, "retries 0"),
        ("job_type", "work", {"ghost": 1}, "no policy 'ghost'"),
        ("job_type", "work", {"rate": "many"}, "is no rate"),
        ("job_type", "work", {"rate": "0/PT1S"}, "is no rate"),
        ("job_type", "work", {"backoff": "soon"}, "is no duration"),
        ("job_type", "work", {"timeout": 5}, "is no text"),
        ("job_type", "work", {}, "no value"),
        ("element", "j", {"retries": 1}, "order/pay"),
        ("ghost", "j", {"retries": 1}, "would do"),
    ],
)
def test_what_cannot_be_is_refused(
    engine: Engine, kind: Any, name: str, values: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        engine.set_policy(kind, name, values, reason="x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[ghosts.a]\nretries=1", "'ghosts' is no section"),
        ("[job_types.a]\nretries='x'", r"\[job_types.a\]: retries 'x'"),
        ("[job_types", "policies.toml"),
        ("[job_types]\na = 1", "a table of policies"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "policies.toml"
    file.write_text(text)
    with pytest.raises(Invalid, match=said):
        Engine(policy_file=file)


def test_a_rate_gives_jobs_out_in_turn(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK.format(""))
    engine.set_policy("job_type", "work", {"rate": "1/PT10S"}, reason="bank")
    ids = []
    for _ in range(4):
        ids.append(engine.start("p").id)
        clock.advance(seconds=0.001)
    given = [j.instance for j in engine.activate_jobs(["work"], worker="w", lock=HOUR)]
    assert given == ids[:1]
    assert engine.activate_jobs(["work"], worker="w") == []
    for expected in ids[1:]:
        clock.advance(seconds=9)
        assert engine.activate_jobs(["work"], worker="w") == []
        clock.advance(seconds=1)
        (found,) = engine.activate_jobs(["work"], worker="w", lock=HOUR)
        assert (found.instance, found.attempt) == (expected, 1)


HOUR = timedelta(hours=1)


def test_a_rate_of_one_element_leaves_others_alone_and_can_be_taken_back(
    engine: Engine,
) -> None:
    two = """<startEvent id='s'/><serviceTask id='j' k:jobType='work'/>
    <serviceTask id='i' k:jobType='work'/>
    s -> j
    s -> i"""
    deploy(engine, two)
    engine.set_policy("element", "p/j", {"rate": "1/PT1H"}, reason="x")
    for _ in range(3):
        engine.start("p")
    given = engine.activate_jobs(["work"], worker="w", lock=HOUR)
    assert sorted(j.element for j in given) == ["i", "i", "i", "j"]
    engine.clear_policy("element", "p/j", reason="x")
    given = engine.activate_jobs(["work"], worker="w", lock=HOUR)
    assert [j.element for j in given] == ["j", "j"]


def test_a_model_may_say_a_rate(engine: Engine) -> None:
    deploy(engine, WORK.format("k:rate='1/PT1H'"))
    for _ in range(2):
        engine.start("p")
    assert len(engine.activate_jobs(["work"], worker="w", lock=HOUR)) == 1
    assert told(engine, "rate") == ("1/PT1H", "model", "element p/j")


def test_what_is_open_for_longer_than_promised_is_overdue(engine: Engine, clock: Clock) -> None:
    xml = """<startEvent id='s'/><userTask id='u' k:sla='PT2H'/>
    <serviceTask id='j' k:jobType='work'/>
    s -> u
    s -> j"""
    deploy(engine, xml)
    id = engine.start("p", business_key="K").id
    assert engine.overdue().items == []
    engine.set_policy("definition", "p", {"sla": "PT3H"}, reason="x")
    engine.set_policy("job_type", "work", {"sla": "PT1H"}, reason="x")
    clock.advance(hours=1, seconds=1)
    assert [(one.kind, one.element) for one in engine.overdue().items] == [("job", "j")]
    clock.advance(hours=2)
    found = engine.overdue().items
    assert [(one.kind, one.element) for one in found] == [
        ("job", "j"),
        ("task", "u"),
        ("instance", None),
    ]
    assert {one.business_key for one in found} == {"K"}
    assert found[1].due == found[1].since + timedelta(hours=2)
    engine.cancel(id, reason="x")
    assert engine.overdue().total == 0


@pytest.mark.parametrize(
    "said",
    [
        "k:backoff='soon'",
        "k:timeout='5 minutes'",
        "k:timeout='PT0S'",
        "k:sla='later'",
        "k:sla='=sla'",
        "k:rate='fast'",
        "k:retryCycle='x'",
        "k:retries='-2'",
        "k:priority='high'",
    ],
)
def test_what_a_model_says_and_nobody_can_read_is_refused(said: str) -> None:
    with Engine("sqlite://") as engine, pytest.raises(Refused) as caught:
        engine.deploy({"p.bpmn": document(WORK.format(said))})
    (problem,) = [p for p in caught.value.problems if p.rule == "policy"]
    assert problem.element == "j"
    assert problem.line
    assert problem.remedy


@pytest.mark.parametrize(
    "said",
    [
        "k:backoff='PT1S*2^n PT1M'",
        "k:timeout='=limit'",
        "k:sla='P2D'",
        "k:rate='10/PT1S'",
        "k:retryCycle='R3/PT10S'",
        "k:retries='=tries'",
        "k:priority='-5'",
    ],
)
def test_what_can_be_read_is_taken(said: str) -> None:
    with Engine("sqlite://") as engine:
        assert engine.deploy({"p.bpmn": document(WORK.format(said))}).processes
