"""Every page of the console, one line each, over a stock that gives each something to show.

A new page is one `Screen` more in `SCREENS`; `test_screens.py` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import escape

from playwright.sync_api import FilePayload, Page

from engine import BatchOrder, IncidentGroup, InstanceQuery, TaskQuery, instance_of
from tests.kit import document
from tests.web.console import stock
from tests.web.console.conftest import STORY, Site

ORDER = STORY["order_fulfilment"].process_id
FILE = "order_fulfilment.bpmn"
HOSTILE = '<img src=x onerror="document.title=1">'
"""What nobody means well with: a page shows it as it stands, and never runs it."""
NAMED = escape(HOSTILE)
ODD = document(
    f"<startEvent id='s'/><serviceTask id='j' name='{NAMED}' k:jobType='odd'/>"
    f"<userTask id='u' name='{NAMED}'/><intermediateCatchEvent id='t' name='Tomorrow'>"
    "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
    "</intermediateCatchEvent>\ns -> j\ns -> u\ns -> t"
).replace(b"<process id='p'", f"<process id='odd' name='{NAMED}'".encode())
CALLS = """<startEvent id='s'/><callActivity id='c' name='Ask level {below}'><extensionElements>
<zeebe:calledElement processId='level{below}'/></extensionElements></callActivity>
<endEvent id='e'/>
s -> c -> e"""
LEAF = """<startEvent id='s'/><serviceTask id='j' name='Look it up' k:jobType='look-up'/>
<endEvent id='e'/>
s -> j -> e"""
LEVELS = 4


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A page: where it is, and what must be readable on it, with and without script."""

    name: str
    address: str
    """With names of the stock in braces."""
    says: str
    opened: Callable[[Page], None] | None = None
    """What is done on that address to come to the page; None: the address is all."""
    diagrams: int = 0
    """So many bpmn.io marks are on it."""
    shift: float = 0.05
    """So much may move while it loads."""
    is_island: bool = False
    """Whether the page is a tool that needs script."""


def _upload(tab: Page) -> None:
    content = STORY["order_fulfilment"].files[FILE].read_bytes()
    changed = content.replace(b'name="Reserve stock"', b'name="Hold stock"')
    given = FilePayload(name=FILE, mimeType="text/xml", buffer=changed)
    tab.locator("#files").set_input_files(given)
    tab.get_by_role("button", name="Review").click()
    tab.wait_for_url("**/deploy")
    tab.wait_for_selector("#diagram")


def _bulk(tab: Page) -> None:
    for box in tab.locator("tbody input[type=checkbox]").all()[:3]:
        box.check()
    tab.get_by_role("button", name="Suspend…").click()
    tab.wait_for_selector("#bulk")


def _palette(tab: Page) -> None:
    tab.keyboard.press("Control+k")
    tab.wait_for_selector("#palette[open]")


def _keys(tab: Page) -> None:
    tab.keyboard.press("?")
    tab.wait_for_selector("#keys[open]")


def _peek(tab: Page) -> None:
    tab.keyboard.press("j")
    tab.keyboard.press(" ")
    tab.wait_for_selector("#peek svg")


def _menu(tab: Page) -> None:
    tab.get_by_text("Cancel…").click()
    tab.locator("details[open] details.api summary").click()


def _again(tab: Page) -> None:
    tab.get_by_text("Run again…").click()
    tab.locator("details[open] details.api summary").click()


def _probe(tab: Page) -> None:
    tab.get_by_text("Retry one first…").click()


def _timer(tab: Page) -> None:
    tab.get_by_text("Fire now…").first.click()


def _filters(tab: Page) -> None:
    tab.get_by_text("What the query understands").click()


def _export(tab: Page) -> None:
    tab.get_by_text("Export…").click()


