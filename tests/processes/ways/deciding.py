"""Loans, claims and payouts: what is decided, and by whom."""

from __future__ import annotations

from tests.processes.kit import complete, wait
from tests.processes.ways.way import way

LOAN = {"application_id": "LOAN-1", "applicant": "Fanny", "amount": 20000, "monthly_income": 4000}

CLAIM = {"claim_id": "CLM-1", "claimant": "Gustav", "deductible": 150, "visit_above": 1000}

CHECKS = ("check-credit", "verify-income", "screen-for-fraud")

ITEMS = [
    {"name": "violin", "price": 1800, "damage_percent": 100},
    {"name": "camera", "price": 400, "damage_percent": 50},
    {"name": "sofa", "price": 900, "damage_percent": 10},
]

IN_FAVOUR = (
    complete("AssessApplication", first_verdict="approve"),
    complete("ApproveLoan", second_verdict="approve"),
)

GOOD = LOAN | {"amount": 5000, "credit_score": 760}

FAIR = LOAN | {"credit_score": 640}

LOANS = (
    way(
        "loan_underwriting",
        "accepted by the table",
        GOOD,
        ends="LoanPaidOut",
        actions=(*CHECKS, "screen-payee", "transfer-money"),
    ),
    way(
        "loan_underwriting",
        "two people in favour",
        FAIR,
        *IN_FAVOUR,
        ends="ReviewDone LoanPaidOut",
    ),
    way(
        "loan_underwriting",
        "refused at first sight",
        FAIR,
        complete("AssessApplication", first_verdict="refuse"),
        ends="ReviewedOnce LoanNotGranted",
        reason="REFUSED_IN_REVIEW",
        actions=(*CHECKS, "write-refusal"),
    ),
    way(
        "loan_underwriting",
        "refused by the second pair of eyes",
        FAIR,
        IN_FAVOUR[0],
        complete("ApproveLoan", second_verdict="refuse"),
        ends="ReviewDone LoanNotGranted",
        reason="REFUSED_IN_REVIEW",
    ),
    way(
        "loan_underwriting",
        "both reviews overdue: escalated, not taken away",
        FAIR,
        wait(120),
        IN_FAVOUR[0],
        wait(120),
        IN_FAVOUR[1],
        ends="AssessmentOverdue ApprovalOverdue HeadAlerted ReviewDone LoanPaidOut",
        actions=(
            *CHECKS,
            "alert-head-of-credit",
            "alert-head-of-credit",
            "screen-payee",
            "transfer-money",
        ),
        visits={"HeadAlerted": 2},
    ),
    way(
        "loan_underwriting",
        "refused for a low score",
        LOAN | {"credit_score": 420},
        ends="LoanNotGranted",
        reason="SCORE_TOO_LOW",
        actions=(*CHECKS, "write-refusal"),
    ),
    way(
        "loan_underwriting",
        "refused for fraud",
        GOOD | {"on_fraud_list": True},
        ends="LoanNotGranted",
        reason="FRAUD_SUSPECTED",
    ),
    way(
        "loan_underwriting",
        "refused for too little income",
        GOOD | {"monthly_income": 0},
        ends="LoanNotGranted",
        reason="BURDEN_TOO_HIGH",
    ),
    way(
        "loan_underwriting",
        "the called process throws: the payee is blocked",
        GOOD | {"payout_behaviour": "blocked"},
        ends="LoanStopped",
        reason="PAYEE_BLOCKED",
        actions=(*CHECKS, "screen-payee: PAYEE_BLOCKED"),
    ),
)

PAYOUTS = (
    way(
        "pay_out",
        "the money is sent",
        {"payee": "Robert", "amount": 100, "reference": "PAY-1"},
        ends="MoneySent",
        actions=("screen-payee", "transfer-money"),
    ),
)

CLAIMS = (
    way(
        "claims_processing",
        "three items, one of them visited",
        CLAIM | {"items": ITEMS},
        complete("InspectItem", inspected_amount=1500),
        ends="ItemAssessed ClaimSettled",
        actions=("load-claim", *["estimate-damage"] * 3, "screen-payee", "transfer-money"),
        visits={"ItemAssessed": 3, "InspectItem": 1},
    ),
    way(
        "claims_processing",
        "below the deductible: nothing is paid",
        CLAIM | {"items": ITEMS[1:], "deductible": 290},
        ends="ItemAssessed NothingPaid",
        reason="BELOW_DEDUCTIBLE",
        actions=("load-claim", "estimate-damage", "estimate-damage", "explain-result"),
    ),
    way(
        "claims_processing",
        "no items: nothing to assess, nothing to pay",
        CLAIM | {"item_count": 0},
        ends="NothingPaid",
        reason="BELOW_DEDUCTIBLE",
        actions=("load-claim", "explain-result"),
    ),
    way(
        "claims_processing",
        "the policy has lapsed",
        CLAIM | {"policy_behaviour": "lapsed"},
        ends="ClaimNotCovered",
        reason="POLICY_LAPSED",
        actions=("load-claim: POLICY_LAPSED",),
    ),
    way(
        "claims_processing",
        "the payee is blocked",
        CLAIM | {"item_count": 2, "visit_above": 10**6, "payout_behaviour": "blocked"},
        ends="ItemAssessed ClaimStopped",
        reason="PAYEE_BLOCKED",
    ),
)
