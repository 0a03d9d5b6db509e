"""Letters and books of the invoice chaser story."""

from __future__ import annotations

from typing import Any

from engine import Job, handler
from processes.rehearsal import perform, reference


@handler("send-invoice", retries=3, backoff="PT1S", timeout="PT30S")
def send_invoice(job: Job) -> dict[str, Any]:
    """Send the invoice."""
    return perform(job, "mail", lambda: {"reminders_sent": 0})


@handler("send-reminder", retries=3, backoff="PT1S", timeout="PT30S")
def send_reminder(job: Job) -> dict[str, Any]:
    """Send one more reminder."""
    return perform(
        job, "mail", lambda: {"reminders_sent": job.variables.get("reminders_sent", 0) + 1}
    )


@handler("send-dunning-letter", retries=3, backoff="PT1S", timeout="PT30S")
def send_dunning_letter(job: Job) -> dict[str, Any]:
    """Send the letter after which only the collectors come."""
    return perform(job, "mail", lambda: {"dunned": True})


@handler("book-payment", retries=3, backoff="PT1S", timeout="PT30S")
def book_payment(job: Job) -> dict[str, Any]:
    """Enter the payment in the books."""
    return perform(job, "books", lambda: {"booking_id": reference("BKG", job)})


@handler("hand-to-collection", retries=3, backoff="PT1S", timeout="PT30S")
def hand_to_collection(job: Job) -> dict[str, Any]:
    """Hand the debt over to the collectors."""
    return perform(job, "collection", lambda: {"collection_id": reference("COL", job)})