SCREENS = [
    Screen(name="home", address="/", says="no answer from the card issuer"),
    Screen(name="instances", address="/instances", says="STUCK"),
    Screen(name="columns", address="/instances?cols=amount,order_id&sort=updated", says="order_id"),
    Screen(name="nothing fits", address="/instances?q=nothing-like-it", says="No instance fits"),
    Screen(name="excluded", address="/instances?q=status:failed+STUCK", says="without STUCK"),
    Screen(name="not understood", address="/instances?q=older:old", says="Not understood"),
    Screen(name="instance", address="/instances/{stuck}", says="Reserve stock", diagrams=1),
    Screen(name="hostile", address="/instances/{odd}", says=HOSTILE, diagrams=1),
    Screen(
        name="step", address="/instances/{stuck}?el=AuthorisePayment", says="Attempts", diagrams=1
    ),
    Screen(name="past", address="/instances/{stuck}?at=12", says="As it was", diagrams=1),
    Screen(name="ended", address="/instances/{done}", says="Completed", diagrams=1),
    Screen(name="call tree", address="/instances/{root}", says="Ask level 1", diagrams=1),
    Screen(name="variables", address="/instances/{stuck}?tab=variables", says="Change log"),
    Screen(name="waits", address="/instances/{loan}?tab=waits", says="What it listens for"),
    Screen(name="interventions", address="/instances/{stuck}?tab=hands", says="by hand"),
    Screen(name="facts", address="/instances/{stuck}?tab=log", says="Recorded facts"),
    Screen(name="xml", address="/instances/{stuck}?tab=xml", says="as it was deployed"),
    Screen(name="json", address="/instances/{stuck}?tab=json", says='"business_key"'),
    Screen(name="menu", address="/instances/{stuck}", says="Cancel…", opened=_menu, diagrams=1),
    Screen(
        name="modify",
        address="/instances/{stuck}/modify?el=ReserveStock&plan=add~ReserveStock",
        says="The plan",
        diagrams=1,
    ),
    Screen(name="running", address="/instances/{loan}", says="Why is it here?", diagrams=1),
    Screen(name="declined", address="/instances/{declined}", says="DECLINED", diagrams=1),
    Screen(name="suspended", address="/instances/{halted}", says="Resume", diagrams=1),
    Screen(name="loop", address="/instances/{loop}", says="Ask the carrier", diagrams=1),
    Screen(name="passes", address="/instances/{loop}?el=ask", says="All 15", diagrams=1),
    Screen(name="crowd", address="/instances/{crowd}", says="label printer", diagrams=1),
    Screen(name="iteration", address="/instances/{crowd}?el=ship", says="#25", diagrams=1),
    Screen(name="leaf", address="/instances/{leaf}", says="archive", diagrams=1),
    Screen(name="listening", address="/instances/{listening}", says="PaymentDone", diagrams=1),
    Screen(name="held", address="/instances/{held}", says="Undo", diagrams=1),
    Screen(name="original", address="/instances/{done}?tab=hands", says="Run again"),
    Screen(name="restarted", address="/instances/{again}", says="Compare both", diagrams=1),
    Screen(
        name="run again",
        address="/instances/{done}",
        says="On the latest version",
        opened=_again,
        diagrams=1,
    ),
    Screen(name="deleted", address="/instances/1", says="There is nothing here"),
    Screen(name="peek", address="/instances?sort=updated", says="STUCK", opened=_peek),
    Screen(
        name="beside",
        address="/instances/compare?a=STUCK&b={done}",
        says="Path and time",
        diagrams=2,
    ),
    Screen(name="compare none", address="/instances/compare", says="Name two instances"),
    Screen(name="incidents", address="/incidents", says="By cause"),
    Screen(name="no incident", address="/incidents?q=nothing-like-it", says="No incident fits"),
    Screen(name="group", address="/incidents/groups/{group}", says="What they have in common"),
    Screen(
        name="verdict",
        address="/incidents/groups/{group}?probe={probed}&since={since}&why=paper",
        says="Failed again",
    ),
    Screen(
        name="probe", address="/incidents/groups/{group}", says="Tries the oldest", opened=_probe
    ),
    Screen(name="export", address="/instances", says="NDJSON", opened=_export),
    Screen(name="query help", address="/instances", says="inside", opened=_filters),
    Screen(name="bulk", address="/instances?q=is:incident", says="Suspend", opened=_bulk),
    Screen(name="batches", address="/batches", says="Suspend"),
    Screen(name="batch", address="/batches/{batch}", says="to look at it"),
    Screen(name="tasks", address="/tasks", says="nobody's yet"),
    Screen(name="task", address="/tasks/{task}", says="Complete", diagrams=2),
    Screen(name="work", address="/work", says="authorise-payment"),
    Screen(name="messages", address="/messages?name=nobody", says="nobody"),
    Screen(name="near messages", address="/messages?name=PaymentDone&key=4711", says="Nearly met"),
    Screen(name="no message", address="/messages?q=nothing-like-it", says="Nobody waits for"),
    Screen(name="timers", address="/timers", says="Tomorrow"),
    Screen(name="fire", address="/timers", says="instead of when", opened=_timer),
    Screen(name="no activity", address="/activity?q=nothing-like-it", says="Activity"),
    Screen(name="activity", address="/activity", says="to look at it"),
    Screen(name="trace", address="/trace/{correlation}", says="STUCK"),
    Screen(name="processes", address="/processes", says="Order fulfilment"),
    Screen(name="process", address="/processes/{order}", says="Start", diagrams=1),
    Screen(name="compare", address="/processes/{order}/compare", says="What differs", diagrams=2),
    Screen(
        name="insights", address="/processes/{order}/insights?days=1", says="By step", diagrams=1
    ),
    Screen(
        name="durations",
        address="/processes/{order}/insights?days=7&heat=retries",
        says="By step",
        diagrams=1,
    ),
    Screen(name="migrate", address="/processes/{order}/migrate", says="From version", diagrams=2),
    Screen(name="deploy", address="/deploy", says="Review"),
    Screen(name="review", address="/deploy", says="Review", opened=_upload, diagrams=1),
    Screen(
        name="modeler", address="/models?process={order}", says="order", diagrams=1, is_island=True
    ),
    Screen(name="new diagram", address="/models", says="New", diagrams=1, is_island=True),
    Screen(name="decisions", address="/decisions", says="Loan risk"),
    Screen(name="decision", address="/decisions/loan-risk", says="Try it", diagrams=1),
    Screen(
        name="decision editor",
        address="/models/decision?decision=loan-risk",
        says="Loan risk",
        diagrams=1,
        is_island=True,
    ),
    Screen(name="forms", address="/forms", says="loan-approval"),
    Screen(name="form", address="/forms/loan-approval", says="Used by", diagrams=1),
    Screen(
        name="form editor",
        address="/models/form?form=loan-approval",
        says="loan-approval",
        diagrams=1,
        is_island=True,
    ),
    Screen(name="palette", address="/batches", says="Batches", opened=_palette),
    Screen(name="keys", address="/batches", says="Batches", opened=_keys),
]
EMPTY = [
    Screen(name="home", address="/", says="Nothing is deployed yet"),
    Screen(name="instances", address="/instances", says="No instance"),
    Screen(name="incidents", address="/incidents", says="No incidents"),
    Screen(name="batches", address="/batches", says="Nothing was done to many"),
    Screen(name="tasks", address="/tasks", says="task"),
    Screen(name="work", address="/work", says="work"),
    Screen(name="messages", address="/messages", says="Messages"),
    Screen(name="timers", address="/timers", says="timer"),
    Screen(name="activity", address="/activity", says="Activity"),
    Screen(name="processes", address="/processes", says="process"),
    Screen(name="deploy", address="/deploy", says="Review"),
]
"""The same lists where nothing is stored yet."""


