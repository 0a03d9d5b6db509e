"""What helps to start a process by hand: what it reads, how it was started before, how it would
begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.services.effects import begun, perform
from engine.services.instances import starting
from engine.services.restarts import inputs_of
from engine.storage import schema as t
from engine.storage.ids import partition_of
from engine.storage.records import decode_records
from engine.storage.rows import moment
from engine.views import SYSTEM, Actor, Effect, RecentStart, StartAdvice

if TYPE_CHECKING:
    from engine.program import Node, Program
    from engine.services.shell import Shell
    from engine.services.unit import Unit

RECENT = 5
"""Earlier starts that are offered."""
DEEPEST = 4
_d, _h, _i, _s = t.definition.c, t.history.c, t.instance.c, t.definition_start.c


class StartAdviceMethods:
    """The part of `Engine` that helps to start instances."""

    _shell: Shell

    def start_advice(self, definition: int) -> StartAdvice:
        """What one version reads and nothing in it sets, with which messages it begins, and how
        its process was started last. Raises NotFound."""
        shell = self._shell
        with shell.store.reading() as connection:
            process = shell.programs.definition(connection, definition).process_id
            program = shell.programs.program(connection, definition)
            messages = sa.select(_s.name).where(
                _s.definition_id == definition, _s.kind == "message", _s.name.is_not(None)
            )
            return StartAdvice(
                reads=_reads(program),
                messages=sorted({str(name) for name in connection.execute(messages).scalars()}),
                recent=_recent(connection, process),
            )

    def check_start(
        self,
        process_id: str,
        variables: Mapping[str, Any] | None = None,
        *,
        business_key: str | None = None,
        version: int | None = None,
        by: Actor = SYSTEM,
    ) -> Effect:
        """What a start would come to: the same work, of which nothing stays. Raises as `start`
        does."""
        run = starting(
            process_id,
            variables,
            business_key=business_key,
            version=version,
            by=by,
            checks_form=True,
        )

        def rehearse(unit: Unit) -> Effect:
            return begun(unit.instance(run(unit).id), "start")

        return perform(self._shell, rehearse, answer=Effect, verb="check start", dry_run=True)


def _reads(program: Program) -> list[str]:
    """Variables that expressions read and no mapping, script or loop sets, by name."""
    read: set[str] = set()
    written: set[str] = {"loopCounter", "execution", "item"}
    for node in program.nodes.values():
        read |= set(_names(node.plan)) | set(_names(node.loop_plan)) | set(_conditions(node))
        read |= {name for one in node.inputs for name in one.source.names}
        written |= _written(node)
    return sorted(name for name in read - written if name.isidentifier())


def _conditions(node: Node[Any]) -> Iterator[str]:
    for flow in node.outgoing:
        if flow.condition is not None:
            yield from flow.condition.names
    if node.skip is not None:
        yield from node.skip.names


def _written(node: Node[Any]) -> set[str]:
    """Names that a step gives variables: mapped, results of scripts and decisions, loops."""
    found = {one.path[0] for one in (*node.inputs, *node.outputs, *node.results) if one.path}
    for plan in (node.plan, node.loop_plan):
        for name in ("result", "item", "output_collection", "input_element"):
            if isinstance(value := getattr(plan, name, None), str):
                found.add(value)
    return found


def _names(plan: Any, depth: int = 0) -> Iterator[str]:
    """What the expressions of a plan read, wherever in it they stand."""
    if depth > DEEPEST or plan is None or isinstance(plan, str | int | float):
        return
    if isinstance(names := getattr(plan, "names", None), frozenset) and hasattr(plan, "evaluate"):
        yield from names
    elif isinstance(plan, Mapping):
        for value in plan.values():
            yield from _names(value, depth + 1)
    elif isinstance(plan, tuple | list):
        for value in plan:
            yield from _names(value, depth + 1)
    else:
        for field in getattr(plan, "__struct_fields__", ()):
            yield from _names(getattr(plan, field), depth + 1)


def _recent(connection: sa.Connection, process: str) -> list[RecentStart]:
    """The latest starts of a process that nobody called, with what they were given."""
    heads = connection.execute(
        sa.select(_i.id, _i.business_key, _i.started_at, _i.started_by)
        .where(_i.process_id == process, _i.parent_id.is_(None))
        .order_by(_i.started_at.desc(), _i.id.desc())
        .limit(RECENT)
    ).all()
    if not heads:
        return []
    ids = [head.id for head in heads]
    first = sa.select(_h.instance_id, _h.records).where(
        _h.partition_id.in_({partition_of(id) for id in ids}),
        _h.instance_id.in_(ids),
        _h.first_number == 1,
    )
    records = {id: list(decode_records(found)) for id, found in connection.execute(first)}
    return [
        RecentStart(
            instance=head.id,
            business_key=head.business_key,
            at=moment(head.started_at),
            by=head.started_by,
            variables=inputs_of(records[head.id], process)[1],
        )
        for head in heads
        if head.id in records
    ]
