"""Instances in the states that a page must be able to show: loops, crowds, halts, waits."""

from __future__ import annotations

from datetime import timedelta

from tests.kit import document
from tests.web.console.conftest import Site

PASSES = 14
POLL = """<startEvent id='s' name='Parcel sent'/><serviceTask id='ask' name='Ask the carrier'
k:jobType='ask-carrier'/><exclusiveGateway id='there' name='Has it arrived?' default='there-ask'/>
<endEvent id='e' name='Parcel arrived'/>
s -> ask -> there
there -> e : arrived = true
there -> ask"""
CROWD = """<startEvent id='s' name='Order packed'/><serviceTask id='ship' name='Ship item'
k:jobType='ship-item'><multiInstanceLoopCharacteristics><extensionElements>
<zeebe:loopCharacteristics inputCollection='=items' inputElement='item'/></extensionElements>
</multiInstanceLoopCharacteristics></serviceTask><endEvent id='e' name='All shipped'/>
s -> ship -> e"""
SIREN = "<signal id='sig' name='price-list-changed'/><message id='m' name='PaymentDone'>"
SIREN += "<extensionElements><zeebe:subscription correlationKey='=order'/></extensionElements>"
SIREN += "</message>"
LISTENS = """<startEvent id='s' name='Offer made'/><parallelGateway id='f'/>
<intermediateCatchEvent id='new' name='New prices'><signalEventDefinition signalRef='sig'/>
</intermediateCatchEvent><intermediateCatchEvent id='paid' name='Payment came'>
<messageEventDefinition messageRef='m'/></intermediateCatchEvent><parallelGateway id='j'/>
<endEvent id='e' name='Offer closed'/>
s -> f -> new -> j -> e
f -> paid -> j"""
NONE = timedelta(0)
LONG = timedelta(hours=1)
"""So long a worker keeps what it has: the page does not change while it is looked at."""


def _deploy(site: Site, id: str, name: str, model: str, roots: str = "") -> None:
    named = document(model, roots).replace(b"id='p'", f"id='{id}' name='{name}'".encode())
    site.engine.deploy({f"{id}.bpmn": named})


def loop(site: Site) -> int:
    """An instance that has come to one step many times, and is in it again."""
    _deploy(site, "tracking", "Parcel tracking", POLL)
    id = site.engine.start("tracking", {"parcel": "P-17"}, business_key="LOOP").id
    for number in range(PASSES):
        (job,) = site.engine.activate_jobs(["ask-carrier"], worker="carrier-1", wait=NONE)
        if number == PASSES // 2:
            site.engine.fail_job(job.id, "the carrier is busy", backoff=NONE, worker="carrier-1")
            site.engine.run_due()
            (job,) = site.engine.activate_jobs(["ask-carrier"], worker="carrier-2", wait=NONE)
        site.engine.complete_job(job.id, {"arrived": False}, worker=job.worker)
    site.engine.activate_jobs(["ask-carrier"], worker="carrier-1", lock=LONG, wait=NONE)
    return id


def crowd(site: Site, items: int = 40) -> int:
    """An instance with as many iterations of a step: one failed, two in hand, the rest done."""
    _deploy(site, "shipping", "Ship each item", CROWD)
    given = {"items": list(range(items))}
    id = site.engine.start("shipping", given, business_key="CROWD").id
    jobs = site.engine.activate_jobs(
        ["ship-item"], worker="packer-1", limit=items, lock=LONG, wait=NONE
    )
    for place, job in enumerate(jobs[:-2]):
        if place == items * 3 // 5:
            site.engine.fail_job(job.id, "the label printer jams", retries=0, worker="packer-1")
        else:
            site.engine.complete_job(job.id, worker="packer-1")
    return id


def listening(site: Site) -> int:
    """An instance that waits for a signal and a message, with a message kept that nearly fits."""
    _deploy(site, "offer", "Offer", LISTENS, SIREN)
    id = site.engine.start("offer", {"order": "4711"}, business_key="LISTENS").id
    site.engine.publish("PaymentDone", "4711 ", {"amount": 12}, ttl=timedelta(hours=1))
    return id


def halted(site: Site) -> int:
    """An instance that somebody has suspended."""
    id = site.start("loan_underwriting", application_id="HALTED")
    site.engine.suspend(id, reason="the customer asked for time")
    return id
