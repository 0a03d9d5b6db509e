"""What runs: a process graph with its behaviours found and its expressions compiled, once.

Shared by every instance of a definition and never changed after `compile_program`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from msgspec import Struct

import bpmn.model as m
from bpmn.dialects import (
    Dialect,
    Settings,
)
from bpmn.graph import ProcessGraph
from engine.behaviour import EventBehaviour, LoopBehaviour, NodeBehaviour
from engine.correlation import Correlation
from engine.data import VariableMapping
from engine.expressions import Expression
from engine.failures import Mapped
from engine.listeners import Listener

P = TypeVar("P")
E = TypeVar("E", bound=m.BaseElement)


class NotExecutable(Exception):
    """A process that the engine cannot run; `problems` say why, all of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems


class Problem(Struct, frozen=True, kw_only=True):
    """Something that keeps an element from being executed."""

    line: int
    element: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"line {self.line}: {self.element!r}: {self.message}{remedy}"


class Part(Generic[P]):
    """One event definition of an event, with the behaviour it has."""

    __slots__ = ("behaviour", "code", "definition", "index", "plan", "settings")

    def __init__(
        self,
        definition: m.EventDefinition,
        behaviour: EventBehaviour[P],
        index: int,
        settings: Settings,
    ) -> None:
        self.definition = definition
        self.settings = settings
        self.behaviour = behaviour
        self.index = index
        self.plan: P
        self.code: str | None = None
        """Of what is thrown outward: the code it throws or catches; None catches all."""


class Flow(Struct):
    """A sequence flow."""

    id: str
    source: Node[Any]
    target: Node[Any]
    condition: Expression | None


class Node(Generic[P]):
    """A flow node, ready to run."""

    __slots__ = (
        "armed",
        "arriving",
        "behaviour",
        "boundary",
        "catchers",
        "compensation_handler",
        "container",
        "data_outputs",
        "default",
        "element",
        "ending",
        "errors",
        "id",
        "incoming",
        "inputs",
        "is_activity",
        "is_async_after",
        "is_async_before",
        "is_interrupting",
        "is_late",
        "is_parallel",
        "is_plain",
        "is_sub_process",
        "loop",
        "loop_plan",
        "loop_settings",
        "may_linger",
        "outgoing",
        "outputs",
        "parts",
        "plan",
        "results",
        "settings",
        "skip",
        "starting",
    )

    def __init__(self, element: m.FlowNode, container: str, settings: Settings) -> None:
        self.id = element.id
        self.element: Any = element
        self.container = container
        self.settings = settings
        self.behaviour: NodeBehaviour[P]
        self.plan: P
        self.loop: LoopBehaviour[Any] | None = None
        self.loop_plan: Any = None
        self.loop_settings: Settings | None = None
        """What the vendor's extensions of its loop characteristics say."""
        self.incoming: tuple[Flow, ...] = ()
        self.outgoing: tuple[Flow, ...] = ()
        self.default: Flow | None = None
        self.parts: tuple[Part[Any], ...] = ()
        self.boundary: tuple[Node[Any], ...] = ()
        """Boundary events of an activity, in document order."""
        self.armed: tuple[Node[Any], ...] = ()
        """Those of them that wait in subscriptions."""
        self.catchers: tuple[tuple[Node[Any], Part[Any]], ...] = ()
        """Those of them that catch what is thrown outward."""
        self.compensation_handler: str | None = None
        """Id of the activity that undoes this one (§10.5.6)."""
        self.is_activity = isinstance(element, m.Activity)
        self.is_sub_process = isinstance(element, m.SubProcess)
        self.is_interrupting = (
            element.cancel_activity
            if isinstance(element, m.BoundaryEvent)
            else element.is_interrupting
            if isinstance(element, m.StartEvent)
            else False
        )
        self.is_parallel = getattr(element, "parallel_multiple", False)
        """Whether an event needs each of its triggers (§10.5.4)."""
        self.is_late = False
        self.is_async_before = settings.async_before
        """Whether a token goes on here in a transaction of its own, before anything is armed."""
        self.is_async_after = settings.async_after
        """Whether each flow out of it is taken in a transaction of its own."""
        self.may_linger = settings.async_before or settings.async_after
        """Whether a token can be here that has not come yet, or has gone through already."""
        self.skip: Expression | None = None
        """Where it holds, an activity is passed without being done."""
        self.inputs: tuple[VariableMapping, ...] = ()
        self.outputs: tuple[VariableMapping, ...] = ()
        self.results: tuple[VariableMapping, ...] = ()
        """What a connector's answer becomes, before it counts as what the work yields."""
        self.errors: tuple[Mapped, ...] = ()
        """Failures of its job that count as BPMN errors."""
        self.data_outputs: frozenset[str] | None = None
        """Names of its BPMN data outputs, where their associations are its output mappings."""
        self.starting: tuple[Listener, ...] = ()
        """Listeners to tell before its own work begins."""
        self.ending: tuple[Listener, ...] = ()
        """Listeners to tell when its own work is done."""
        self.arriving: Mapping[str, tuple[Listener, ...]] = {}
        """Listeners to tell before it treats a token, by the sequence flow that the token took."""
        self.is_plain = False
        """Whether an activity has nothing to prepare before its own work."""

    def __str__(self) -> str:
        """As messages call it: `exclusive gateway 'decide'`."""
        words = "".join(f" {c.lower()}" if c.isupper() else c for c in type(self.element).__name__)
        return f"{words.strip()} {self.id!r}"


