"""How the effect of an operation is shown."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from engine import Effect
from web.api.shapes import Key, Moment, text_of, time_or_none


class TokenPlace(TypedDict):
    elementId: str
    elementInstanceKey: Key


class Wait(TypedDict):
    kind: str
    elementId: str
    name: str | None
    due: Moment | None


class ChangedVariable(TypedDict):
    name: str
    elementId: str
    scopeKey: Key
    before: Any
    after: Any


class EffectAnswer(TypedDict):
    processInstanceKey: Key
    dryRun: bool
    state: str
    before: list[TokenPlace]
    after: list[TokenPlace]
    opened: list[Wait]
    withdrawn: list[Wait]
    variables: list[ChangedVariable]
    warnings: list[str]
    createdProcessInstanceKey: Key | None


def shown(effect: Effect) -> EffectAnswer:
    places = [
        [TokenPlace(elementId=p.element, elementInstanceKey=str(p.token)) for p in found]
        for found in (effect.before, effect.after)
    ]
    waits = [
        [
            Wait(kind=w.kind, elementId=w.element, name=w.name, due=time_or_none(w.due))
            for w in found
        ]
        for found in (effect.opened, effect.withdrawn)
    ]
    return EffectAnswer(
        processInstanceKey=str(effect.instance),
        dryRun=effect.dry_run,
        state=effect.state.upper(),
        before=places[0],
        after=places[1],
        opened=waits[0],
        withdrawn=waits[1],
        variables=[
            ChangedVariable(
                name=change.name,
                elementId=change.element,
                scopeKey=str(change.scope),
                before=change.before,
                after=change.after,
            )
            for change in effect.variables
        ],
        warnings=list(effect.warnings),
        createdProcessInstanceKey=text_of(effect.created),
    )
