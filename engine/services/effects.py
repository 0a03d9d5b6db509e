"""What an operation does to an instance: found by doing it, and kept or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from engine.services import idempotency
from engine.views import Effect, Place, VariableChange, WaitChange

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit
    from engine.state import Scope, Subscription, Token
    from engine.views.common import InstanceState

T = TypeVar("T")
_SILENT = ("compensation", "decision", "continue", "reset")
"""Waits that say nothing to an operator."""


class Rehearsed(Exception):
    """Raised when a dry run has come to its end, so that nothing of it stays."""

    def __init__(self, result: Any) -> None:
        super().__init__("a dry run")
        self.result = result


def perform(
    shell: Shell,
    run: Callable[[Unit], T],
    *,
    answer: type[T],
    verb: str,
    key: str | None = None,
    dry_run: bool = False,
    instance: int | None = None,
    subscription: int | None = None,
) -> T:
    """Do an operation; in a dry run, do it and leave nothing of it."""
    if not dry_run:
        once = idempotency.once(key, verb, answer, run)
        return shell.do(once, instance=instance, subscription=subscription)

    def rehearse(unit: Unit) -> T:
        raise Rehearsed(run(unit))

    try:
        return shell.do(rehearse, instance=instance, subscription=subscription)
    except Rehearsed as end:
        return cast(T, end.result)


def perform_on(
    shell: Shell,
    instance: int,
    verb: str,
    run: Callable[[Unit], Effect],
    key: str | None,
    *,
    dry_run: bool,
) -> Effect:
    """Do an operation on one instance, or try it."""
    return perform(
        shell,
        run,
        answer=Effect,
        verb=f"{verb} {instance}",
        key=key,
        dry_run=dry_run,
        instance=instance,
    )


class Watch:
    """An instance as it is now, to be compared with what it will be."""

    def __init__(self, loaded: Loaded, verb: str, *, dry_run: bool = False) -> None:
        self._id = loaded.id
        self._verb = verb
        self._dry_run = dry_run
        self._tokens: dict[int, Token] = dict(loaded.instance.tokens)
        self._waits: dict[int, Subscription] = dict(loaded.instance.subscriptions)
        self._scopes: dict[int, Scope] = dict(loaded.instance.scopes)

    def effect(self, unit: Unit, warnings: Iterable[str] = (), **more: Any) -> Effect:
        """What has come of it."""
        loaded = unit.instance(self._id)
        instance = loaded.instance
        waits = instance.subscriptions
        return Effect(
            instance=self._id,
            verb=self._verb,
            dry_run=self._dry_run,
            state=cast("InstanceState", loaded.head.state),
            suspended=loaded.head.suspended_at is not None,
            before=_places(self._tokens),
            after=_places(instance.tokens),
            opened=_changes(waits, self._waits),
            withdrawn=_changes(self._waits, waits),
            variables=list(self._variables(instance.scopes)),
            warnings=list(warnings),
            **more,
        )

    def _variables(self, now: dict[int, Scope]) -> Iterable[VariableChange]:
        for id in sorted(now):
            before = self._scopes.get(id)
            known = before.variables if before else {}
            if before is now[id] or now[id].kind == "snapshot":
                continue
            for name, value in now[id].variables.items():
                if name not in known or known[name] != value:
                    yield VariableChange(
                        scope=id,
                        element=now[id].container,
                        name=name,
                        before=known.get(name),
                        after=value,
                        is_new=name not in known,
                    )


def begun(loaded: Loaded, verb: str) -> Effect:
    """What a new instance has come to."""
    return Effect(
        instance=loaded.id,
        verb=verb,
        dry_run=True,
        state=cast("InstanceState", loaded.head.state),
        suspended=False,
        before=[],
        after=_places(loaded.instance.tokens),
        opened=_changes(loaded.instance.subscriptions, {}),
        withdrawn=[],
        variables=[],
        warnings=[],
    )


def _places(tokens: dict[int, Token]) -> list[Place]:
    return [
        Place(token=id, element=token.node, scope=token.scope)
        for id, token in sorted(tokens.items())
    ]


def _changes(here: dict[int, Subscription], there: dict[int, Subscription]) -> list[WaitChange]:
    """Waits that are here and not there."""
    return [
        WaitChange(
            subscription=id,
            kind=row.trigger.kind,
            element=row.catcher,
            name=row.trigger.name,
            due=row.trigger.due,
        )
        for id, row in sorted(here.items())
        if id not in there and row.trigger.kind not in _SILENT
    ]


def told(effect: Effect) -> dict[str, Any]:
    """Before and after, as the audit keeps them."""
    found: dict[str, Any] = {}
    before, after = _counted(effect.before), _counted(effect.after)
    if before != after:
        found["before"], found["after"] = before, after
    if effect.variables:
        found["variables"] = [
            {"name": c.name, "scope": c.element, "before": c.before, "after": c.after}
            for c in effect.variables
        ]
    if effect.state != "active":
        found["state"] = effect.state
    return found


def _counted(places: Iterable[Place]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for place in places:
        counts[place.element] = counts.get(place.element, 0) + 1
    return counts
