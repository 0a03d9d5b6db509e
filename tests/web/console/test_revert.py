"""What somebody set or gave is taken back with one click, in history and audit."""

from __future__ import annotations

import re

import pytest

from engine import Actor, AuditQuery, TaskQuery
from tests.kit import document
from tests.web.console.conftest import Site

MODEL = document(
    "<startEvent id='s'/><userTask id='u' name='Decide'/><endEvent id='e'/>\ns -> u -> e"
)
ANA = Actor("ana", "console")


@pytest.fixture
def running(site: Site) -> int:
    site.engine.deploy({"p.bpmn": MODEL})
    return site.engine.start("p", {"amount": 10, "card_number": "4111 1111"}).id


def task_of(site: Site, id: int) -> int:
    return site.engine.tasks(TaskQuery(instance=id)).items[0].id


def buttons(text: str) -> list[tuple[str, str]]:
    """Name and fact number of each change that can be taken back."""
    return re.findall(r'name="name" value="(\w+)"><input [^>]*name="number" value="(\d+)"', text)


def test_a_changed_variable_is_what_it_was_before(site: Site, running: int) -> None:
    log = f"/instances/{running}?tab=variables"
    assert buttons(site.text(log)) == []  # what it began with was nothing else before
    site.engine.set_variables(running, {"amount": 20}, reason="price", by=ANA)
    ((name, number),) = buttons(site.text(log))
    site.post(f"/instances/{running}/variables/revert", name=name, number=number)
    assert site.engine.variables(running)[0].variables["amount"] == 10
    (act, _) = site.engine.audit(AuditQuery(verbs=("set_variables",), instance=running)).items
    assert (act.by.name, act.reason) == ("operator", "taken back: what ana had set")
    assert "taken back: what ana had set" in site.text(log)
    ((_, newer),) = buttons(site.text(log))  # and that can be taken back, too
    assert int(newer) > int(number)


def test_what_was_set_again_since_stays(site: Site, running: int) -> None:
    site.engine.set_variables(running, {"amount": 20}, reason="price", by=ANA)
    ((name, number),) = buttons(site.text(f"/instances/{running}?tab=variables"))
    site.engine.set_variables(running, {"amount": 30}, reason="price", by=ANA)
    answer = site.post(f"/instances/{running}/variables/revert", name=name, number=number)
    assert "was set again since" in site.text(answer.headers["Location"])
    assert site.engine.variables(running)[0].variables["amount"] == 30


def test_a_secret_goes_back_unseen(site: Site, running: int) -> None:
    site.engine.set_variables(running, {"card_number": "5500 0000"}, reason="x", by=ANA)
    log = f"/instances/{running}?tab=variables"
    ((name, number),) = buttons(site.text(log))
    site.post(f"/instances/{running}/variables/revert", name=name, number=number)
    assert site.engine.variables(running)[0].variables["card_number"] == "4111 1111"
    assert "4111" not in site.text(f"/instances/{running}?tab=json")


def test_an_ended_instance_has_nothing_to_take_back(site: Site, running: int) -> None:
    site.engine.set_variables(running, {"amount": 20}, reason="price", by=ANA)
    site.engine.cancel(running, reason="x")
    assert buttons(site.text(f"/instances/{running}?tab=variables")) == []


def act_of(text: str) -> str:
    found = re.search(r'name="act" value="(\d+)"', text)
    return found[1] if found else ""


def test_a_task_goes_back_to_whose_it_was(site: Site, running: int) -> None:
    task = task_of(site, running)
    assert act_of(site.text(f"/tasks/{task}")) == ""
    site.engine.claim(task, "ana", by=ANA)
    site.engine.claim(task, "ben", by=ANA, force=True)
    site.post(f"/tasks/{task}/revert", act=act_of(site.text(f"/tasks/{task}")))
    assert site.engine.task(task).assignee == "ana"
    site.engine.unclaim(task, by=ANA)
    site.post(f"/tasks/{task}/revert", act=act_of(site.text(f"/tasks/{task}")))
    assert site.engine.task(task).assignee == "ana"
    site.engine.update_task(task, {"assignee": "cem"}, by=ANA)
    site.post(f"/tasks/{task}/revert", act=act_of(site.text(f"/tasks/{task}")))
    assert site.engine.task(task).assignee == "ana"
    by_console = AuditQuery(kind="task", target=str(task), by="operator")
    assert [act.verb for act in site.engine.audit(by_console).items] == ["claim"] * 3


def test_a_task_that_has_passed_on_stays_where_it_is(site: Site, running: int) -> None:
    task = task_of(site, running)
    site.engine.claim(task, "ana", by=ANA)
    act = act_of(site.text(f"/tasks/{task}"))
    site.engine.claim(task, "ben", by=ANA, force=True)
    answer = site.post(f"/tasks/{task}/revert", act=act)
    assert "It has passed on since" in site.text(answer.headers["Location"])
    assert site.engine.task(task).assignee == "ben"
