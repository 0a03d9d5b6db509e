"""What happens between instances: called processes, messages and signals of the stories."""

from __future__ import annotations

from engine.testing import Play, Stage
from tests.processes.kit import Start
from tests.processes.ways.deciding import GOOD
from tests.processes.ways.waiting import PURCHASE

BLOCKED = {"payout_behaviour": "blocked"}


def only(stage: Stage, process_id: str) -> Play:
    (found,) = stage.instances(process_id)
    return found


def test_a_called_process_is_the_callers_child_and_gives_back_what_is_mapped(
    play: Start, stage: Stage
) -> None:
    loan = play("loan_underwriting", GOOD)

    child, parent = (stage.engine.instance(id).head for id in (only(stage, "pay-out").id, loan.id))
    assert (child.parent, child.state) == (loan.id, "completed")
    assert child.correlation_id == parent.correlation_id
    assert loan.variables["transfer_id"].startswith("TRF-")
    assert "payee_screened" not in loan.variables


def test_an_error_ends_the_called_process_and_reaches_the_caller(play: Start, stage: Stage) -> None:
    loan = play("loan_underwriting", GOOD | BLOCKED)

    child = only(stage, "pay-out")
    assert (child.state, child.reason) == ("failed", "PAYEE_BLOCKED")
    assert "PayeeBlocked" in child.path
    assert (loan.state, loan.reason) == ("failed", "PAYEE_BLOCKED")


def test_an_error_that_nobody_catches_is_an_incident_where_it_was_thrown(
    play: Start, stage: Stage
) -> None:
    payout = play("pay_out", {"payee": "x", "amount": 1, "reference": "PAY-1"} | BLOCKED)

    (incident,) = stage.engine.instance(payout.id).incidents
    assert incident.element == "PayeeBlocked"
    assert "PAYEE_BLOCKED" in incident.message
    assert payout.state == "active"


def test_buyer_and_seller_settle_by_messages_and_bookkeeping_hears_it(
    play: Start, stage: Stage
) -> None:
    buyer = play("purchase", PURCHASE)

    seller, bookkeeping = only(stage, "purchase-seller"), only(stage, "bookkeeping")
    assert (seller.path[-1], bookkeeping.path[-1]) == ("SaleDone", "PurchasePosted")
    assert bookkeeping.variables["order_id"] == "PO-1"
    assert bookkeeping.variables["delivery_note"] == buyer.variables["delivery_note"]


def test_a_refusal_reaches_the_buyer_and_bookkeeping_hears_nothing(
    play: Start, stage: Stage
) -> None:
    play("purchase", PURCHASE | {"seller_behaviour": "refuse"})

    assert only(stage, "purchase-seller").path[-1] == "RefuseOrder"
    assert stage.instances("bookkeeping") == []


def test_two_purchases_at_once_get_their_own_goods(play: Start, stage: Stage) -> None:
    one, other = (play("purchase", PURCHASE | {"order_id": key}) for key in ("PO-1", "PO-2"))

    sellers = {s.variables["order_id"]: s for s in stage.instances("purchase-seller")}
    assert set(sellers) == {"PO-1", "PO-2"}
    for buyer, key in ((one, "PO-1"), (other, "PO-2")):
        assert buyer.variables["delivery_note"] == sellers[key].variables["delivery_note"]
    assert one.variables["delivery_note"] != other.variables["delivery_note"]
