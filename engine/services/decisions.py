"""Deployed decisions, evaluated where a business rule task asks for one (BPMN 2.0.2 §10.3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bpmn.dmn import read_dmn
from engine.decisions import DecisionError, DecisionResult, Decisions
from engine.errors import ExecutionError, Invalid, NotFound
from engine.expressions.feel.errors import FeelError
from engine.storage import schema as t
from engine.storage.rows import Head
from engine.values import normalise

_d = t.definition.c


class DecisionBook:
    """Decision models by the hash of their file: read and compiled when first needed."""

    def __init__(self) -> None:
        self._models: dict[str, Decisions] = {}

    def decide(
        self,
        connection: sa.Connection,
        head: Head,
        decision: str,
        details: Mapping[str, Any],
        now: datetime,
    ) -> dict[str, Any]:
        """What a business rule task gets: the result, and the tables that led to it.

        Raises ExecutionError when there is no such decision, or it cannot be evaluated.
        """
        try:
            digest = self._find(connection, head, decision, details)
            result = self._model(connection, digest).evaluate(
                decision, details.get("variables") or {}, now=now
            )
            value = normalise(result.value, f"the result of decision '{decision}'")
        except (NotFound, DecisionError, FeelError, Invalid) as error:
            raise ExecutionError(str(error)) from error
        return {"result": _mapped(value, details.get("map")), "evaluated": _evaluated(result)}

    def _find(
        self, connection: sa.Connection, head: Head, decision: str, details: Mapping[str, Any]
    ) -> str:
        query = sa.select(_d.resource_hash).where(_d.kind == "decision", _d.ref == decision)
        version = str(details.get("version") or "")
        match details.get("binding"):
            case "version" if version.isdigit():
                query = query.where(_d.version == int(version))
            case "versionTag":
                query = query.where(_d.version_tag == details.get("version_tag"))
            case "deployment":
                own = sa.select(_d.deployment_id).where(_d.id == head.definition_id)
                query = query.where(_d.deployment_id <= own.scalar_subquery())
        digest = connection.execute(query.order_by(_d.version.desc()).limit(1)).scalar()
        if digest is None:
            raise NotFound(
                f"decision '{decision}' is not deployed; deploy the .dmn file that holds it"
            )
        return str(digest)

    def _model(self, connection: sa.Connection, digest: str) -> Decisions:
        if digest not in self._models:
            query = sa.select(t.resource.c.content).where(t.resource.c.hash == digest)
            content = connection.execute(query).scalar_one()
            self._models[digest] = Decisions(read_dmn(bytes(content)))
        return self._models[digest]


def _evaluated(result: DecisionResult) -> list[dict[str, Any]]:
    return [
        {
            "decision": table.decision,
            "inputs": _plain(list(table.inputs)),
            "matched": list(table.matched),
            "outputs": _plain(list(table.outputs)),
        }
        for table in result.tables
    ]


def _plain(value: Any) -> Any:
    """As history can keep it; what it cannot is told in words."""
    try:
        return normalise(value)
    except Invalid:
        return repr(value)


def _mapped(value: Any, mapping: str | None) -> Any:
    """Camunda 7's mapDecisionResult: what of a table's rows the variable gets."""
    rows = value if isinstance(value, list) else [] if value is None else [value]
    match mapping:
        case "singleEntry":
            row = rows[0] if rows else None
            return next(iter(row.values()), None) if isinstance(row, dict) else row
        case "singleResult":
            return rows[0] if rows else None
        case "collectEntries":
            return [next(iter(r.values()), None) if isinstance(r, dict) else r for r in rows]
        case "resultList":
            return rows
    return value
