"""What is drawn on a diagram: plain data by element id and by sequence flow id."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from web.console.language import ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine import Difference, ElementStatistics, InstanceView, Review
    from web.console.past import Moment


def of_instance(
    view: InstanceView,
    selected: str | None,
    *,
    unserved: Mapping[str, Sequence[str]] | None = None,
    around: Counter[str] | None = None,
) -> dict[str, Any]:
    """One instance: tokens, waits and incidents now; visits and flows taken, as recorded.

    `unserved`: what is said of work that nobody asks for, by element.
    `around`: visits that only hold a loop whose iterations are visits, too.
    """
    loops = {scope.id for scope in view.variables if scope.kind == "loop"}
    counted = _without_loops([(one.element, one.scope) for one in view.tokens], loops)
    drawn = _drawn(
        [
            ("visits", _iterations(view.path.nodes, around)),
            ("completed", view.path.completed),
            ("cancelled", view.path.cancelled),
            ("compensated", view.path.compensated),
            ("tokens", counted),
            ("waits", Counter(token.element for token in view.tokens if token.waits)),
            ("incidents", Counter(one.element for one in view.incidents if one.element)),
            ("suspended", counted if view.head.suspended else {}),
        ],
        view.path.flows,
        selected,
    )
    for element, said in (unserved or {}).items():
        drawn["elements"][element]["unserved"] = said[0]
    return drawn


def of_moment(
    moment: Moment, selected: str | None, around: Counter[str] | None = None
) -> dict[str, Any]:
    """One instance as it was."""
    loops = {scope.id for scope in moment.scopes.values() if scope.kind == "loop"}
    tokens = [(one.element, one.scope or 0) for one in moment.tokens.values()]
    waiting = {wait.token for wait in moment.waits.values()}
    waits = Counter(one.element for one in moment.tokens.values() if one.id in waiting)
    return _drawn(
        [
            ("visits", _iterations(moment.entered, around)),
            ("completed", moment.completed),
            ("cancelled", moment.cancelled),
            ("compensated", moment.compensated),
            ("tokens", _without_loops(tokens, loops)),
            ("waits", waits),
            ("incidents", Counter(moment.incidents.values())),
        ],
        moment.flows,
        selected,
    )


def _iterations(visits: Mapping[str, int], around: Counter[str] | None) -> dict[str, int]:
    """Visits by element; those that hold a loop are not counted beside its iterations."""
    return {
        one: max(count - around[one], 1) if around and one in around else count
        for one, count in visits.items()
    }


def _without_loops(tokens: Iterable[tuple[str, int]], loops: set[int]) -> Counter[str]:
    """Tokens by element; where a loop's iterations are counted, the loop's own token is not."""
    inner = Counter(element for element, scope in tokens if scope in loops)
    outer = Counter(element for element, scope in tokens if scope not in loops)
    for element in inner:
        del outer[element]
    return inner + outer


def _drawn(
    counted: Iterable[tuple[str, Mapping[str, int]]],
    flows: Mapping[str, int],
    selected: str | None,
) -> dict[str, Any]:
    elements: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for name, counts in counted:
        for element, count in counts.items():
            elements[element][name] = count
    for fact in elements.values():
        if fact.get("visits", 0) > 1:
            fact["count"] = f"{fact['visits']}×"
            fact["countTitle"] = ngettext("entered once", "entered %(num)s times", fact["visits"])
    return {"elements": elements, "flows": dict(flows), "selected": selected}


def of_tokens(statistics: Iterable[ElementStatistics]) -> dict[str, Any]:
    """All instances of one version: who is where now, and nothing else."""
    elements = {
        one.element: {"tokens": one.tokens, "incidents": one.incidents}
        for one in statistics
        if one.tokens or one.incidents
    }
    return {"elements": elements, "flows": {}, "selected": None}


def of_definition(statistics: Iterable[ElementStatistics], selected: str | None) -> dict[str, Any]:
    """All instances of one version: who is where now, and how many came through."""
    elements = {
        one.element: {
            "tokens": one.tokens,
            "incidents": one.incidents,
            "count": one.completed or None,
            "countTitle": ngettext("completed once", "completed %(num)s times", one.completed),
        }
        for one in statistics
    }
    return {"elements": elements, "flows": {}, "selected": selected}


def of_review(review: Review, file: str | None) -> dict[str, Any]:
    """What stands against a file, and what it changes, on the elements it is about."""
    elements: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for process in review.processes:
        if process.file == file:
            for one in process.differences:
                elements[one.element]["change"] = one.how
    for problem in review.problems:
        if problem.element and problem.file in (file, None):
            fact = elements[problem.element]
            kind = "errors" if problem.severity == "error" else "warnings"
            fact[kind] = fact.get(kind, 0) + 1
    return {"elements": elements, "flows": {}, "selected": None}


def of_differences(found: Iterable[Difference], *, is_old: bool) -> dict[str, Any]:
    """One of two versions: the older has what was removed, the newer what was added."""
    unseen = "added" if is_old else "removed"
    elements = {one.element: {"change": one.how} for one in found if one.how != unseen}
    return {"elements": elements, "flows": {}, "selected": None}
