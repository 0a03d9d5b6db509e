"""Figures of many: groups of incidents, facets of lists, how processes do."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest

from engine import Engine
from engine.services.incident_groups import shape
from engine.views import InstanceQuery, VariableFilter
from tests.engine.services.house import Clock, deploy, job

UUIDS = ("6fa459ea-ee8a-3ca4-894e-db77e160355e", "16fd2706-8baf-433b-82eb-8c7fada847da")
WORK = """<startEvent id='s'/><serviceTask id='j' name='Charge' k:jobType='work'/>
<userTask id='u'/><endEvent id='e'/>
s -> j -> u -> e"""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no answer from 10.0.0.1:8443", "no answer from 10.0.0.27:8080"),
        ("order 'A-4711' is unknown", "order 'B 12' is unknown"),
        ("timeout after 3.2 s", "timeout after 30 s"),
        (f"no row {UUIDS[0]} here", f"no row {UUIDS[1]} here"),
        ("GET https://a.test/x/1: 503", "GET https://a.test/y: 502"),
    ],
)
def test_messages_of_one_shape_differ_in_names_and_numbers_only(one: str, other: str) -> None:
    assert shape(one) == shape(other)
    assert shape(one) != shape("something else")


def fail(engine: Engine, key: str, message: str, **variables: object) -> int:
    id = engine.start("p", variables, business_key=key).id
    engine.fail_job(job(engine).id, message, retries=0, worker="w")
    return id


def test_incidents_are_grouped_by_what_they_say(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK)
    fail(engine, "A", "no answer from host-1")
    clock.advance(hours=2)
    last = fail(engine, "B", "no answer from host-22")
    fail(engine, "C", "card expired")
    groups = engine.incident_groups()
    assert not groups.is_cut
    first, second = groups.items
    assert (first.count, first.instances, first.last_hour) == (2, 2, 1)
    assert (first.shape, first.message) == ("no answer from …", "no answer from host-22")
    assert (first.process_id, first.element, second.count) == ("p", "j", 1)
    assert first.signature != second.signature
    assert first.first < first.last
    assert len(first.incidents) == 2
    assert engine.incident(first.incidents[0]).instance == last


def test_instances_are_found_by_their_incident(engine: Engine) -> None:
    deploy(engine, WORK)
    id = fail(engine, "A", "no answer from host-1")
    fail(engine, "B", "card expired")
    found = engine.instances(InstanceQuery(incident="No Answer"))
    assert [one.id for one in found.items] == [id]


def test_a_list_is_counted_by_what_it_consists_of(engine: Engine) -> None:
    deploy(engine, WORK)
    fail(engine, "A", "no answer", amount=1)
    held = engine.start("p", {"amount": 2}).id
    engine.suspend(held, reason="audit")
    gone = engine.start("p", {"amount": 3}).id
    engine.cancel(gone, reason="enough")
    engine.start("p", {"amount": 4})
    facets = engine.facets()
    assert facets.statuses == {"incident": 1, "suspended": 1, "cancelled": 1, "running": 1}
    assert facets.versions == {("p", 1): 4}
    assert [(one.element, one.count) for one in facets.steps] == [("j", 3)]
    large = InstanceQuery(variables=(VariableFilter(name="amount", operator=">", value=2),))
    assert engine.facets(large).statuses == {"cancelled": 1, "running": 1}


def test_which_of_many_there_are(engine: Engine) -> None:
    deploy(engine, WORK)
    id = engine.start("p", {"n": 1}, business_key="A").id
    assert engine.known_instances([id, 5], ["A", "Z"]) == ({id}, {"A"})
    assert engine.known_instances() == (set(), set())
    assert engine.process_variables([id, 5]) == {id: {"n": 1}}
    engine.cancel(id, reason="enough")
    assert engine.process_variables([id]) == {id: {"n": 1}}


def test_how_long_a_process_takes_and_how_often_it_is_tried_again(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, WORK)
    assert engine.performance()[0].usual is None
    for minutes in range(1, 21):
        engine.start("p")
        found = job(engine)
        if minutes == 1:
            engine.fail_job(found.id, "busy", backoff=timedelta(0), worker="w")
            found = job(engine)
        engine.complete_job(found.id, worker="w")
        clock.advance(minutes=minutes)
        engine.complete_task(engine.tasks().items[0].id)
    engine.cancel(engine.start("p").id, reason="enough")
    (figures,) = engine.performance()
    assert (figures.completed, figures.failed, figures.cancelled) == (20, 0, 1)
    assert figures.usual is not None
    assert figures.usual.half == timedelta(minutes=10)
    assert figures.usual.most == timedelta(minutes=19)
    assert (figures.retries, figures.compensations) == (1, 0)
    assert engine.usual_durations()["p"].most == timedelta(minutes=19)
    clock.advance(days=8)
    assert engine.usual_durations() == {}


def test_facts_are_counted_once_however_many_ask(engine: Engine) -> None:
    deploy(engine, WORK)
    for _ in range(30):
        engine.start("p")
    key = engine.latest("p").key
    asking = [Thread(target=engine.statistics, args=(key,)) for _ in range(4)]
    asking += [Thread(target=engine.performance) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    entered = {one.element: one.entered for one in engine.statistics(key)}
    assert entered["j"] == 30
