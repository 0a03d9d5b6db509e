"""Script task (BPMN 2.0.2 §10.3.3): the engine evaluates a script over the variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from bpmn.dialects import Code, Dialect
from bpmn.model import ScriptTask
from engine.activities import complete
from engine.behaviour import NodeBehaviour, behaviour
from engine.elements.pass_through import completes_with
from engine.evaluation import asked
from engine.expressions import Expression
from engine.jobs import JobPlan, job_plan, wait_for_job
from engine.state import Subscription, Token, Variables

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.expressions.javascript import JavaScript
    from engine.program import Node
    from engine.run import Run


class ScriptPlan(Struct, frozen=True):
    """A script, or the job that runs it where the model names a worker."""

    script: Expression | None
    result: str | None
    """The variable that gets the result; None: a document's entries become variables."""
    job: JobPlan | None = None
    is_program: bool = False
    """Whether it may assign variables by their names: JavaScript or Python in BPMN without a
    vendor, where nothing else would tell its results (ours)."""


@behaviour(ScriptTask)
class ScriptTaskBehaviour(NodeBehaviour[ScriptPlan]):
    def prepare(self, compiler: Compiler, node: Node[ScriptPlan]) -> ScriptPlan:
        settings = node.settings
        if settings.job_type is not None:
            return ScriptPlan(None, None, job_plan(compiler, node, settings))
        element: ScriptTask = node.element
        code = settings.script
        if code is None and element.script.strip():
            language = script_language(element.script_format, compiler.dialect)
            code = Code(language, element.script.strip().removeprefix("="))
        assigns = code is not None and code.language in ("javascript", "python")
        is_program = assigns and compiler.dialect.name == "plain"
        return ScriptPlan(
            compiler.code(code, element), settings.result_variable, is_program=is_program
        )

    def enter(self, run: Run, token: Token, node: Node[ScriptPlan]) -> None:
        plan = node.plan
        if plan.job is not None:
            wait_for_job(run, token, plan.job)
            return
        if plan.script is None:
            complete(run, token, node, {})
            return
        if plan.is_program:
            self._execute(run, token, node)
            return
        value = run.evaluate(plan.script, run.local(token))
        run.record("evaluated", node.id, token.id, token.scope, detail={"output": value})
        complete(run, token, node, yielded(plan.result, value))

    def _execute(self, run: Run, token: Token, node: Node[ScriptPlan]) -> None:
        """Run a script that assigns variables by their names."""
        plan = node.plan
        script = cast("JavaScript", plan.script)
        done = asked(run, run.local(token), lambda seen: script.run(seen, now=run.now))
        run.record("evaluated", node.id, token.id, token.scope, detail={"output": done.value})
        run.declare_if(run.local(token), done.assigned_locally, node.id)
        assigned = {**done.globals, **done.assigned}
        is_value_meant = plan.result is not None or not assigned
        values = yielded(plan.result, done.value) if is_value_meant else {}
        complete(run, token, node, {**assigned, **values})

    def caught(
        self, run: Run, node: Node[ScriptPlan], subscription: Subscription, payload: Variables
    ) -> None:
        completes_with(run, node, subscription, payload)


def yielded(variable: str | None, value: Any) -> dict[str, Any]:
    """A result as variables: under the name the model gives, or else a document's own entries."""
    if variable:
        return {variable: value}
    return dict(value) if isinstance(value, dict) else {}


def script_language(script_format: str, dialect: Dialect) -> str:
    """The language of a script by its MIME type or name; the dialect's own where it is not said."""
    name = script_format.lower().rpartition("/")[2].removeprefix("x-")
    known = {"": dialect.expression_language, "ecmascript": "javascript", "js": "javascript"}
    return known.get(name, name)
