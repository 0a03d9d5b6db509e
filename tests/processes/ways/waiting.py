"""Patients, invoices and purchases: what is waited for."""

from __future__ import annotations

from tests.processes.kit import complete, tell, wait
from tests.processes.ways.way import way

PATIENT = {"patient_id": "PAT-1", "patient_name": "Johannes", "complaint": "cough"}

INVOICE = {"invoice_id": "INV-1", "debtor": "Richard", "amount": 350}

PURCHASE = {"order_id": "PO-1", "goods": "paper", "quantity": 20}

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
