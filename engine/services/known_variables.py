"""The variables that a process is known to have, before anything runs: for completion in editors.

Known are the fields of start and task forms, what the mappings make, the results of scripts,
expressions and decisions, what a loop gives each of its turns, and what handlers say they answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from engine.elements.multi_instance import MultiInstancePlan
from engine.errors import ExecutionError
from engine.forms import fields_of
from engine.handler_docs import described
from engine.jobs import JobPlan
from engine.services.files import Files
from engine.services.task_lists import form_id
from engine.storage import schema as t
from engine.values import decode
from engine.views import KnownVariable

if TYPE_CHECKING:
    from engine.program import Node, Program
    from engine.services.shell import Shell

_d = t.definition.c


class KnownVariableMethods:
    """The part of `Engine` that tells editors which variables there are."""

    _shell: Shell

    def known_variables(self, files: Mapping[str, bytes]) -> list[KnownVariable]:
        """The variables of the processes of these files, by name; nothing is stored."""
        read = Files(files)
        answers = {one.type: described(one).outputs for one in self._shell.handlers}
        outputs = {type: [one.name for one in found] for type, found in answers.items()}
        forms = self._forms(read)
        found: dict[tuple[str, str], KnownVariable] = {}
        for process in read.processes:
            for name, scope, element, node in _variables(process.program, forms, outputs):
                title = node.element.name or element
                one = KnownVariable(name=name, scope=scope, element=element, from_element=title)
                found.setdefault((name, scope), one)
        return sorted(found.values(), key=lambda one: (one.name, one.scope))

    def _forms(self, read: Files) -> dict[str, Any]:
        """The forms that the processes name, deployed or given along, by id."""
        wanted = {
            form_id(msgspec.to_builtins(node.settings.form))
            for process in read.processes
            for node in process.program.nodes.values()
            if node.settings.form is not None
        }
        query = (
            sa.select(_d.ref, t.resource.c.content)
            .join(t.resource, _d.resource_hash == t.resource.c.hash)
            .where(_d.kind == "form", _d.is_latest == 1, _d.ref.in_(wanted))
        )
        with self._shell.store.reading() as connection:
            found = {row.ref: decode(bytes(row.content)) for row in connection.execute(query)}
        return {**found, **{one.id: decode(read.contents[one.file]) for one in read.forms}}


def _variables(
    program: Program, forms: Mapping[str, Any], outputs: Mapping[str, list[str]]
) -> Iterator[tuple[str, str, str, Node[Any]]]:
    """Name, scope (empty: the whole process), element and node of each."""
    for id, node in program.nodes.items():
        said = node.settings
        for mapping in said.inputs:
            yield mapping.target, id, id, node
        if isinstance(loop := node.loop_plan, MultiInstancePlan):
            if loop.element_variable:
                yield loop.element_variable, id, id, node
            if loop.output_collection:
                yield loop.output_collection, "", id, node
            yield "loopCounter", id, id, node
        for name in _results(node, forms, outputs):
            yield name, "", id, node


def _results(
    node: Node[Any], forms: Mapping[str, Any], outputs: Mapping[str, list[str]]
) -> Iterator[str]:
    said = node.settings
    for mapping in said.outputs:
        yield mapping.target
    if said.result_variable:
        yield said.result_variable
    if said.decision is not None and said.decision.result_variable:
        yield said.decision.result_variable
    if said.form is not None:
        stated = msgspec.to_builtins(said.form)
        form = {"fields": stated["fields"]} if stated.get("fields") else forms.get(form_id(stated))
        for field in fields_of(form, {}):
            yield field.key.partition(".")[0]
    plan = getattr(node, "plan", None)
    job = plan if isinstance(plan, JobPlan) else getattr(plan, "job", None)
    if isinstance(job, JobPlan) and not said.outputs:
        try:
            yield from outputs.get(str(job.type.evaluate({})), ())
        except ExecutionError:
            return
