"""Sanctions list and bank of the pay-out process that other stories call."""

from __future__ import annotations

from typing import Any

from engine import Job, handler
from processes.ledger import Refused
from processes.rehearsal import perform, reference

BLOCKED = Refused(code="PAYEE_BLOCKED", message="the payee is on the sanctions list")


@handler("screen-payee", retries=3, backoff="PT1S", timeout="PT30S")
def screen_payee(job: Job) -> dict[str, Any]:
    """Look the payee up in the sanctions list."""
    return perform(
        job,
        "payout",
        lambda: {"payee_screened": True},
        refusals={"blocked": BLOCKED},
    )


@handler("transfer-money", retries=3, backoff="PT1S", timeout="PT30S")
def transfer_money(job: Job) -> dict[str, Any]:
    """Have the bank transfer the amount."""
    return perform(job, "payout", lambda: {"transfer_id": reference("TRF", job)})
