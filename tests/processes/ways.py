"""The ways that each story can go, one for every end event at least."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.processes.kit import Act, Way, complete, retry, tell, wait

ORDER = {"order_id": "ORD-1", "item": "metronome", "quantity": 2, "unit_price": 49.9}
TRIP = {"trip_id": "TRIP-1", "traveller": "Felix", "price": 1280}
LOAN = {"application_id": "LOAN-1", "applicant": "Fanny", "amount": 20000, "monthly_income": 4000}
PATIENT = {"patient_id": "PAT-1", "patient_name": "Johannes", "complaint": "cough"}
CLAIM = {"claim_id": "CLM-1", "claimant": "Gustav", "deductible": 150, "visit_above": 1000}
INVOICE = {"invoice_id": "INV-1", "debtor": "Richard", "amount": 350}
PURCHASE = {"order_id": "PO-1", "goods": "paper", "quantity": 20}

RESERVED = ("validate-order", "reserve-stock")
AUTHORISED = (*RESERVED, "authorise-payment")
TWO_BOOKED = ("book-flight", "book-hotel")
CHECKS = ("check-credit", "verify-income", "screen-for-fraud")
ITEMS = [
    {"name": "violin", "price": 1800, "damage_percent": 100},
    {"name": "camera", "price": 400, "damage_percent": 50},
    {"name": "sofa", "price": 900, "damage_percent": 10},
]
SECONDS_OF_BACKOFF = 1


def way(
    story: str,
    name: str,
    variables: Mapping[str, Any],
    *acts: Act,
    ends: str,
    reason: str | None = None,
    actions: tuple[str, ...] | None = None,
    visits: Mapping[str, int] | None = None,
) -> Way:
    return Way(
        story=story,
        name=name,
        variables=variables,
        acts=acts,
        ends=frozenset(ends.split()),
        reason=reason,
        actions=actions,
        visits=visits or {},
    )


ORDERS = (
    way(
        "order_fulfilment",
        "everything works",
        ORDER,
        ends="ParcelOnItsWay OrderFulfilled",
        actions=(*AUTHORISED, "book-carrier", "hand-over-parcel"),
    ),
    way(
        "order_fulfilment",
        "declined: the stock is released",
        ORDER | {"payment_behaviour": "decline"},
        ends="OrderFailed",
        reason="PAYMENT_DECLINED",
        actions=(*RESERVED, "authorise-payment: PAYMENT_DECLINED", "release-stock"),
    ),
    way(
        "order_fulfilment",
        "undeliverable: payment, then stock are undone",
        ORDER | {"shipping_behaviour": "undeliverable"},
        ends="OrderFailed",
        reason="UNDELIVERABLE",
        actions=(
            *AUTHORISED,
            "book-carrier",
            "hand-over-parcel: UNDELIVERABLE",
            "void-payment",
            "release-stock",
        ),
    ),
    way(
        "order_fulfilment",
        "out of stock: nothing to undo",
        ORDER | {"stock_behaviour": "out_of_stock"},
        ends="OrderNotStocked",
        reason="OUT_OF_STOCK",
        actions=("validate-order", "reserve-stock: OUT_OF_STOCK"),
    ),
    way(
        "order_fulfilment",
        "not valid",
        ORDER | {"quantity": 0},
        ends="OrderRejected",
        reason="INVALID_ORDER",
        actions=("validate-order: INVALID_ORDER",),
    ),
    way(
        "order_fulfilment",
        "slow: the customer is told, the parcel goes on",
        ORDER | {"shipping_behaviour": "slow"},
        wait(10),
        wait(15),
        ends="CustomerTold ParcelOnItsWay OrderFulfilled",
        actions=(*AUTHORISED, "book-carrier", "notify-customer", "hand-over-parcel"),
    ),
    way(
        "order_fulfilment",
        "the card issuer is down until an operator retries",
        ORDER | {"payment_behaviour": "down"},
        wait(2 * SECONDS_OF_BACKOFF),
        retry,
        ends="ParcelOnItsWay OrderFulfilled",
        actions=(*AUTHORISED, "book-carrier", "hand-over-parcel"),
    ),
    way(
        "order_fulfilment",
        "undoing needs a second try",
        ORDER | {"payment_behaviour": "decline", "undo_behaviour": "flaky"},
        wait(SECONDS_OF_BACKOFF),
        ends="OrderFailed",
        reason="PAYMENT_DECLINED",
        actions=(*RESERVED, "authorise-payment: PAYMENT_DECLINED", "release-stock"),
    ),
)

TRIPS = (
    way(
        "travel_booking",
        "everything works",
        TRIP,
        ends="TripBookable TripBooked",
        actions=(*TWO_BOOKED, "book-car", "charge-traveller"),
    ),
    way(
        "travel_booking",
        "no car: hotel, then flight are cancelled",
        TRIP | {"car_behaviour": "sold_out"},
        ends="BookingsCancelled TripNotBooked",
        reason="NO_CAR",
        actions=(
            *TWO_BOOKED,
            "book-car: NO_CAR",
            "cancel-hotel",
            "cancel-flight",
            "tell-traveller",
        ),
    ),
    way(
        "travel_booking",
        "no hotel: the flight is cancelled",
        TRIP | {"hotel_behaviour": "sold_out"},
        ends="BookingsCancelled TripNotBooked",
        reason="NO_HOTEL",
        actions=("book-flight", "book-hotel: NO_HOTEL", "cancel-flight", "tell-traveller"),
    ),
    way(
        "travel_booking",
        "no flight: nothing to cancel",
        TRIP | {"flight_behaviour": "sold_out"},
        ends="NothingBooked TripNotBooked",
        reason="NO_FLIGHT",
        actions=("book-flight: NO_FLIGHT", "tell-traveller"),
    ),
    way(
        "travel_booking",
        "the card is declined: the completed sub-process is undone",
        TRIP | {"charge_behaviour": "decline"},
        ends="TripBookable TripNotPaid",
        reason="CARD_DECLINED",
        actions=(
            *TWO_BOOKED,
            "book-car",
            "charge-traveller: CARD_DECLINED",
            "cancel-car",
            "cancel-hotel",
            "cancel-flight",
        ),
    ),
    way(
        "travel_booking",
        "cancelling stands still until an operator retries, then goes on in order",
        TRIP | {"car_behaviour": "sold_out", "undo_behaviour": "down"},
        wait(2 * SECONDS_OF_BACKOFF),
        retry,
        wait(2 * SECONDS_OF_BACKOFF),
        retry,
        ends="BookingsCancelled TripNotBooked",
        reason="NO_CAR",
        actions=(
            *TWO_BOOKED,
            "book-car: NO_CAR",
            "cancel-hotel",
            "cancel-flight",
            "tell-traveller",
        ),
    ),
)

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

TRIAGED = complete("RegisterPatient", patient_name="Johannes")
DISCHARGED = complete("SeeDoctor", diagnosis="a cold", admit=False)
PATIENTS = (
    way(
        "patient_intake",
        "no examination needed",
        PATIENT,
        TRIAGED,
        complete("TriagePatient", needs_blood=False, needs_xray=False, needs_ecg=False),
        DISCHARGED,
        ends="PatientDischarged",
        actions=(),
    ),
    way(
        "patient_intake",
        "two examinations, the doctor waits for both",
        PATIENT,
        TRIAGED,
        complete("TriagePatient", needs_blood=True, needs_xray=False, needs_ecg=True),
        complete("TakeBlood", sample_number="S-1"),
        complete("RecordEcg", ecg_finding="sinus"),
        DISCHARGED,
        ends="PatientDischarged",
        actions=("analyse-sample",),
        visits={"TakeXray": 0, "SeeDoctor": 1},
    ),
    way(
        "patient_intake",
        "all examinations, then a bed",
        PATIENT,
        TRIAGED,
        complete("TriagePatient", needs_blood=True, needs_xray=True, needs_ecg=True),
        complete("RecordEcg", ecg_finding="arrhythmia"),
        complete("TakeXray", xray_finding="clear"),
        complete("TakeBlood", sample_number="S-1"),
        complete("SeeDoctor", diagnosis="arrhythmia", admit=True),
        ends="PatientAdmitted",
        actions=("analyse-sample", "find-bed"),
        visits={"SeeDoctor": 1},
    ),
    way(
        "patient_intake",
        "leaves in the middle of the examinations",
        PATIENT,
        TRIAGED,
        complete("TriagePatient", needs_blood=True, needs_xray=True, needs_ecg=False),
        tell("PatientLeft", "PAT-1"),
        ends="PatientLeft",
        reason="LEFT_EARLY",
        actions=("close-file",),
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

PAID = tell("PaymentReceived", "INV-1")
INVOICES = (
    way(
        "invoice_chaser",
        "paid at once",
        INVOICE,
        PAID,
        ends="InvoiceSettled",
        actions=("send-invoice", "book-payment"),
    ),
    way(
        "invoice_chaser",
        "another invoice's payment changes nothing",
        INVOICE,
        tell("PaymentReceived", "INV-2"),
        wait(10),
        PAID,
        ends="ReminderSent InvoiceSettled",
        visits={"ReminderSent": 1},
    ),
    way(
        "invoice_chaser",
        "reminded three times, dunned, paid at last",
        INVOICE,
        wait(35),
        PAID,
        ends="ReminderSent InvoiceSettled",
        actions=(
            "send-invoice",
            *["send-reminder"] * 3,
            "send-dunning-letter",
            "book-payment",
        ),
        visits={"ReminderSent": 3},
    ),
    way(
        "invoice_chaser",
        "reminded twice as the form says, then handed over",
        INVOICE | {"reminder_cycle": "R2/PT5S"},
        wait(35),
        wait(30),
        ends="ReminderSent DebtHandedOver",
        reason="DEBT_COLLECTION",
        actions=(
            "send-invoice",
            *["send-reminder"] * 2,
            "send-dunning-letter",
            "hand-to-collection",
        ),
        visits={"ReminderSent": 2},
    ),
)

PURCHASES = (
    way(
        "purchase",
        "the seller delivers",
        PURCHASE,
        ends="PurchaseSettled",
        actions=("check-order", "pack-goods", "check-goods", "post-purchase"),
    ),
    way(
        "purchase",
        "the seller refuses",
        PURCHASE | {"seller_behaviour": "refuse"},
        ends="PurchaseFailed",
        reason="REFUSED_BY_SELLER",
        actions=("check-order",),
    ),
)

WAYS = (*ORDERS, *TRIPS, *LOANS, *PAYOUTS, *PATIENTS, *CLAIMS, *INVOICES, *PURCHASES)
