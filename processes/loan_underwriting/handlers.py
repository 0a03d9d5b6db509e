"""Credit bureau, employer, fraud list and letters of the loan underwriting story."""

from __future__ import annotations

from typing import Any

from engine import Job, handler
from processes.rehearsal import chance, perform


@handler("check-credit", retries=3, backoff="PT1S", timeout="PT30S")
def check_credit(job: Job) -> dict[str, Any]:
    """Ask the bureau for the score: the start form's, or one that fits the applicant's name."""
    known = job.variables.get("credit_score")
    score = known or 450 + int(chance(str(job.variables.get("applicant"))) * 400)
    return perform(job, "bureau", lambda: {"credit_score": score})


@handler("verify-income", retries=3, backoff="PT1S", timeout="PT30S")
def verify_income(job: Job) -> dict[str, Any]:
    """Have the employer confirm what the applicant earns in a year."""
    return perform(
        job, "employer", lambda: {"yearly_income": 12 * job.variables.get("monthly_income", 0)}
    )


@handler("screen-for-fraud", retries=3, backoff="PT1S", timeout="PT30S")
def screen_for_fraud(job: Job) -> dict[str, Any]:
    """Look the applicant up in the fraud list."""
    is_listed = bool(job.variables.get("on_fraud_list"))
    return perform(job, "fraud_list", lambda: {"fraud_suspected": is_listed})


@handler("alert-head-of-credit", retries=3, backoff="PT1S", timeout="PT30S")
def alert_head_of_credit(job: Job) -> dict[str, Any]:
    """Tell the head of credit that a review is overdue."""
    return perform(job, "mail", lambda: {"head_of_credit_alerted": True})


@handler("write-refusal", retries=3, backoff="PT1S", timeout="PT30S")
def write_refusal(job: Job) -> dict[str, Any]:
    """Write to the applicant that the loan is not granted."""
    return perform(job, "mail", lambda: {"refusal_sent": True})
