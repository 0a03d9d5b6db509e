"""Modify mode: moving tokens by hand. The plan stands in the address; nothing runs before it is
applied, and what it would do is found by doing it without keeping it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from engine import BatchOrder, Effect, EngineError, InstanceView, Modification, Refused, TokenView
from web.console import calls, extent, facts, forms, held
from web.console.blueprint import ID, page
from web.console.language import _
from web.console.names import Names
from web.console.rendering import actor, engine, render
from web.query import is_id

PART, STEP = "~", ","
"""What parts a step's words, and steps; no id of an element holds either."""
EVERY = "@"
"""Before an element: all tokens that are in it."""
MOST = 50


class Step(Struct, frozen=True, kw_only=True):
    """One step of the plan."""

    instruction: Modification
    sentence: str
    without: str
    """The plan without this step."""


@page(f"/instances/{ID}/modify", "operate")
def modify(id: int) -> ResponseReturnValue:
    """The diagram, the plan, and what would become of it."""
    return _show(id, request.args.get("plan", ""))


@page(f"/instances/{ID}/modify", "operate", "POST")
def apply_modification(id: int) -> ResponseReturnValue:
    """Carries the plan out, once the undo window is over."""
    plan = request.form.get("plan", "")
    reason = request.form.get("reason", "").strip()
    field = forms.variables_field()
    values = forms.read_object(field, {field.key: [request.form.get("variables", "{}")]})
    view = engine().instance(id)
    steps = read_plan(view, plan, Names(engine()).all_of(view.head.definition))
    if field.wrong or not reason or not steps:
        wrong = _("Say why: the reason is kept in the history.")
        if field.wrong:
            wrong = _("The JSON %(wrong)s.", wrong=field.wrong)
        if not steps:
            wrong = _("The plan is empty: choose what is to be done first.")
        return _show(id, plan, wrong=wrong, status=422)
    first = [Modification(verb="set_variables", variables=values)] if values else []
    instructions = [*first, *(step.instruction for step in steps)]
    try:
        engine().modify(id, instructions, reason=reason, by=actor(), dry_run=True)
        order = BatchOrder(kind="modify", instructions=instructions)
        held.hold(id, order, reason, request.form.get("key") or None)
    except EngineError as error:
        return _show(id, plan, wrong=str(error), status=409)
    return redirect(url_for("console.instance", id=id), 303)


def _show(
    id: int, plan: str, *, wrong: str = "", status: int = 200
) -> tuple[str, int, dict[str, str]]:
    view = engine().instance(id)
    names = Names(engine()).all_of(view.head.definition)
    steps = read_plan(view, plan, names)
    effect, problems = _tried(id, steps)
    selected = request.args.get("el")
    ratio = extent.ratio(engine().diagram(view.head.definition))
    drawn = facts.of_instance(view, selected)
    if effect is not None:
        for element, count in Counter(place.element for place in effect.after).items():
            now = sum(1 for place in effect.before if place.element == element)
            if count > now:
                drawn["elements"][element]["planned"] = count - now
    movable = [token for token in view.tokens if token.element in names]
    return render(
        "modify.html",
        status,
        view=view,
        head=view.head,
        elements=names,
        selected=selected if selected in names else None,
        standing=[token for token in movable if token.element == selected],
        elsewhere=_elsewhere(movable, selected),
        steps=steps,
        plan=STEP.join(map(_word, (step.instruction for step in steps))),
        effect=effect,
        problems=problems,
        wrong=wrong,
        facts=drawn,
        ratio=ratio,
        more=_more,
        part=PART,
        reason=request.form.get("reason", ""),
        after=Counter(place.element for place in effect.after) if effect else {},
        call=calls.modification_body(step.instruction for step in steps),
    )


def _elsewhere(tokens: list[TokenView], selected: str | None) -> list[tuple[str, str, int]]:
    """Where tokens could be moved from: the word of the plan, the element, how many."""
    by_element: dict[str, list[TokenView]] = {}
    for token in tokens:
        if token.element != selected:
            by_element.setdefault(token.element, []).append(token)
    return [
        (str(found[0].id) if len(found) == 1 else EVERY + element, element, len(found))
        for element, found in by_element.items()
    ]


def _more(plan: str, *words: Any) -> str:
    """The plan with one step more."""
    return STEP.join(filter(None, [plan, PART.join(map(str, words))]))


def _word(one: Modification) -> str:
    is_every = one.verb in ("move", "cancel") and one.element is not None
    parts = [
        one.verb,
        f"{EVERY}{one.element}" if is_every else one.token or one.element,
        one.target,
    ]
    return PART.join(str(part) for part in parts if part is not None)


def read_plan(view: InstanceView, plan: str, names: Any) -> list[Step]:
    """The steps of a plan that can still be meant; others are left out."""
    tokens = {token.id: token for token in view.tokens}
    read = [
        found
        for word in plan.split(STEP)[:MOST]
        if (found := _instruction(word, tokens, names)) is not None
    ]
    return [
        Step(
            instruction=one,
            sentence=_sentence(one, tokens, names),
            without=STEP.join(_word(other) for place, other in enumerate(read) if place != at),
        )
        for at, one in enumerate(read)
    ]


def _instruction(word: str, tokens: dict[int, TokenView], names: Any) -> Modification | None:
    verb, *rest = word.split(PART)
    if rest and rest[0].startswith(EVERY):
        return _of_all(verb, rest[0][1:], rest[1:], tokens, names)
    match verb, rest:
        case "move", [token, target] if is_id(token) and int(token) in tokens and target in names:
            return Modification(verb="move", token=int(token), target=target)
        case "add" | "add_after" as known, [element] if element in names:
            return Modification(verb=known, element=element)
        case "cancel", [token] if is_id(token) and int(token) in tokens:
            return Modification(verb="cancel", token=int(token))
    return None


def _of_all(
    verb: str, element: str, rest: list[str], tokens: dict[int, TokenView], names: Any
) -> Modification | None:
    if not any(token.element == element for token in tokens.values()):
        return None
    if verb == "move" and len(rest) == 1 and rest[0] in names:
        return Modification(verb="move", element=element, target=rest[0])
    return Modification(verb="cancel", element=element) if verb == "cancel" and not rest else None


def _sentence(one: Modification, tokens: dict[int, TokenView], names: Any) -> str:
    place = names.get(tokens[one.token].element, "?") if one.token in tokens else ""
    target = names.get(one.target or one.element, "?")
    if one.verb in ("move", "cancel") and one.element is not None:
        place = names.get(one.element, one.element)
        if one.target is not None:
            return _("Move all tokens at “%(place)s” to “%(target)s”", place=place, target=target)
        return _("Cancel all tokens at “%(place)s”", place=place)
    match one.verb:
        case "move":
            return _("Move the token at “%(place)s” to “%(target)s”", place=place, target=target)
        case "cancel":
            return _("Cancel the token at “%(place)s”", place=place)
        case "add_after":
            return _("Add a token behind “%(place)s”", place=target)
    return _("Add a token at “%(place)s”", place=target)


def _tried(id: int, steps: list[Step]) -> tuple[Effect | None, list[str]]:
    """What the plan would do, and what stands against it."""
    if not steps:
        return None, []
    try:
        given = [step.instruction for step in steps]
        return engine().modify(id, given, reason="a plan", by=actor(), dry_run=True), []
    except Refused as refusal:
        return None, [
            problem.message + (f" {problem.remedy}" if problem.remedy else "")
            for problem in refusal.problems
        ]
    except EngineError as error:
        return None, [str(error)]
