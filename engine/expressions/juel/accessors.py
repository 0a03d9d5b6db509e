"""`execution` and `task`: what expressions may ask of the instance, in the words of Camunda 7."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.expressions.execution import NAME, Execution
from engine.expressions.juel.context import Context
from engine.expressions.juel.methods import Method
from engine.expressions.juel.problems import Problem
from engine.expressions.juel.values import to_text

__all__ = ["EXECUTION", "TASK", "Task", "fact_of", "task_of"]


class Task:
    """The user task of an evaluation."""

    KIND = "a task"
    __slots__ = ("execution",)

    def __init__(self, execution: Execution) -> None:
        self.execution = execution


def task_of(context: Context) -> Task:
    """The task. Raises Problem where there is none."""
    if context.execution.task is None:
        raise Problem("there is no task here; 'task' exists in a user task's own expressions")
    return Task(context.execution)


def fact_of(value: Execution | Task, name: str) -> Any:
    """A property of the execution or the task."""
    facts = value.facts if isinstance(value, Execution) else value.execution.task or {}
    if name in facts:
        return facts[name]
    if name == "execution" and isinstance(value, Task):
        return value.execution
    which = "the execution" if isinstance(value, Execution) else "the task"
    known = ", ".join(sorted(facts)) or "nothing here"
    raise Problem(f"{which} does not tell its '{name}'; it tells {known}")


def _get(context: Context, _: Any, name: Any) -> Any:
    return context.get(to_text(name))


def _has(context: Context, _: Any, name: Any) -> bool:
    return context.has(to_text(name))


def _local(context: Context) -> dict[str, Any]:
    execution = context.execution
    if execution.local is None:
        raise Problem("local variables are not told apart here; use getVariable")
    return {**execution.local, **execution.assigned_locally}


def _all(context: Context, _: Any) -> dict[str, Any]:
    execution = context.execution
    context.charge(len(context.variables))
    found = {name: value for name, value in context.variables.items() if name != NAME}
    return {**found, **execution.assigned, **execution.assigned_locally}


def _set(context: Context, _: Any, name: Any, value: Any) -> None:
    _assign(context, "assigned", name, value)


def _set_locally(context: Context, _: Any, name: Any, value: Any) -> None:
    _assign(context, "assigned_locally", name, value)


def _assign(context: Context, where: str, name: Any, value: Any) -> None:
    execution = context.execution
    if not execution.may_assign:
        raise Problem("no variable can be set here; use an output mapping or a script task")
    if isinstance(value, Execution | Task):
        raise Problem("only data can be kept in a variable")
    assigned = execution.assigned if where == "assigned" else execution.assigned_locally
    assigned[to_text(name)] = value


_VARIABLES: dict[str, Method] = {
    "getVariable": Method(1, 1, _get),
    "hasVariable": Method(1, 1, _has),
    "getVariables": Method(0, 0, _all),
    "getVariableNames": Method(0, 0, lambda context, this: list(_all(context, this))),
    "hasVariables": Method(0, 0, lambda context, this: bool(_all(context, this))),
    "getVariableLocal": Method(1, 1, lambda context, _, name: _local(context).get(to_text(name))),
    "hasVariableLocal": Method(1, 1, lambda context, _, name: to_text(name) in _local(context)),
    "getVariablesLocal": Method(0, 0, lambda context, _: _local(context)),
    "setVariable": Method(2, 2, _set),
    "setVariableLocal": Method(2, 2, _set_locally),
}


def _change(name: str) -> Method:
    """Set a property of the task."""

    def change(context: Context, _: Any, value: Any) -> None:
        context.execution.changes[name] = value

    return Method(1, 1, change)


def _candidate(name: str) -> Method:
    """Add to the task's candidates."""

    def add(context: Context, _: Any, value: Any) -> None:
        known = context.execution.changes.setdefault(name, [])
        known.append(to_text(value))

    return Method(1, 1, add)


def _getters(*names: str) -> dict[str, Method]:
    def getter(name: str) -> Callable[..., Any]:
        return lambda _, this: fact_of(this, name)

    return {f"get{name[0].upper()}{name[1:]}": Method(0, 0, getter(name)) for name in names}


EXECUTION: dict[str, Method] = {
    **_VARIABLES,
    **_getters(
        "id",
        "processInstanceId",
        "rootProcessInstanceId",
        "processBusinessKey",
        "businessKey",
        "processInstanceBusinessKey",
        "processDefinitionId",
        "processDefinitionKey",
        "currentActivityId",
        "currentActivityName",
        "currentFlowElement",
        "currentTransitionId",
        "activityInstanceId",
        "parentActivityInstanceId",
        "eventName",
        "tenantId",
        "parentId",
        "superExecutionId",
    ),
}
TASK: dict[str, Method] = {
    **_VARIABLES,
    **_getters(
        "id",
        "name",
        "description",
        "assignee",
        "owner",
        "priority",
        "dueDate",
        "followUpDate",
        "createTime",
        "taskDefinitionKey",
        "taskState",
        "processInstanceId",
        "processDefinitionId",
        "executionId",
        "eventName",
        "tenantId",
        "formKey",
    ),
    "addCandidateGroup": _candidate("candidateGroups"),
    "addCandidateUser": _candidate("candidateUsers"),
    "setAssignee": _change("assignee"),
    "setDueDate": _change("dueDate"),
    "setFollowUpDate": _change("followUpDate"),
    "setPriority": _change("priority"),
    "getExecution": Method(0, 0, lambda context, _: context.execution),
}
