"""What happens between instances: called processes, messages and signals of the stories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine import Engine, InstanceQuery, InstanceSummary
from tests.processes.kit import Play
from tests.processes.ways import GOOD, PURCHASE

Start = Callable[[str, Mapping[str, Any]], Play]


def only(engine: Engine, process_id: str) -> InstanceSummary:
    (found,) = engine.instances(InstanceQuery(process_ids=(process_id,))).items
    return found


def visits(engine: Engine, process_id: str) -> Mapping[str, int]:
    return engine.instance(only(engine, process_id).id).path.nodes


def test_a_called_process_is_the_callers_child_and_gives_back_what_is_mapped(play: Start) -> None:
    loan = play("loan_underwriting", GOOD)

    child = only(loan.engine, "pay-out")
    assert (child.parent, child.state) == (loan.id, "completed")
    assert child.correlation_id == loan.head.correlation_id
    assert loan.variables()["transfer_id"].startswith("TRF-")
    assert "payee_screened" not in loan.variables()


def test_an_error_ends_the_called_process_and_reaches_the_caller(play: Start) -> None:
    loan = play("loan_underwriting", GOOD | {"payout_behaviour": "blocked"})

    child = only(loan.engine, "pay-out")
    assert (child.state, child.reason) == ("failed", "PAYEE_BLOCKED")
    assert visits(loan.engine, "pay-out")["PayeeBlocked"] == 1
    assert (loan.head.state, loan.head.reason) == ("failed", "PAYEE_BLOCKED")


def test_an_error_that_nobody_catches_is_an_incident_where_it_was_thrown(play: Start) -> None:
    payout = play("pay_out", {"payee": "x", "amount": 1, "reference": "PAY-1"} | BLOCKED)

    (incident,) = payout.incidents
    assert incident.element == "PayeeBlocked"
    assert "PAYEE_BLOCKED" in incident.message
    assert payout.head.state == "active"


BLOCKED = {"payout_behaviour": "blocked"}


def test_buyer_and_seller_settle_by_messages_and_bookkeeping_hears_it(play: Start) -> None:
    buyer = play("purchase", PURCHASE)

    assert visits(buyer.engine, "purchase-seller")["SaleDone"] == 1
    assert visits(buyer.engine, "bookkeeping")["PurchasePosted"] == 1
    posted = buyer.engine.variables(only(buyer.engine, "bookkeeping").id)[0].variables
    assert posted["order_id"] == "PO-1"
    assert posted["delivery_note"] == buyer.variables()["delivery_note"]


def test_a_refusal_reaches_the_buyer_and_bookkeeping_hears_nothing(play: Start) -> None:
    buyer = play("purchase", PURCHASE | {"seller_behaviour": "refuse"})

    assert visits(buyer.engine, "purchase-seller")["RefuseOrder"] == 1
    assert buyer.engine.instances(InstanceQuery(process_ids=("bookkeeping",))).items == []


def test_two_purchases_at_once_get_their_own_goods(play: Start) -> None:
    one, other = (play("purchase", PURCHASE | {"order_id": key}) for key in ("PO-1", "PO-2"))

    notes = {it.variables()["delivery_note"] for it in (one, other)}
    assert len(notes) == 2
    sellers = one.engine.instances(InstanceQuery(process_ids=("purchase-seller",))).items
    assert {one.engine.variables(s.id)[0].variables["order_id"] for s in sellers} == {
        "PO-1",
        "PO-2",
    }
