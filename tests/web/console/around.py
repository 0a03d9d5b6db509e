"""The pages around the instances, one line each: work and its policies, alerts, tasks and starts,
what is deployed and drawn, who may come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import FilePayload, Page

from engine import Actor, AlertCondition, TaskQuery
from tests.kit import document
from tests.web.console.conftest import STORY, Site
from tests.web.console.screens import FILE, ORDER, Screen

ANA = Actor("ana", "console")
SECRET = "scrypt:of:nobody"
ORDERED = f"process:{ORDER}"
CHARGE = document(
    "<startEvent id='s' name='Asked'/><serviceTask id='pay' name='Charge the card' "
    "k:jobType='charge-card' k:retries='4'/><endEvent id='e' name='Charged'/>\ns -> pay -> e"
).replace(b"<process id='p'", b"<process id='charge' name='Charge a card'")
OLDER = """<?xml version="1.0"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="x"><process id="older"
name="Of Camunda 7" isExecutable="true" camunda:historyTimeToLive="P30D"><startEvent id="s"/>
<serviceTask id="j" name="Old topic" camunda:type="external" camunda:topic="old-topic"/>
<endEvent id="e"/><sequenceFlow id="f1" sourceRef="s" targetRef="j"/>
<sequenceFlow id="f2" sourceRef="j" targetRef="e"/></process></definitions>"""


def _menu(selector: str) -> Callable[[Page], None]:
    def open_it(tab: Page) -> None:
        tab.locator(f"{selector} summary").first.click()

    return open_it


def _try(tab: Page) -> None:
    tab.get_by_role("button", name="Try it over the past").click()
    tab.get_by_text("recorded instances").wait_for()


def _many(verb: str) -> Callable[[Page], None]:
    def choose(tab: Page) -> None:
        for box in tab.locator("tbody input[type=checkbox]").all()[:2]:
            box.check()
        tab.get_by_role("button", name=verb).click()
        tab.wait_for_selector("#bulk")

    return choose


def _review(tab: Page, name: str, content: bytes) -> None:
    given = FilePayload(name=name, mimeType="text/xml", buffer=content)
    tab.locator("#files").set_input_files(given)
    tab.get_by_role("button", name="Review").click()
    tab.get_by_role("heading", name="Choose other files").wait_for()


def _warned(tab: Page) -> None:
    content = STORY["order_fulfilment"].files[FILE].read_bytes()
    _review(tab, FILE, content.replace(b'type="validate-order"', b'type=""', 1))


def _older(tab: Page) -> None:
    _review(tab, "older.bpmn", OLDER.encode())


def _simulated(tab: Page) -> None:
    tab.wait_for_selector("#modeler[data-ready]")
    tab.locator(".bts-toggle-mode").click()
    tab.wait_for_selector(".simulation")


def _chosen(tab: Page) -> None:
    tab.wait_for_selector("#modeler[data-ready]")
    tab.locator('[data-element-id="AuthorisePayment"]').first.click()


def _requirements(tab: Page) -> None:
    tab.wait_for_selector("[data-island=decision][data-ready]")
    tab.get_by_role("tab", name="Requirements").click()
    tab.wait_for_selector(".dmn-drd-container")


def _preview(tab: Page) -> None:
    tab.wait_for_selector("#modeler[data-ready]")
    tab.get_by_role("button", name="Preview", exact=True).click()
    tab.wait_for_selector("[data-preview] .fjs-powered-by")


AROUND = [
    Screen(name="one kind of work", address="/work?type=charge-card", says="CARD-1"),
    Screen(name="policies", address="/policies", says="the bank promised"),
    Screen(name="process policies", address="/processes/charge/policies", says="flaky bank"),
    Screen(
        name="override",
        address="/processes/charge/policies",
        says="From now on",
        opened=_menu("tbody details.menu"),
    ),
    Screen(name="alerts", address="/alerts", says="No order completed"),
    Screen(name="alert kinds", address="/alerts/new", says="What should you be told of?"),
    Screen(name="new alert", address="/alerts/new?kind=absence", says="Watch it"),
    Screen(
        name="tried alert",
        address=f"/alerts/new?kind=absence&query={ORDERED}&within=30m",
        says="Would",
        opened=_try,
    ),
    Screen(
        name="alert rule",
        address="/alerts/rules/{alert}",
        says="tells nobody",
        opened=_menu("details.menu:has-text('Silence')"),
    ),
    Screen(name="bell", address="/alerts", says="All alerts", opened=_menu("#bell")),
    Screen(name="no task", address="/tasks?q=nothing-like-it", says="No open task fits"),
    Screen(name="tasks not understood", address="/tasks?q=due:soon", says="Not understood"),
    Screen(name="claimed task", address="/tasks/{claimed}", says="Take over", diagrams=2),
    Screen(
        name="assign",
        address="/tasks/{claimed}",
        says="To whom",
        opened=_menu(".pane details.menu"),
        diagrams=2,
    ),
    Screen(name="dates of many", address="/tasks", says="Which", opened=_many("Set dates…")),
    Screen(
        name="complete many",
        address="/tasks?q=process:loan-underwriting",
        says="frozen",
        opened=_many("Complete…"),
        diagrams=1,
    ),
    Screen(name="start", address="/processes/{order}/start", says="Start Order", diagrams=1),
    Screen(name="plain start", address="/processes/charge/start", says="Try without starting"),
    Screen(name="no process", address="/processes?q=nothing-like-it", says="No process has"),
    Screen(
        name="step of a process",
        address="/processes/{order}?v=1&el=AuthorisePayment",
        says="Latest instances",
        diagrams=1,
    ),
    Screen(name="warned", address="/deploy", says="warning", opened=_warned, diagrams=1),
    Screen(name="older dialect", address="/deploy", says="Camunda 7", opened=_older),
    Screen(
        name="simulation",
        address="/models?process={order}",
        says="order",
        opened=_simulated,
        diagrams=1,
        is_island=True,
    ),
    Screen(
        name="properties",
        address="/models?process={order}",
        says="Task definition",
        opened=_chosen,
        diagrams=1,
        is_island=True,
    ),
    Screen(
        name="requirements",
        address="/decisions/loan-risk",
        says="Burden of the loan",
        opened=_requirements,
        diagrams=1,
    ),
    Screen(
        name="form preview",
        address="/models/form?form=loan-approval",
        says="What it would send",
        opened=_preview,
        diagrams=1,
        is_island=True,
    ),
    Screen(name="administration", address="/admin", says="May come in"),
    Screen(
        name="change a user",
        address="/admin",
        says="Reset the password",
        opened=_menu("tbody details.menu"),
    ),
    Screen(
        name="new user", address="/admin", says="First password", opened=_menu("details.menu.more")
    ),
]
EMPTY_AROUND = [
    Screen(name="alerts", address="/alerts", says="Nothing is watched yet"),
    Screen(name="policies", address="/policies", says="Nothing is held back"),
    Screen(name="decisions", address="/decisions", says="No decision is deployed"),
    Screen(name="forms", address="/forms", says="No form is deployed"),
    Screen(name="administration", address="/admin", says="Nobody is kept here"),
]


def stocked(site: Site) -> dict[str, object]:
    """Puts something on each of these pages; the names that addresses use."""
    engine = site.engine
    engine.deploy({"charge.bpmn": CHARGE})
    for number in range(3):
        engine.start("charge", {"amount": number}, business_key=f"CARD-{number}")
    promised = {"sla": "PT0.001S", "backoff": "PT1S*2^n PT1M"}
    engine.set_policy("definition", "charge", promised, reason="the bank promised")
    engine.set_policy("element", "charge/pay", {"retries": 7}, reason="flaky bank")
    engine.suspend_job_type("void-payment", reason="the bank moves its data centre")
    absence = AlertCondition(kind="absence", query=ORDERED, within=timedelta(minutes=30))
    rule = engine.add_alert_rule("No order completed", absence, by=ANA)
    many = AlertCondition(kind="count", query="status:incident", threshold=0)
    engine.add_alert_rule("Incidents", many, by=ANA)
    engine.watch_alerts()
    engine.fire_test(rule.id)
    loan = site.start("loan_underwriting", application_id="CLAIMED")
    task = engine.tasks(TaskQuery(instance=loan)).items[0].id
    engine.claim(task, "ben", by=Actor("ben", "console"))
    engine.comment("Nobody answers. @theo could you try?", task=task, by=ANA)
    engine.add_account("ana", SECRET, "admin", ["managers"])
    engine.add_account("vera", SECRET, "viewer")
    engine.change_account("vera", is_disabled=True)
    engine.add_token("ci", "0" * 64, "developer", site.now() + timedelta(days=90))
    return {"alert": rule.id, "claimed": task}
