"""Policies, holds and overdue work in the console."""

from __future__ import annotations

from tests.kit import document
from tests.web.console.conftest import Site

MODEL = document(
    "<startEvent id='s'/><serviceTask id='pay' name='Charge' k:jobType='charge' k:retries='4'/>"
    "<endEvent id='e'/>\ns -> pay -> e"
)


def test_each_value_stands_with_where_it_comes_from(site: Site) -> None:
    site.engine.deploy({"p.bpmn": MODEL})
    shown = site.text("/processes/p/policies")
    assert "Charge" in shown
    assert "model" in shown
    answer = site.post(
        "/policies", kind="element", name="p/pay", process="p", retries="7", reason="flaky bank"
    )
    assert answer.headers["Location"] == "/processes/p/policies"
    shown = site.text("/processes/p/policies")
    assert "operator: flaky bank" in shown
    assert site.engine.policy(site.engine.latest("p").key, "pay").retries.value == 7
    assert "p/pay" in site.text("/policies")
    site.post("/policies", kind="element", name="p/pay", do="clear", reason="it is back")
    assert not site.engine.policies()


def test_what_cannot_be_is_said_and_a_reason_is_needed(site: Site) -> None:
    site.engine.deploy({"p.bpmn": MODEL})
    site.post("/policies", kind="element", name="p/pay", retries="7")
    assert "Say why" in site.text("/policies")
    site.post("/policies", kind="element", name="p/pay", backoff="soon", reason="x")
    assert "soon" in site.text("/policies")
    assert not site.engine.policies()


def test_what_is_held_goes_on_with_a_reason(site: Site) -> None:
    site.engine.deploy({"p.bpmn": MODEL})
    key = site.engine.latest("p").key
    site.engine.suspend_process("p", reason="recalled")
    site.engine.suspend_definition(key, reason="wrong price")
    site.engine.suspend_job_type("charge", reason="the bank is down")
    shown = site.text("/policies")
    for said in ("recalled", "wrong price", "the bank is down", "p v1"):
        assert said in shown
    site.post("/holds/release", kind="process", name="p")
    assert len(site.engine.holds()) == 3
    for kind, name in (("process", "p"), ("definition", str(key)), ("job_type", "charge")):
        site.post("/holds/release", kind=kind, name=name, reason="cleared")
    assert not site.engine.holds()


def test_what_is_overdue_leads_to_its_instance(site: Site) -> None:
    site.engine.deploy({"p.bpmn": MODEL})
    site.engine.set_policy("definition", "p", {"sla": "PT0.001S"}, reason="at once")
    started = site.engine.start("p", {}, business_key="LATE-1")
    shown = site.text("/policies")
    assert "LATE-1" in shown
    assert f"/instances/{started.id}" in shown
