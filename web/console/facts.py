"""What is drawn on a diagram: plain data by element id and by sequence flow id."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine import ElementStatistics, InstanceView, Problem


def of_instance(view: InstanceView, selected: str | None) -> dict[str, Any]:
    """One instance: tokens, waits and incidents now; visits and flows taken, as recorded."""
    elements: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for name, counts in [
        ("visits", view.path.nodes),
        ("completed", view.path.completed),
        ("cancelled", view.path.cancelled),
        ("compensated", view.path.compensated),
        ("tokens", Counter(token.element for token in view.tokens)),
        ("waits", Counter(token.element for token in view.tokens if token.waits)),
        ("incidents", Counter(one.element for one in view.incidents if one.element)),
    ]:
        for element, count in counts.items():
            elements[element][name] = count
    for fact in elements.values():
        if fact.get("visits", 0) > 1:
            fact["count"] = f"{fact['visits']}×"
            fact["countTitle"] = f"entered {fact['visits']} times"
    return {"elements": elements, "flows": dict(view.path.flows), "selected": selected}


def of_definition(statistics: Iterable[ElementStatistics], selected: str | None) -> dict[str, Any]:
    """All instances of one version: who is where now, and how many came through."""
    elements = {
        one.element: {
            "tokens": one.tokens,
            "incidents": one.incidents,
            "count": one.completed or None,
            "countTitle": f"completed {one.completed} times",
        }
        for one in statistics
    }
    return {"elements": elements, "flows": {}, "selected": selected}


def of_problems(problems: Iterable[Problem]) -> dict[str, Any]:
    """What stands against a file, on the elements it is about."""
    elements: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for problem in problems:
        if problem.element:
            kind = "errors" if problem.severity == "error" else "warnings"
            elements[problem.element][kind] += 1
    return {"elements": elements, "flows": {}, "selected": None}
