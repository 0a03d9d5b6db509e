"""What an element does, and the register of who does it.

A behaviour is found by the class of the model element, along its base classes: a behaviour for
Task serves ManualTask until ManualTask gets its own. Behaviours are stateless; what they need to
know of an element is compiled once, by `prepare`, and handed to them with the node.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bpmn.model import BaseElement
from engine.state import Scope, Subscription, Token, Trigger, Variables

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Part
    from engine.run import Run

B = TypeVar("B")
P = TypeVar("P")


class NodeBehaviour(Generic[P]):
    """How one kind of flow node treats a token. The default is to let it pass.

    `P` is what `prepare` makes of the element: the node's `plan`.
    """

    def prepare(self, compiler: Compiler, node: Node[P]) -> P:
        """What the behaviour wants to know of the element, compiled once per definition."""
        return None  # type: ignore[return-value]

    def enter(self, run: Run, token: Token, node: Node[P]) -> None:
        """A token is here (an activity's: its boundary events are armed, its inputs mapped)."""
        run.leave(token)

    def caught(
        self, run: Run, node: Node[P], subscription: Subscription, payload: Variables
    ) -> None:
        """The trigger of a subscription that names this node as its catcher has happened."""
        raise NotImplementedError

    def resumed(self, run: Run, token: Token, node: Node[P], stated: dict[str, Any]) -> None:
        """The job of a listener of this behaviour's own is done; `stated`: at what stage."""
        raise NotImplementedError

    def child_ended(self, run: Run, token: Token, node: Node[P], scope: int) -> None:
        """No token is left in the scope that this token holds."""
        raise NotImplementedError

    def is_over(self, run: Run, node: Node[P], resetting: Subscription) -> bool:
        """Of a gateway that can be in a reset phase: whether nothing it waits for can come."""
        raise NotImplementedError

    def hold(self, run: Run, token: Token, node: Node[P]) -> int:
        """Of a sub-process: open the scope inside it, with nothing started there."""
        inner = run.open(node.id, "sub_process", parent=run.local(token), holder=token)
        run.ready(inner)
        return inner


class LoopBehaviour(NodeBehaviour[P]):
    """How one kind of loop characteristics repeats an activity (§13.3.6, §13.3.7)."""

    def yielded(self, run: Run, iteration: Token, node: Node[Any], payload: Variables) -> Variables:
        """Take from an iteration's results what is the loop's; the rest is brought outward."""
        return payload

    def iteration_completed(self, run: Run, iteration: Token, node: Node[Any]) -> None:
        """One iteration's work is done, its outputs mapped; its token is still there."""
        raise NotImplementedError

    def single(self, run: Run, token: Token, node: Node[Any]) -> Token:
        """Begin a loop by hand with one iteration that does not work yet; its token."""
        raise NotImplementedError

    def cannot_add(self, node: Node[Any]) -> str | None:
        """Why a running loop takes no further iteration by hand; None: it does."""
        return "a standard loop goes round one at a time; say so by its condition"

    def add(self, run: Run, loop: Scope, node: Node[Any], variables: Variables) -> None:
        """Give a running loop one iteration more, with these variables of its own."""
        raise NotImplementedError


class EventBehaviour(Generic[P]):
    """What one kind of event definition waits for, and what it does when it is thrown."""

    kind: str = ""
    """Of one thrown outward: error, escalation or cancel."""

    is_thrown_to_scopes = False
    """Whether it is thrown outward to the nearest catcher, which needs no subscription row."""

    always_interrupts = False
    """Whether nothing can go on beside it: an error, a cancellation (§10.5.4)."""

    is_late = False
    """Whether a throw waits until everything else in the step has come to rest (§10.5.1)."""

    def prepare(self, compiler: Compiler, part: Part[P], node: Node[Any]) -> P:
        """What the behaviour wants to know of the definition, compiled once."""
        return None  # type: ignore[return-value]

    def trigger(self, run: Run, part: Part[P], scope: int) -> Trigger | None:
        """What to wait for; None when no row is needed to wait for it."""
        return None

    def again(self, run: Run, part: Part[P], fired: Subscription) -> Trigger | None:
        """What a non-interrupting event waits for after it has fired; None: no more."""
        return fired.trigger

    def throw(self, run: Run, token: Token, node: Node[Any], part: Part[P]) -> bool:
        """Do what a throw of this definition does; whether its token may go on now."""
        raise NotImplementedError

    def code(self, part: Part[P]) -> str | None:
        """Of one thrown outward: the code it throws or catches; None catches all."""
        return None


_behaviours: dict[type[BaseElement], Any] = {}


def behaviour(*classes: type[BaseElement]) -> Callable[[type[B]], type[B]]:
    """Register the decorated class as the behaviour of these model classes."""

    def register(cls: type[B]) -> type[B]:
        for model_class in classes:
            _behaviours[model_class] = cls()
        return cls

    return register


def behaviour_of(element: BaseElement) -> Any:
    """The behaviour of this element's class or its nearest base; None: it does not execute."""
    return _find(type(element))


def registered() -> dict[type[BaseElement], Any]:
    """Everything that executes: behaviours by model class."""
    _load()
    return dict(_behaviours)


@functools.cache
def _find(cls: type[BaseElement]) -> Any:
    _load()
    return next((_behaviours[base] for base in cls.__mro__ if base in _behaviours), None)


@functools.cache
def _load() -> None:
    """Import every module of engine.elements and engine.events: being there is being registered."""
    for name in ("engine.elements", "engine.events"):
        package = importlib.import_module(name)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{name}.{module.name}")