def stocked(site: Site) -> dict[str, object]:
    """Puts something on every page; the names that addresses use."""
    engine = site.engine
    content = STORY["order_fulfilment"].contents()
    renamed = content[FILE].replace(b'name="Order received"', b'name="Order came in"')
    engine.deploy({**content, FILE: renamed})
    stuck = site.start("order_fulfilment", order_id="STUCK", payment_behaviour="down")
    done = site.start("order_fulfilment", order_id="DONE")
    declined = site.start("order_fulfilment", order_id="DECLINED", payment_behaviour="decline")
    site.start("order_fulfilment", order_id=HOSTILE, customer=HOSTILE, payment_behaviour="down")
    loan = site.start("loan_underwriting")
    engine.deploy({"odd.bpmn": ODD})
    odd = engine.start("odd", {HOSTILE: HOSTILE}, business_key=HOSTILE).id
    (job,) = engine.activate_jobs(["odd"], worker=HOSTILE, wait=timedelta(0))
    engine.fail_job(job.id, HOSTILE, retries=0, worker=HOSTILE)
    root = tree(site)
    engine.set_variables(stuck, {"note": HOSTILE}, reason="to look at it")
    suspended = BatchOrder(kind="suspend")
    batch = engine.create_batch(suspended, targets=[stuck, done], reason="to look at it")
    engine.run_due()
    engine.resume(stuck, reason="looked at")
    groups = engine.incident_groups().items
    group = next(one for one in groups if "issuer" in one.message)
    return {
        "stuck": stuck,
        "done": done,
        "declined": declined,
        "again": engine.restart(done, reason="the parcel was lost").created,
        "leaf": engine.instances(InstanceQuery(root=root, has_incidents=True)).items[0].id,
        **more(site, group),
        "loan": loan,
        "odd": odd,
        "root": root,
        "order": ORDER,
        "batch": batch.id,
        "task": engine.tasks(TaskQuery(instance=loan)).items[0].id,
        "group": group.signature,
        "correlation": engine.instance(stuck).head.correlation_id,
    }


def more(site: Site, group: IncidentGroup) -> dict[str, object]:
    """Instances in rarer states, the newest incident of a group tried again, one deed held."""
    engine = site.engine
    probed = group.incidents[0]
    since = engine.history(instance_of(probed), limit=1).last
    engine.retry(probed, reason="paper")
    held = site.start("loan_underwriting", application_id="HELD")
    found = {
        "probed": probed,
        "since": since,
        "held": held,
        "halted": stock.halted(site),
        "loop": stock.loop(site),
        "crowd": stock.crowd(site),
        "listening": stock.listening(site),
    }
    site.post(f"/instances/{held}/cancel", reason="asked for twice", how="stop")
    return found


def tree(site: Site) -> int:
    """An instance whose fourth call level stands in an incident; the root."""
    models = [CALLS.format(below=level + 1) for level in range(LEVELS)] + [LEAF]
    files = {
        f"level{level}.bpmn": document(model).replace(b"id='p'", f"id='level{level}'".encode())
        for level, model in enumerate(models)
    }
    site.engine.deploy(files)
    root = site.engine.start("level0", {}, business_key="TREE").id
    (job,) = site.engine.activate_jobs(["look-up"], worker="w", wait=timedelta(0))
    site.engine.fail_job(job.id, "the archive does not answer", retries=0, worker="w")
    return root
