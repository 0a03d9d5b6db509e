"""Decisions and forms as models: what they ask for, who uses them, what a trial comes to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from engine.views.work import EvaluatedTable


class DecisionInput(Struct, frozen=True, kw_only=True):
    """A variable that a decision reads."""

    name: str
    type: str = ""
    """FEEL's: string, number, boolean, date, ...; empty where the model does not say."""
    label: str = ""
    choices: list[str] = []
    """The texts that are allowed, where the model lists them."""


class DecisionRule(Struct, frozen=True, kw_only=True):
    """A row of a decision table."""

    id: str
    """Or else its number from 1, as evaluations tell it."""
    inputs: list[str]
    outputs: list[str]
    note: str = ""


class DecisionModel(Struct, frozen=True, kw_only=True):
    """A decision of a file, as a trial needs to know it."""

    id: str
    name: str
    kind: str
    """`DecisionTable`, `LiteralExpression`, ...; `DecisionService`; or `none`."""
    inputs: list[DecisionInput]
    policy: str = ""
    """The hit policy of its table."""
    columns: list[str] = []
    results: list[str] = []
    rules: list[DecisionRule] = []
    text: str = ""
    """Of its literal expression."""


class Trial(Struct, frozen=True, kw_only=True):
    """What a decision of a file comes to; nothing is written down."""

    output: Any
    tables: list[EvaluatedTable]
    warnings: list[str]


class FormView(Struct, frozen=True, kw_only=True):
    """One version of one form."""

    key: int
    form_id: str
    version: int
    is_latest: bool
    deployed: datetime
    deployed_by: str
    resource: str


class Use(Struct, frozen=True, kw_only=True):
    """An element of a process, in its latest version, that names a form or a decision."""

    process_id: str
    process: str
    """Its name, or else its id."""
    version: int
    element: str
    name: str
    """The element's name, or else its id."""
    kind: Literal["start", "task", "decision"]


class JobParameter(Struct, frozen=True, kw_only=True):
    """Something that a job is given, or that it answers."""

    name: str
    text: str = ""
    """What it is for."""
    choices: list[str] = []
    is_required: bool = False


class JobDescription(Struct, frozen=True, kw_only=True):
    """What somebody who does jobs of a type says of it."""

    type: str
    summary: str = ""
    inputs: list[JobParameter] = []
    """Variables that it reads."""
    headers: list[JobParameter] = []
    outputs: list[JobParameter] = []
    """Variables that it answers."""
    retries: int | None = None
    is_served: bool = True
    """Whether a handler or a worker does it now."""


class KnownVariable(Struct, frozen=True, kw_only=True):
    """A variable that a process is known to have before it runs."""

    name: str
    scope: str
    """The element within which alone it is seen; empty: the whole process."""
    element: str
    """Where it comes from."""
    from_element: str
    """That element's name, or else its id."""