class Container:
    """A process or sub-process, ready to run."""

    __slots__ = (
        "armed",
        "catchers",
        "compensation",
        "declared",
        "element",
        "id",
        "starts",
    )

    def __init__(self, element: m.Process | m.SubProcess) -> None:
        self.id = element.id
        self.element = element
        self.starts: tuple[Node[Any], ...] = ()
        """What gets a token when it starts on its own."""
        self.armed: tuple[Node[Any], ...] = ()
        """Start events of its event sub-processes that wait in subscriptions."""
        self.catchers: tuple[tuple[Node[Any], Part[Any]], ...] = ()
        """Start events of its event sub-processes that catch what is thrown outward."""
        self.declared: tuple[str, ...] = ()
        """Variables that it declares, as data objects and properties."""
        self.compensation: Node[Any] | None = None
        """The start event of its compensation event sub-process (§10.5.6)."""


class Program:
    """One process definition, ready to run."""

    def __init__(self, graph: ProcessGraph, dialect: Dialect) -> None:
        self.graph = graph
        self.dialect = dialect
        self.id = graph.process.id
        self.nodes: dict[str, Node[Any]] = {}
        self.containers: dict[str, Container] = {}
        self.gathering: frozenset[str] = frozenset()
        """Nodes that gather tokens."""
        self.joins: frozenset[str] = frozenset()
        """Nodes whose tokens are indexed by the flow they came by: those that gather, and those
        from which a token can come to a join that asks whether one can."""
        self.asked_at_rest: dict[str, list[str]] = {}
        """Joins that any removal of a token can release (§13.4.3, §13.4.5), by container."""
        self.ad_hoc: frozenset[str] = frozenset()
        """Containers that are ad-hoc sub-processes."""
        self.calls: dict[str, list[str]] = {}
        """Ids of the elements whose expressions call a function, or a variable's method, by its
        name."""
        self.has_conditions = False
        """Whether a change of a variable can fire an event."""
        self.has_resets = False
        """Whether a complex gateway joins, and so can be in its reset phase."""
        self.ending: tuple[Listener, ...] = ()
        """Listeners to tell when the process ends."""
        self.correlations: tuple[Correlation, ...] = ()
        """By which the messages of its waits are told from others (§8.4.2)."""
        self._upstream: dict[tuple[str, frozenset[str | None]], frozenset[str]] = {}

    def reaching_only_empty(self, node: Node[Any], full: frozenset[str | None]) -> frozenset[str]:
        """Nodes from which a token can still come to `node` by an incoming flow that is not in
        `full`, without passing `node`, and from which no flow of `full` is reached (§13.4.3)."""
        known = self._upstream.get((node.id, full))
        if known is None:
            to_full: set[str] = set()
            to_empty: set[str] = set()
            for flow in node.incoming:
                ways = self.graph.upstream(flow.id, without=node.id)
                (to_full if flow.id in full else to_empty).update(ways)
            known = self._upstream[node.id, full] = frozenset(to_empty - to_full)
        return known
