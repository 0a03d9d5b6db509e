"""What decisions came to: every evaluation with its inputs, matched rules and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.decisions import DecisionResult
from engine.errors import Invalid, NotFound
from engine.expressions.feel import feel_to_plain
from engine.services.leaving import forget_rows
from engine.services.paging import FIRST, Order, fetch_page
from engine.storage.decision_tables import evaluation
from engine.storage.ids import partition_of
from engine.storage.rows import micros, moment
from engine.values import decode, encode, normalise
from engine.views import EvaluatedTable, Evaluation, EvaluationQuery, Page, Paging

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_e = evaluation.c


def document_of(result: DecisionResult, variables: Mapping[str, Any]) -> dict[str, Any]:
    """An evaluation as data: the variables it read, its output, its tables, its warnings."""
    return {
        "inputs": {name: plain(variables[name]) for name in result.reads if name in variables},
        "output": plain(result.value),
        "tables": [
            {
                "decision": table.decision,
                "inputs": plain(list(table.inputs)),
                "matched": list(table.matched),
                "outputs": plain(list(table.outputs)),
            }
            for table in result.tables
        ],
        "warnings": list(result.warnings),
    }


def plain(value: Any) -> Any:
    """As history can keep it; a range or a function as FEEL prints it."""
    try:
        return normalise(value)
    except Invalid:
        return feel_to_plain(value)


def keep(
    unit: Unit,
    decision: sa.Row[Any],
    document: Mapping[str, Any],
    *,
    by: str | None = None,
    instance: int | None = None,
    element: str | None = None,
) -> int:
    """Write an evaluation down with what the command changes; its id."""
    store = unit.transaction.store
    where = f"decision {decision.ref}"
    partition = unit.home(where) if instance is None else partition_of(instance)
    id = store.ids.row(partition)
    row = (
        partition,
        id,
        unit.now_micros,
        by,
        decision.id,
        decision.ref,
        decision.version,
        instance,
        element,
        encode(dict(document)),
    )
    unit.writes.rare.append((store.statements.insert_evaluation, row))
    return id


class EvaluationLists:
    """The part of `Engine` that tells what decisions came to."""

    _shell: Shell

    def evaluations(
        self,
        query: EvaluationQuery = EvaluationQuery(),  # noqa: B008 - frozen
        page: Paging = FIRST,
    ) -> Page[Evaluation]:
        """Evaluations for which all of a query holds, the latest first."""
        select = sa.select(*evaluation.columns).where(*_conditions(query))
        order = Order(_e.at, _e.id, descending=True)
        with self._shell.store.reading() as connection:
            return fetch_page(
                connection, select, order, page, lambda rows: [_view(row) for row in rows]
            )

    def evaluation(self, id: int) -> Evaluation:
        """One evaluation. Raises NotFound."""
        which = (_e.partition_id == partition_of(id)) & (_e.id == id)
        with self._shell.store.reading() as connection:
            row = connection.execute(sa.select(*evaluation.columns).where(which)).first()
        if row is None:
            raise NotFound(f"evaluation {id}: there is none")
        return _view(row)

    def forget_evaluations(self, before: datetime) -> int:
        """Remove evaluations of before that moment that no instance asked for; how many.

        Those of an instance leave with it.
        """
        old = (_e.instance_id.is_(None), _e.at < micros(before))
        return forget_rows(self._shell, evaluation, *old)


def _conditions(query: EvaluationQuery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        column == value
        for column, value in (
            (_e.decision_id, query.decision_id),
            (_e.version, query.version),
            (_e.element, query.element),
        )
        if value is not None
    ]
    if query.instance is not None:
        found += [_e.partition_id == partition_of(query.instance)]
        found += [_e.instance_id == query.instance]
    if query.after is not None:
        found.append(_e.at >= micros(query.after))
    if query.before is not None:
        found.append(_e.at < micros(query.before))
    return found


def _view(row: sa.Row[Any]) -> Evaluation:
    document = decode(row.document)
    return Evaluation(
        id=row.id,
        at=moment(row.at),
        by=row.by,
        decision_id=row.decision_id,
        decision=row.definition_id,
        version=row.version,
        instance=row.instance_id,
        element=row.element,
        inputs=document["inputs"],
        output=document["output"],
        tables=[EvaluatedTable(**table) for table in document["tables"]],
        warnings=document["warnings"],
    )
