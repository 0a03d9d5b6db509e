"""The official DMN test kit, as far as it lies beside this repository (its licence lies with it).

`python -m tests.engine.decisions.test_kit` prints the table alone; KAPELLMEISTER_DMN_TCK names
another folder with the kit's levels in it.
"""

from __future__ import annotations

import functools
import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bpmn.dmn import read_dmn
from engine.decisions import DecisionError, Decisions
from engine.expressions.feel import FeelError
from tests.engine.decisions.tck import Case, cases_of, is_expected

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "models" / "dmn-tck"
KIT = Path(os.environ.get("KAPELLMEISTER_DMN_TCK", BESIDE))
NOW = datetime(2030, 1, 31, 12, 30, tzinfo=UTC)
AIM = 0.995

pytestmark = pytest.mark.skipif(not KIT.is_dir(), reason="the test kit is not here")


@functools.cache
def cases() -> dict[str, list[Case]]:
    """All cases by folder."""
    found: dict[str, list[Case]] = defaultdict(list)
    if KIT.is_dir():
        for case in cases_of(KIT):
            found[f"{case.level}/{case.folder}"].append(case)
    return found


@functools.lru_cache(maxsize=8)
def decisions_of(model: Path) -> tuple[Decisions, str]:
    """The model with those that lie beside it, and its namespace."""
    beside = sorted(path for path in model.parent.rglob("*.dmn") if path != model)
    models = [read_dmn(path.read_bytes()) for path in (model, *beside)]
    return Decisions(*models), models[0].namespace


def failure(case: Case) -> str | None:
    """The class of a failure; none where the result is as expected."""
    decisions, namespace = decisions_of(case.model)
    try:
        result = decisions.evaluate(
            case.invocable or case.node, case.inputs, namespace=namespace, now=NOW
        )
    except (DecisionError, FeelError) as error:
        return f"raised {type(error).__name__}"
    value = result.value
    if case.invocable and isinstance(value, dict) and case.node in value:
        value = value[case.node]
    if is_expected(value, case.expected):
        return None
    if case.has_no_value:
        return "a value instead of null"
    return "null instead of a value" if value is None else "another value"


@functools.cache
def failures(folder: str) -> tuple[str, ...]:
    """What fails, each with its class."""
    return tuple(
        f"{case}: {found}" for case in cases()[folder] if (found := failure(case)) is not None
    )


@functools.cache
def failed(folder: str) -> frozenset[str]:
    return frozenset(text.rpartition(": ")[0] for text in failures(folder))


def table() -> str:
    """Passed and all cases by level; a value expected apart from null expected."""
    counts: dict[tuple[str, bool], list[int]] = defaultdict(lambda: [0, 0])
    for folder, found in cases().items():
        for case in found:
            count = counts[case.level, case.has_no_value]
            count[0] += str(case) not in failed(folder)
            count[1] += 1
    lines = [f"{'level':10} {'value expected':>16} {'null expected':>16}"]
    for level in sorted({level for level, _ in counts}):
        value, null = counts[level, False], counts[level, True]
        lines.append(f"{level:10} {value[0]:>8}/{value[1]:<7} {null[0]:>8}/{null[1]:<7}")
    classes: dict[str, list[str]] = defaultdict(list)
    for folder in cases():
        for text in failures(folder):
            case, _, found = text.rpartition(": ")
            classes[found].append(case)
    lines.append("" if classes else "no failures")
    for found, failing in sorted(classes.items()):
        lines += [f"{found}: {len(failing)}", *(f"    {case}" for case in failing)]
    return "\n".join(lines)


@pytest.mark.parametrize("folder", sorted(cases()))
def test_kit_folder_passes(folder: str) -> None:
    assert not failures(folder)


@pytest.mark.parametrize("has_no_value", [False, True], ids=["value expected", "null expected"])
def test_kit_as_a_whole_reaches_the_aim(has_no_value: bool) -> None:
    chosen = [
        (folder, case)
        for folder, found in cases().items()
        for case in found
        if case.has_no_value is has_no_value
    ]
    passed = sum(str(case) not in failed(folder) for folder, case in chosen)
    assert passed >= AIM * len(chosen), table()


if __name__ == "__main__":
    print(table())
