"""The handlers' ledger: one effect a key, every call counted, nothing lost when a process dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from processes import ledger
from processes.ledger import Answer, Call, Counts, Done, Ledger, Refused


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    book = Ledger(tmp_path / "ledger.sqlite")
    yield book
    book.close()


def done(**variables: object) -> Answer:
    return Done(variables=variables)


def test_a_repeated_call_gets_the_first_answer_and_has_no_effect(book: Ledger) -> None:
    first = book.call(Call(key="1", action="reserve"), lambda _: done(id="A"))
    second = book.call(Call(key="1", action="reserve", attempt=2), lambda _: done(id="B"))

    assert (first.is_repeated, second.is_repeated) == (False, True)
    assert first.answer == second.answer == done(id="A")
    assert [e.answer for e in book.effects()] == [done(id="A")]
    assert book.counts() == {"reserve": Counts(entered=1, repeated=1)}


def test_a_refusal_is_an_answer_and_stays_the_same(book: Ledger) -> None:
    refused = Refused(code="DECLINED", message="no")
    book.call(Call(key="1", action="pay"), lambda _: refused)

    assert book.call(Call(key="1", action="pay"), lambda _: done()).answer == refused
    assert book.counts() == {"pay": Counts(entered=1, repeated=1, refused=1)}


def test_a_failed_call_is_counted_and_leaves_no_effect(book: Ledger) -> None:
    told = []

    def decide(failed: int) -> Answer:
        told.append(failed)
        if failed < 2:
            raise ConnectionError
        return done()

    for _ in range(2):
        with pytest.raises(ConnectionError):
            book.call(Call(key="1", action="ship"), decide)
    assert book.effects() == []

    book.call(Call(key="1", action="ship"), decide)

    assert told == [0, 1, 2]
    assert book.counts() == {"ship": Counts(entered=1, failed=2)}


def test_effects_are_numbered_in_the_order_in_which_they_happened(book: Ledger) -> None:
    for key, action, order in (("b", "reserve", "o1"), ("a", "pay", "o2"), ("c", "pay", "o1")):
        book.call(Call(key=key, action=action, business_key=order), lambda _: done())

    assert [e.key for e in book.effects()] == ["b", "a", "c"]
    assert [e.key for e in book.effects(business_key="o1")] == ["b", "c"]
    assert [e.key for e in book.effects(action="pay", business_key="o1")] == ["c"]


def test_money_is_kept_to_the_cent(book: Ledger) -> None:
    book.call(Call(key="1", action="pay"), lambda _: done(amount=Decimal("0.10"), count=2**70))

    assert book.effects()[0].answer == done(amount=Decimal("0.10"), count=2**70)


def test_threads_that_call_with_one_key_have_one_effect(book: Ledger) -> None:
    keys = [str(n % 10) for n in range(200)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda k: book.call(Call(key=k, action="pay"), lambda _: done()), keys))

    assert book.counts() == {"pay": Counts(entered=10, repeated=190)}


def test_two_processes_share_one_book(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    one, other = Ledger(path), Ledger(path)
    one.call(Call(key="1", action="pay"), lambda _: done(by="one"))

    assert other.call(Call(key="1", action="pay"), lambda _: done(by="other")).answer == done(
        by="one"
    )
    one.close()
    other.close()


def test_what_a_call_returned_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    program = (
        "import sys\n"
        "from processes.ledger import Call, Done, Ledger\n"
        "book = Ledger(sys.argv[1])\n"
        "for n in range(10**6):\n"
        "    book.call(Call(key=str(n), action='pay'), lambda _: Done())\n"
        "    print(n, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        answered = [int(child.stdout.readline()) for _ in range(50)]
        os.kill(child.pid, signal.SIGKILL)

    book = Ledger(path)
    keys = {e.key for e in book.effects()}
    book.close()
    assert {str(n) for n in answered} <= keys


def test_handlers_share_the_book_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ledger.ENVIRONMENT, str(tmp_path / "deep" / "book.sqlite"))
    try:
        assert ledger.shared() is ledger.shared()
        assert ledger.shared().path == tmp_path / "deep" / "book.sqlite"
    finally:
        ledger.close_shared()
