"""Failures of a job that the model counts as BPMN errors: Camunda 7's `errorEventDefinition` of an
external task, Flowable's `mapException`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

import bpmn.model as m
from engine.errors import ExecutionError
from engine.expressions import Expression

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node


class Mapped(Struct, frozen=True):
    """One rule: under which circumstances a job's end is which error."""

    code: str | None
    condition: Expression | None
    exception: str | None
    """Name of the exception's class, with or without its package; None: any."""


def mapped_errors(compiler: Compiler, node: Node[Any]) -> tuple[Mapped, ...]:
    """The rules that the extensions of an element state."""
    found: list[Mapped] = []
    for stated in node.settings.error_mappings:
        code = stated.error_code
        if stated.error_ref:
            error = compiler.root(stated.error_ref, m.Error)
            code = (error.error_code or error.name or error.id) if error else stated.error_ref
        condition = compiler.code(stated.condition, node.element)
        found.append(Mapped(code, condition, stated.exception))
    return tuple(found)


def business_error(
    rules: tuple[Mapped, ...],
    seen: Mapping[str, Any],
    job: Mapping[str, Any],
    now: datetime,
    *,
    error: str | None = None,
) -> Mapped | None:
    """The first rule that holds for a job which failed (with an exception of class `error`), or,
    without one, was completed. `job` is what conditions ask as `externalTask`; one that cannot be
    evaluated does not hold."""
    for rule in rules:
        if rule.condition is None:
            names = (error or "", str(job.get("errorMessage")).partition(":")[0])
            if error is not None and _is_named(names, rule.exception):
                return rule
            continue
        try:
            value = rule.condition.evaluate({**seen, "externalTask": job}, now=now)
        except ExecutionError:
            continue
        if value is True:
            return rule
    return None


def _is_named(names: tuple[str, ...], wanted: str | None) -> bool:
    """Whether an exception is of the wanted class: a worker may say its class before its message,
    as in `KeyError: purse`."""
    return wanted is None or wanted in names or wanted.rpartition(".")[2] in names
