"""Policy records, estimator and letters of the claims processing story."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine import Job, handler
from processes.ledger import Refused
from processes.rehearsal import chance, perform

LAPSED = Refused(
    code="POLICY_LAPSED", message="the policy was not in force on the day of the damage"
)
THINGS = ("bicycle", "camera", "carpet", "laptop", "sofa", "television", "window", "violin")


@handler("load-claim", retries=3, backoff="PT1S", timeout="PT30S")
def load_claim(job: Job) -> dict[str, Any]:
    """Fetch the claim's items and the policy's terms; items given at the start are kept."""
    variables = job.variables

    def load() -> dict[str, Any]:
        claim, count = str(variables.get("claim_id")), int(variables.get("item_count", 3))
        items = variables.get("items")
        return {
            "items": [_item(claim, n) for n in range(count)] if items is None else items,
            "deductible": variables.get("deductible") or 0,
            "visit_above": variables.get("visit_above") or 1000,
        }

    return perform(job, "policy", load, refusals={"lapsed": LAPSED})


@handler("estimate-damage", retries=3, backoff="PT1S", timeout="PT30S")
def estimate_damage(job: Job) -> dict[str, Any]:
    """Estimate one item's damage by its price and by how badly it was hit."""
    item = job.variables["item"]
    return perform(
        job, "estimate", lambda: {"estimate": Decimal(item["price"]) * item["damage_percent"] / 100}
    )


@handler("explain-result", retries=3, backoff="PT1S", timeout="PT30S")
def explain_result(job: Job) -> dict[str, Any]:
    """Write to the claimant why nothing is paid."""
    return perform(job, "mail", lambda: {"claimant_told": True})


def _item(claim: str, number: int) -> dict[str, Any]:
    """An item that is always the same for the same claim."""
    seed = (claim, str(number))
    return {
        "name": THINGS[int(chance("thing", *seed) * len(THINGS))],
        "price": 100 + int(chance("price", *seed) * 1900),
        "damage_percent": 20 + int(chance("damage", *seed) * 80),
    }
