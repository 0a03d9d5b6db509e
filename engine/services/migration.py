"""Taking running instances to another version, by a plan that is checked first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec.structs import replace

from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.migration import Migrated, complete_mapping, instance_problems, plan_problems
from engine.services.audit import audit_hand
from engine.services.cache import Loaded
from engine.services.effects import Watch, perform, perform_on, told
from engine.services.instances import intervention, needed
from engine.services.modification import told as as_problem
from engine.state import Instance
from engine.storage import schema as t
from engine.storage.ids import by_partition, partition_of
from engine.storage.records import decode_records
from engine.views import (
    SYSTEM,
    Actor,
    DefinitionSpan,
    Effect,
    MappedElement,
    MigrationCheck,
    MigrationPlan,
    Problem,
)

if TYPE_CHECKING:
    from engine.program import Program
    from engine.services.shell import Shell
    from engine.services.unit import Unit

LOOKED_AT = 100
"""Instances that a check looks at, where it is not told which."""
RULE = "migration"
Looked = tuple[Counter[str], list[Any]]
"""Of some instances: how many tokens are at each element; what is in a plan's way."""


class MigrationMethods:
    """The part of `Engine` that takes instances from version to version."""

    _shell: Shell

    def migration_check(
        self, plan: MigrationPlan, instances: Iterable[int] | None = None
    ) -> MigrationCheck:
        """A plan against both definitions and these instances, by default the first active ones
        of the source; what is not mapped is filled in. Changes nothing. Raises NotFound."""
        wanted = None if instances is None else list(instances)
        return _check(self._shell, plan, wanted)

    def migrate_instance(
        self,
        id: int,
        plan: MigrationPlan,
        *,
        reason: str,
        by: Actor = SYSTEM,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Effect:
        """Let an instance go on with the plan's target. Timers keep their dates, messages their
        names and keys, but for the events that the plan updates; jobs that are out stay out.

        Raises Refused with all that has no target; then nothing has happened.
        """
        return perform_on(
            self._shell,
            id,
            "migrate",
            lambda unit: migrate(unit, id, plan, reason, by, dry_run),
            idempotency_key,
            dry_run=dry_run,
        )

    def definition_spans(self, id: int) -> list[DefinitionSpan]:
        """Which facts of an instance's history tell of which definition, oldest first. Raises
        NotFound."""
        h, i = t.history.c, t.instance.c
        shell = self._shell
        with shell.store.reading() as connection:
            head = connection.execute(
                sa.select(i.definition_id, i.process_id, i.version).where(
                    i.partition_id == partition_of(id), i.id == id
                )
            ).first()
            if head is None:
                raise NotFound(f"instance {id}: there is none")
            steps = connection.execute(
                sa.select(h.first_number, h.records)
                .where(h.partition_id == partition_of(id), h.instance_id == id)
                .order_by(h.first_number)
            ).all()
        moves = [
            (number, record.detail["from"])
            for first, records in steps
            for number, record in enumerate(decode_records(records), first)
            if record.kind == "intervention" and record.detail.get("verb") == "migrate"
        ]
        spans, first = [], 1
        for number, left in moves:
            spans.append(
                DefinitionSpan(
                    definition=int(left["definition"]),
                    process_id=left["process"],
                    version=left["version"],
                    first=first,
                    last=number - 1,
                )
            )
            first = number
        spans.append(
            DefinitionSpan(
                definition=head.definition_id,
                process_id=head.process_id,
                version=head.version,
                first=first,
                last=None,
            )
        )
        return spans


def migrate(
    unit: Unit, id: int, plan: MigrationPlan, reason: str, by: Actor, dry_run: bool = False
) -> Effect:
    loaded = unit.active(id)
    before = loaded.head
    if plan.source and before.definition_id != plan.source:
        raise Conflict(
            f"instance {id} runs '{before.process_id}' version {before.version} (definition "
            f"{before.definition_id}), not the plan's source {plan.source}"
        )
    programs, connection = unit.shell.programs, unit.transaction.connection
    target = programs.program(connection, plan.target)
    definition = programs.definition(connection, plan.target)
    given = _given(plan)
    problems = plan_problems(loaded.program, target, given, tuple(plan.update))
    mapping = complete_mapping(loaded.program, target, given)
    problems += instance_problems(loaded.program, target, mapping, loaded.instance)
    if problems:
        raise Refused([as_problem(problem, RULE) for problem in problems])
    watch = Watch(loaded, "migrate", dry_run=dry_run)
    hand = intervention(
        "migrate",
        by,
        needed(reason),
        **{"from": _told(before.definition_id, before.process_id, before.version)},
        to=_told(definition.id, definition.process_id, definition.version),
        mapping={a: b for a, b in mapping.items() if a != b},
        update=list(plan.update),
    )
    old = loaded.instance
    head = replace(
        before,
        definition_id=definition.id,
        process_id=definition.process_id,
        version=definition.version,
    )
    instance = Instance(
        old.scopes.values(),
        old.tokens.values(),
        old.subscriptions.values(),
        last_id=old.last_id,
        joins=target.joins,
    )
    moved = Loaded(head, instance, target, set(loaded.incidents), stored=loaded.stored)
    containers = {s.id: s.container for s in old.scopes.values()}
    unit.step(
        moved,
        Migrated(source=loaded.program.id, mapping=mapping, update=tuple(plan.update)),
        hand,
    )
    _write(unit, moved, containers)
    effect = watch.effect(unit)
    audit_hand(unit, hand, by, moved, **told(effect))
    return effect


def _write(unit: Unit, moved: Loaded, containers: Mapping[int, str]) -> None:
    """What a step never changes: of which definition the rows are, and of which containers."""
    statements, rare = unit.transaction.store.statements, unit.writes.rare
    head, partition = moved.head, partition_of(moved.id)
    names = (head.definition_id, head.process_id)
    rare.append((statements.move_instance, (*names, head.version, partition, moved.id)))
    rare.append((statements.move_subscriptions, (head.definition_id, partition, moved.id)))
    rare.append((statements.move_incidents, (*names, partition, moved.id)))
    for id, scope in moved.instance.scopes.items():
        if containers.get(id, scope.container) != scope.container:
            rare.append((statements.move_scope, (scope.container, partition, id)))
    for id in moved.incidents:
        if id in moved.instance.subscriptions:
            unit.set_shell(id, replace(unit.shell_of(id), queue=None))


def _told(definition: int, process: str, version: int) -> dict[str, object]:
    return {"definition": str(definition), "process": process, "version": version}


def _given(plan: MigrationPlan) -> dict[str, str | None]:
    given: dict[str, str | None] = {}
    for one in plan.mapping:
        if given.setdefault(one.source, one.target) != one.target:
            raise Invalid(f"migration plan: '{one.source}' has two targets; one would do")
    return given


def _check(shell: Shell, plan: MigrationPlan, wanted: Sequence[int] | None) -> MigrationCheck:
    i = t.instance.c
    with shell.store.reading() as connection:
        source = shell.programs.program(connection, plan.source)
        target = shell.programs.program(connection, plan.target)
        if wanted is None:
            query = sa.select(i.id).where(i.definition_id == plan.source, i.state == "active")
            wanted = connection.execute(query.order_by(i.id).limit(LOOKED_AT)).scalars().all()
    given = _given(plan)
    mapping = complete_mapping(source, target, given)
    problems = plan_problems(source, target, given, tuple(plan.update))
    active: Counter[str] = Counter()

    def look(unit: Unit, ids: Sequence[int]) -> Looked:
        found: Looked = (Counter(), [])
        for id in ids:
            loaded = unit.active(id)
            if loaded.head.definition_id != plan.source:
                message = f"instance {id} does not run the plan's source"
                raise Conflict(message)
            found[0].update(token.node for token in loaded.instance.tokens.values())
            found[1].extend(instance_problems(source, target, mapping, loaded.instance))
        return found

    is_distributed = shell.store.profile.is_distributed
    for ids in by_partition(wanted).values() if is_distributed else [wanted]:
        run = partial(look, ids=ids)
        counted, more = perform(shell, run, answer=tuple, verb="check", dry_run=True)
        active += counted
        problems += more
    unique = {(p.element, p.message): as_problem(p, RULE) for p in problems}
    return MigrationCheck(
        plan=plan,
        elements=_elements(source, mapping, given, active, unique.values()),
        problems=list(unique.values()),
        instances=len(wanted),
    )


def _elements(
    source: Program,
    mapping: Mapping[str, str | None],
    given: Mapping[str, str | None],
    active: Counter[str],
    problems: Iterable[Problem],
) -> list[MappedElement]:
    wrong: dict[str | None, str] = {}
    for problem in problems:
        wrong.setdefault(problem.element, problem.message)
    return [
        MappedElement(
            source=id,
            target=mapping.get(id),
            origin="given" if id in given else "same id" if id in mapping else "none",
            name=node.element.name,
            kind=type(node.element).__name__,
            active=active[id],
            problem=wrong.get(id),
        )
        for id, node in source.nodes.items()
    ]
