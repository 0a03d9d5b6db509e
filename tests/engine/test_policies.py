"""How often a job is tried, and when again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.errors import Invalid
from engine.policies import Declared, parse_backoff, policy_for


def pauses(text: str, failures: int = 6) -> list[float]:
    backoff = parse_backoff(text)
    return [backoff.after(n).total_seconds() for n in range(1, failures + 1)]


def test_a_fixed_pause_is_the_same_each_time() -> None:
    assert pauses("PT10S", 3) == [10, 10, 10]


def test_a_list_gives_one_pause_a_retry_and_so_the_number_of_tries() -> None:
    assert pauses("PT1M,PT5M", 4) == [60, 300, 300, 300]
    assert policy_for({"retry_cycle": "PT1M,PT5M"}, None).retries == 3


def test_a_repeating_interval_gives_the_number_of_tries() -> None:
    policy = policy_for({"retry_cycle": "R5/PT10S"}, None)
    assert (policy.retries, policy.backoff.after(4)) == (5, timedelta(seconds=10))


def test_a_growing_pause_doubles_up_to_its_cap_and_never_goes_in_step() -> None:
    found = pauses("PT1S*2^n PT10S", 8)
    for pause, most in zip(found, [1, 2, 4, 8, 10, 10, 10, 10], strict=True):
        assert 0.8 * most <= pause <= most
    assert len(set(pauses("PT1S*2^n PT10S", 8)[4:])) == 4
    assert pauses("PT1S*2^n", 5_000)[-1] <= 60


@pytest.mark.parametrize("text", ["", "10", "PT", "soon", "-PT5S", "R/PT5S", "PT1S*x^n", "PT1M,,"])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="would do"):
        parse_backoff(text)


@pytest.mark.parametrize(
    ("model", "handler", "values", "origin"),
    [
        ({}, None, (3, "PT1S*2^n PT1M", 300), ("default", "default", "default")),
        ({}, Declared(retries=5), (5, "PT1S*2^n PT1M", 300), ("handler", "default", "default")),
        (
            {"retries": 2, "timeout": "PT5S"},
            Declared(retries=5, backoff="PT2S", timeout=timedelta(hours=1)),
            (2, "PT2S", 5),
            ("model", "handler", "model"),
        ),
        (
            {"backoff": "PT3S"},
            Declared(backoff="PT1M,PT5M"),
            (3, "PT3S", 300),
            ("handler", "model", "default"),
        ),
        ({"backoff": "soon"}, None, (3, "PT1S*2^n PT1M", 300), ("default",) * 3),
        ({"retries": 0}, None, (1, "PT1S*2^n PT1M", 300), ("model", "default", "default")),
    ],
)
def test_the_model_beats_the_handler_beats_the_defaults(
    model: dict[str, Any], handler: Declared | None, values: Any, origin: Any
) -> None:
    policy = policy_for(model, handler)
    found = (policy.retries, policy.backoff.text, policy.timeout.total_seconds())
    assert found == values
    assert tuple(policy.origin.values()) == origin
