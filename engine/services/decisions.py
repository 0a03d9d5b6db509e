"""Deployed decisions, evaluated where a business rule task asks for one (BPMN 2.0.2 §10.3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bpmn.dmn import read_dmn
from engine.decisions import DecisionError, Decisions
from engine.errors import ExecutionError, Invalid, NotFound
from engine.expressions.feel.errors import FeelError
from engine.services import idempotency
from engine.services.evaluations import document_of, keep
from engine.services.paging import FIRST, Order, contains, fetch_page
from engine.storage import schema as t
from engine.storage.rows import Head, moment
from engine.values import admit, decode, normalise
from engine.views import (
    SYSTEM,
    Actor,
    DecisionOutcome,
    DecisionView,
    EvaluatedTable,
    Page,
    Paging,
)

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_d = t.definition.c
_VIEW = (
    _d.id,
    _d.ref,
    _d.name,
    _d.version,
    _d.is_latest,
    _d.deployment_id,
    _d.at,
    _d.resource_name,
    _d.resource_hash,
    _d.version_tag,
    _d.facts,
)


class DecisionBook:
    """Decision models by the hash of their file and its facts: compiled when first needed."""

    def __init__(self) -> None:
        self._models: dict[tuple[str, str], Decisions] = {}

    def decide(
        self, unit: Unit, head: Head, element: str, decision: str, details: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What a business rule task gets: the result, and the tables that led to it.

        Writes the evaluation down with what the command changes. Raises ExecutionError when there
        is no such decision, or it cannot be evaluated.
        """
        connection, variables = unit.transaction.connection, details.get("variables") or {}
        try:
            row = self._find(connection, head, decision, details)
            result = self.model(connection, row.resource_hash, row.facts).evaluate(
                decision, variables, now=unit.now, random=SystemRandom()
            )
            value = normalise(result.value, f"the result of decision '{decision}'")
        except (NotFound, DecisionError, FeelError, Invalid) as error:
            raise ExecutionError(str(error)) from error
        document = document_of(result, variables)
        keep(unit, row, document, instance=head.id, element=element)
        return {
            "result": _mapped(value, details.get("map")),
            "evaluated": document["tables"],
            "version": row.version,
            "inputs": document["inputs"],
            "warnings": document["warnings"],
        }

    def _find(
        self, connection: sa.Connection, head: Head, decision: str, details: Mapping[str, Any]
    ) -> sa.Row[Any]:
        query = sa.select(*_VIEW).where(_d.kind == "decision", _d.ref == decision)
        version = str(details.get("version") or "")
        match details.get("binding"):
            case "version" if version.isdigit():
                query = query.where(_d.version == int(version))
            case "versionTag":
                query = query.where(_d.version_tag == details.get("version_tag"))
            case "deployment":
                own = sa.select(_d.deployment_id).where(_d.id == head.definition_id)
                query = query.where(_d.deployment_id <= own.scalar_subquery())
        row: sa.Row[Any] | None = connection.execute(  # type: ignore[assignment]
            query.order_by(_d.version.desc()).limit(1)
        ).first()
        if row is None:
            raise NotFound(
                f"decision '{decision}' is not deployed; deploy the .dmn file that holds it"
            )
        return row

    def model(self, connection: sa.Connection, digest: str, facts: str) -> Decisions:
        """The compiled models of a file and of those it imports."""
        known = self._models.get((digest, facts))
        if known is None:
            hashes = decode(facts).get("models") or [digest]
            query = sa.select(t.resource.c.hash, t.resource.c.content)
            found = connection.execute(query.where(t.resource.c.hash.in_(hashes)))
            contents = {row.hash: bytes(row.content) for row in found}
            known = Decisions(*(read_dmn(contents[hash]) for hash in hashes))
            self._models[digest, facts] = known
        return known


class DecisionMethods:
    """The part of `Engine` that is about decisions."""

    _shell: Shell

    def decisions(self, text: str | None = None, page: Paging = FIRST) -> Page[DecisionView]:
        """The deployed decisions by their latest versions, in the order of their ids."""
        query = sa.select(*_VIEW).where(_d.kind == "decision", _d.is_latest == 1)
        if text:
            query = query.where(contains(_d.ref, text) | contains(_d.name, text))
        with self._shell.store.reading() as connection:
            return fetch_page(
                connection, query, Order(_d.ref), page, lambda rows: [_view(row) for row in rows]
            )

    def decision_versions(self, decision_id: str) -> list[DecisionView]:
        """All versions of a decision, newest first; their file is their `source`. Raises
        NotFound."""
        which = (_d.kind == "decision") & (_d.ref == decision_id)
        query: sa.Select[Any] = sa.select(*_VIEW).where(which)
        with self._shell.store.reading() as connection:
            found = [_view(row) for row in connection.execute(query.order_by(_d.version.desc()))]
        if not found:
            raise NotFound(
                f"decision '{decision_id}': there is none; deploy the .dmn file that holds it"
            )
        return found

    def decision(self, key: int) -> DecisionView:
        """One version of one decision. Raises NotFound."""
        with self._shell.store.reading() as connection:
            return _view(_row(connection, _d.id == key, f"decision {key}"))

    def evaluate(
        self,
        decision_id: str,
        variables: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
        version_tag: str | None = None,
        by: Actor = SYSTEM,
        is_kept: bool = True,
        idempotency_key: str | None = None,
    ) -> DecisionOutcome:
        """What a decision comes to with these variables; written down unless told otherwise, and
        under one key once.

        Raises NotFound without such a decision, and ExecutionError when it takes too long.
        """
        given, shell = admit(variables), self._shell
        which = _d.ref == decision_id
        if version_tag is not None:
            which &= _d.version_tag == version_tag
        elif version is not None:
            which &= _d.version == version
        else:
            which &= _d.is_latest == 1
        with shell.store.reading() as connection:
            row = _row(connection, which, f"decision '{decision_id}'")
            model = shell.decisions.model(connection, row.resource_hash, row.facts)
            now = moment(shell.store.now_in(connection))
        try:
            result = model.evaluate(decision_id, given, now=now, random=SystemRandom())
        except (DecisionError, FeelError) as error:
            raise ExecutionError(str(error)) from error
        document = document_of(result, given)
        id: int | None = None
        if is_kept:

            def run(unit: Unit) -> list[Any]:
                return [keep(unit, row, document, by=by.name), document]

            verb = f"evaluate {decision_id}"[:200]
            id, document = shell.do(idempotency.once(idempotency_key, verb, None, run))
        return DecisionOutcome(
            id=id,
            decision=_view(row),
            output=document["output"],
            tables=[EvaluatedTable(**table) for table in document["tables"]],
            warnings=document["warnings"],
        )


def _row(connection: sa.Connection, which: sa.ColumnElement[bool], words: str) -> sa.Row[Any]:
    query = sa.select(*_VIEW).where(_d.kind == "decision", which).order_by(_d.version.desc())
    row: sa.Row[Any] | None = connection.execute(query).first()  # type: ignore[assignment]
    if row is None:
        raise NotFound(f"{words}: there is none; deploy the .dmn file that holds it")
    return row


def _view(row: sa.Row[Any]) -> DecisionView:
    return DecisionView(
        key=row.id,
        decision_id=row.ref,
        name=row.name,
        version=row.version,
        version_tag=row.version_tag,
        is_latest=bool(row.is_latest),
        deployment=row.deployment_id,
        deployed=moment(row.at),
        resource=row.resource_name,
    )


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
