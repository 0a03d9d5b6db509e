"""Airline, hotel, car rental and card issuer of the travel booking story."""

from __future__ import annotations

from typing import Any

from engine import Job, handler
from processes.ledger import Refused
from processes.rehearsal import perform, reference

DECLINED = Refused(code="CARD_DECLINED", message="the card issuer declined the amount")


def _book(job: Job, part: str, code: str) -> dict[str, Any]:
    return perform(
        job,
        part,
        lambda: {f"{part}_booking": reference(part.upper(), job)},
        refusals={"sold_out": Refused(code=code, message=f"no {part} is left for these dates")},
    )


def _cancel(job: Job, part: str) -> dict[str, Any]:
    return perform(job, "undo", lambda: {f"{part}_cancelled": job.variables[f"{part}_booking"]})


@handler("book-flight", retries=3, backoff="PT1S", timeout="PT30S")
def book_flight(job: Job) -> dict[str, Any]:
    """Book the flight."""
    return _book(job, "flight", "NO_FLIGHT")


@handler("cancel-flight", retries=3, backoff="PT1S", timeout="PT30S")
def cancel_flight(job: Job) -> dict[str, Any]:
    """Cancel the flight (undoes book-flight)."""
    return _cancel(job, "flight")


@handler("book-hotel", retries=3, backoff="PT1S", timeout="PT30S")
def book_hotel(job: Job) -> dict[str, Any]:
    """Book the hotel."""
    return _book(job, "hotel", "NO_HOTEL")


@handler("cancel-hotel", retries=3, backoff="PT1S", timeout="PT30S")
def cancel_hotel(job: Job) -> dict[str, Any]:
    """Cancel the hotel (undoes book-hotel)."""
    return _cancel(job, "hotel")


@handler("book-car", retries=3, backoff="PT1S", timeout="PT30S")
def book_car(job: Job) -> dict[str, Any]:
    """Book the rental car."""
    return _book(job, "car", "NO_CAR")


@handler("cancel-car", retries=3, backoff="PT1S", timeout="PT30S")
def cancel_car(job: Job) -> dict[str, Any]:
    """Cancel the rental car (undoes book-car)."""
    return _cancel(job, "car")


@handler("charge-traveller", retries=3, backoff="PT1S", timeout="PT30S")
def charge_traveller(job: Job) -> dict[str, Any]:
    """Charge the whole trip to the traveller's card."""
    return perform(
        job,
        "charge",
        lambda: {"charge_id": reference("CHG", job)},
        usual=("approve",),
        refusals={"decline": DECLINED},
    )


@handler("tell-traveller", retries=3, backoff="PT1S", timeout="PT30S")
def tell_traveller(job: Job) -> dict[str, Any]:
    """Write to the traveller that the trip could not be booked."""
    return perform(job, "mail", lambda: {"traveller_told": True})
