"""Seller, buyer and bookkeeping of the purchase story."""

from __future__ import annotations

from typing import Any

from engine import Job, handler
from processes.rehearsal import perform, reference


@handler("check-order", retries=3, backoff="PT1S", timeout="PT30S")
def check_order(job: Job) -> dict[str, Any]:
    """The seller looks whether the goods can be delivered."""
    can_deliver = job.variables.get("seller_behaviour") != "refuse"
    return perform(job, "seller", lambda: {"can_deliver": can_deliver}, usual=("deliver", "refuse"))


@handler("pack-goods", retries=3, backoff="PT1S", timeout="PT30S")
def pack_goods(job: Job) -> dict[str, Any]:
    """The seller packs the goods."""
    return perform(
        job, "seller", lambda: {"delivery_note": reference("DLV", job)}, usual=("deliver",)
    )


@handler("check-goods", retries=3, backoff="PT1S", timeout="PT30S")
def check_goods(job: Job) -> dict[str, Any]:
    """The buyer checks the goods against the delivery note."""
    return perform(job, "buyer", lambda: {"goods_accepted": True})


@handler("post-purchase", retries=3, backoff="PT1S", timeout="PT30S")
def post_purchase(job: Job) -> dict[str, Any]:
    """Bookkeeping posts the settled purchase."""
    return perform(job, "books", lambda: {"posting_id": reference("POST", job)})
