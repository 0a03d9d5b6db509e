"""Warehouse, card issuer and carrier of the order fulfilment story."""

from __future__ import annotations

from typing import Any

from engine import Job, handler
from processes.ledger import Refused
from processes.rehearsal import perform, reference

OUT_OF_STOCK = Refused(code="OUT_OF_STOCK", message="the warehouse has not got enough of it")
DECLINED = Refused(code="PAYMENT_DECLINED", message="the card issuer declined the amount")
UNDELIVERABLE = Refused(code="UNDELIVERABLE", message="nobody lives at this address")
INVALID = Refused(code="INVALID_ORDER", message="quantity and unit price must be greater than zero")


@handler("validate-order", retries=3, backoff="PT1S", timeout="PT30S")
def validate_order(job: Job) -> dict[str, Any]:
    """Work out the amount; refuse an order that asks for nothing."""
    quantity, price = job.variables.get("quantity", 1), job.variables.get("unit_price", 0)
    is_valid = quantity > 0 and price > 0
    return perform(job, "validation", lambda: {"amount": quantity * price} if is_valid else INVALID)


@handler("reserve-stock", retries=3, backoff="PT1S", timeout="PT30S")
def reserve_stock(job: Job) -> dict[str, Any]:
    """Set the goods aside."""
    return perform(
        job,
        "stock",
        lambda: {"reservation_id": reference("RES", job)},
        usual=("in_stock",),
        refusals={"out_of_stock": OUT_OF_STOCK},
    )


@handler("release-stock", retries=3, backoff="PT1S", timeout="PT30S")
def release_stock(job: Job) -> dict[str, Any]:
    """Give the goods back (undoes reserve-stock)."""
    return perform(job, "undo", lambda: {"released": job.variables["reservation_id"]})


@handler("authorise-payment", retries=3, backoff="PT1S", timeout="PT30S")
def authorise_payment(job: Job) -> dict[str, Any]:
    """Have the card issuer hold the amount."""
    return perform(
        job,
        "payment",
        lambda: {"authorisation_id": reference("AUTH", job)},
        usual=("approve",),
        refusals={"decline": DECLINED},
    )


@handler("void-payment", retries=3, backoff="PT1S", timeout="PT30S")
def void_payment(job: Job) -> dict[str, Any]:
    """Have the card issuer let the amount go (undoes authorise-payment)."""
    return perform(job, "undo", lambda: {"voided": job.variables["authorisation_id"]})


@handler("book-carrier", retries=3, backoff="PT1S", timeout="PT30S")
def book_carrier(job: Job) -> dict[str, Any]:
    """Order a pick-up; `pickup_in` says when the carrier comes, as an ISO 8601 duration."""

    def book() -> dict[str, Any]:
        is_slow = job.variables.get("shipping_behaviour") == "slow"
        delay = job.variables.get("pickup_delay") or "PT25S"
        return {"shipment_id": reference("SHP", job), "pickup_in": delay if is_slow else "PT0S"}

    return perform(job, "shipping", book, usual=("prompt", "slow", "undeliverable"))


@handler("hand-over-parcel", retries=3, backoff="PT1S", timeout="PT30S")
def hand_over_parcel(job: Job) -> dict[str, Any]:
    """Give the parcel to the carrier, who may find that it cannot be delivered."""
    return perform(
        job,
        "shipping",
        lambda: {"tracking_number": reference("TRK", job)},
        usual=("prompt", "slow"),
        refusals={"undeliverable": UNDELIVERABLE},
    )


@handler("notify-customer", retries=3, backoff="PT1S", timeout="PT30S")
def notify_customer(job: Job) -> dict[str, Any]:
    """Write to the customer that the parcel takes longer."""
    return perform(job, "mail", lambda: {"customer_told": True})
