"""Standard loop (BPMN 2.0.2 §10.3.8, §13.3.6): the activity again while its condition holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from bpmn.model import StandardLoopCharacteristics
from engine.activities import completed
from engine.behaviour import LoopBehaviour, behaviour
from engine.expressions import Expression
from engine.state import Token

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node
    from engine.run import Run


class StandardLoopPlan(Struct, frozen=True):
    """When to go round again."""

    condition: Expression | None
    is_tested_before: bool
    maximum: int | None


@behaviour(StandardLoopCharacteristics)
class StandardLoopBehaviour(LoopBehaviour[StandardLoopPlan]):
    def prepare(self, compiler: Compiler, node: Node[Any]) -> StandardLoopPlan:
        loop: StandardLoopCharacteristics = node.element.loop_characteristics
        condition = compiler.expression(loop.loop_condition, node.element)
        if condition is None and loop.loop_maximum is None and not compiler.problems:
            compiler.problem(
                node.element,
                "its standard loop has neither a loopCondition nor a loopMaximum",
                "say when it ends",
            )
        return StandardLoopPlan(condition, loop.test_before, loop.loop_maximum)

    def enter(self, run: Run, token: Token, node: Node[Any]) -> None:
        plan: StandardLoopPlan = node.loop_plan
        loop = run.open(node.id, "loop", parent=run.local(token), holder=token, index=0)
        if self._goes_round(run, node, loop, 0, tested=plan.is_tested_before):
            self._iterate(run, loop, node, 0)
        else:
            run.close(loop)
            completed(run, token, node)

    def _goes_round(self, run: Run, node: Node[Any], loop: int, done: int, *, tested: bool) -> bool:
        plan: StandardLoopPlan = node.loop_plan
        if plan.maximum is not None and done >= plan.maximum:
            return False
        if not tested or plan.condition is None:
            return True
        return run.holds(plan.condition, loop, {"loopCounter": done})

    def _iterate(self, run: Run, loop: int, node: Node[Any], index: int) -> None:
        run.offer(self._iteration(run, loop, node, index))

    def _iteration(self, run: Run, loop: int, node: Node[Any], index: int) -> Token:
        iteration = run.place(loop, node)
        variables = {"loopCounter": index + run.program.dialect.first_loop_counter}
        run.open(
            node.id, "activity", parent=loop, holder=iteration, variables=variables, index=index
        )
        return iteration

    def single(self, run: Run, token: Token, node: Node[Any]) -> Token:
        loop = run.open(node.id, "loop", parent=run.local(token), holder=token, index=0)
        return self._iteration(run, loop, node, 0)

    def iteration_completed(self, run: Run, iteration: Token, node: Node[Any]) -> None:
        loop = run.instance.scopes[iteration.scope]
        run.left(iteration)
        self._go_on(run, node, loop.id)

    def child_ended(self, run: Run, token: Token, node: Node[Any], scope: int) -> None:
        """The iteration was cancelled from outside."""
        run.close(scope)
        completed(run, token, node)

    def _go_on(self, run: Run, node: Node[Any], scope: int) -> None:
        loop = run.instance.scopes[scope]
        done = loop.index + 1
        if self._goes_round(run, node, scope, done, tested=True):
            run.set_scope(replace(loop, index=done))
            self._iterate(run, scope, node, done)
            return
        assert loop.holder is not None
        token = run.instance.tokens[loop.holder]
        run.close(scope)
        completed(run, token, node)
