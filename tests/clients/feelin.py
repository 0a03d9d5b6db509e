"""FEEL by two implementations, ours and bpmn.io's `feelin`, on expressions made at random.

`python -m tests.clients.feelin 20000` compares so many and prints every difference that is not
known; the suite compares a few hundred.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from types import TracebackType
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from engine.expressions.feel import FeelError, compile_feel, feel_to_plain
from tests.clients.kit import HERE, javascript
from tests.engine.expressions.feel.generated import CONTEXT, expressions
from tests.engine.expressions.feel.kit import NOW
from web import bootstrap

DIFFERENCES: dict[str, str] = {
    r"years and months duration\(": "Table 76: whole months; feelin keeps the days",
    r"median\(": "Table 75: the middle of the sorted list; feelin sorts numbers as texts",
    r"\] = \[1, |\) = \[1, |[a-z] = \[1, ": "Table 42: lists of other lengths differ; feelin: null",
    r"(remove|list replace|insert before|sublist)\(": "Table 75: no position outside of the list",
    r" between ": "Table 56: low <= x and x <= high; feelin turns the ends around",
}
"""Where feelin departs from the standard: a pattern of the text, and the clause that is for us."""


class Feelin:
    """The other implementation, as a program that answers line by line."""

    def __enter__(self) -> Feelin:
        folder = javascript()
        script = folder / "feelin.mjs"
        shutil.copy(HERE / script.name, script)
        self._process = subprocess.Popen(
            [str(bootstrap.BIN / "node"), str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "CONTEXT": json.dumps(CONTEXT), "TZ": "UTC"},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=30)

    def evaluate(self, expression: str) -> Any:
        """The value as JSON has it; `error` for a text it does not read."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(expression) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return "error" if "error" in answer else answer["value"]


def ours(expression: str) -> Any:
    try:
        return feel_to_plain(compile_feel(expression).evaluate(CONTEXT, now=NOW))
    except FeelError:
        return "error"


def agree(one: Any, other: Any) -> bool:
    """Whether two results are the same; feelin computes with doubles, we with 34 digits."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return abs(float(one) - float(other)) <= 1e-9 * max(1.0, abs(float(one)))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(agree, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(agree(one[key], other[key]) for key in one)
    return bool(one == other)


def known(expression: str) -> bool:
    """Whether the expression has something in it that feelin is known to do otherwise."""
    return any(re.search(pattern, expression) for pattern in DIFFERENCES)


def main(count: int) -> None:
    found: list[str] = []
    tally: Counter[str] = Counter()
    with Feelin() as feelin:

        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(expressions)
        def compare(expression: str) -> None:
            one, other = ours(expression), feelin.evaluate(expression)
            if agree(one, other):
                tally["agree"] += 1
            elif known(expression):
                tally["known difference"] += 1
            else:
                tally["unknown difference"] += 1
                found.append(f"{expression}\n    ours   {one!r}\n    feelin {other!r}")

        compare()
    print("\n".join(sorted(found, key=len)[:40]))
    print(", ".join(f"{what} {number}" for what, number in tally.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
