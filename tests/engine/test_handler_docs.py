"""What handlers say of themselves."""

from __future__ import annotations

from typing import Any, TypedDict

from engine import Engine, Handlers, Job
from engine.connectors import HttpConnector


class Paid(TypedDict):
    receipt: str


def test_a_handler_tells_its_purpose_what_it_reads_and_what_it_answers() -> None:
    handlers = Handlers()

    @handlers("pay", retries=5)
    def pay(job: Job) -> dict[str, Any]:
        """Pay what is owed.

        More is not told.
        """
        amount = job.variables["amount"]
        return {"paid": amount} if job.variables.get("now") else {"owed": amount}

    (told,) = Engine(handlers=handlers).job_descriptions()
    assert (told.type, told.summary, told.retries) == ("pay", "Pay what is owed.", 5)
    assert [one.name for one in told.inputs] == ["amount", "now"]
    assert [one.name for one in told.outputs] == ["paid", "owed"]


def test_what_is_fetched_and_the_annotation_come_first() -> None:
    def pay(job: Job) -> Paid:
        return Paid(receipt=str(job.key))

    handlers = Handlers()
    handlers.add("pay", pay, fetch=("amount",))  # type: ignore[arg-type]
    (told,) = Engine(handlers=handlers).job_descriptions()
    assert [one.name for one in told.inputs] == ["amount"]
    assert [one.name for one in told.outputs] == ["receipt"]
    assert told.summary == ""


def test_what_has_no_source_is_told_by_its_type_alone() -> None:
    handlers = Handlers()
    handlers.add("upper", dict)
    (told,) = Engine(handlers=handlers).job_descriptions()
    assert (told.type, told.inputs, told.outputs) == ("upper", [], [])


def test_a_connector_describes_itself() -> None:
    handlers = Handlers()
    HttpConnector([]).register(handlers, "rest")
    (told,) = Engine(handlers=handlers).job_descriptions()
    assert told.type == "rest"
    assert told.inputs[0].is_required
    assert "GET" in told.inputs[1].choices
    assert [one.name for one in told.headers] == ["result", "answer", "errors"]
