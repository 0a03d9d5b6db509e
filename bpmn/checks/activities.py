"""Activities and tasks (BPMN 2.0.2 §10.3): quantities, scripts, data of messages."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called
from bpmn.dialects.extensions import names_a_file

_LANGUAGES = frozenset(
    {"feel", "juel", "javascript", "python", "groovy", "xpath", "xslt", "java", "ruby", "mvel"}
)
"""Names of languages that some engine runs; what ours runs, its own compiler says."""


@rule("start-quantity", "10.3", m.Activity)
def start_quantity(activity: m.Activity, _: Context) -> Findings:
    """An activity starts with one token or more."""
    if activity.start_quantity >= 1:
        return None
    return Finding(
        activity,
        f"'startQuantity' of {called(activity)} is {activity.start_quantity}",
        "1 or more would do",
    )


@rule("completion-quantity", "10.3", m.Activity)
def completion_quantity(activity: m.Activity, _: Context) -> Findings:
    """An activity leaves with one token or more."""
    if activity.completion_quantity >= 1:
        return None
    return Finding(
        activity,
        f"'completionQuantity' of {called(activity)} is {activity.completion_quantity}",
        "1 or more would do",
    )


# Tasks


@rule("script-missing", "10.3.3", m.ScriptTask, severity="warning", drawn="info")
def script_missing(task: m.ScriptTask, context: Context) -> Findings:
    """A script task has a script; without one it passes at once."""
    if task.script.strip():
        return None
    said = context.settings(task)
    if said.script or said.job_type or names_a_file(task):
        return None
    return Finding(
        task, f"{called(task)} has no script: it does nothing", "add a 'script', or use a task"
    )


@rule("job-type-missing", "10.3.3", m.ServiceTask, severity="warning", drawn="info")
def job_type_missing(task: m.ServiceTask, context: Context) -> Findings:
    """A service task says who does its work; one that does not asks for jobs named like itself."""
    said = context.settings(task)
    if said.job_type or said.delegate or said.connector or task.operation_ref:
        return None
    if task.implementation not in ("", "##WebService", "##unspecified"):
        return None
    return Finding(
        task,
        f"{called(task)} names no type of job: it asks for jobs of type '{task.id}'",
        "give it the type of job that a worker or a handler serves",
    )


@rule("script-format-missing", "10.3.3", m.ScriptTask, drawn="info", vendor="info")
def script_format_missing(task: m.ScriptTask, _: Context) -> Findings:
    """A script says in which language it is."""
    if task.script_format.strip() or not task.script.strip() or task.script.strip()[0] == "=":
        return None
    return Finding(
        task,
        f"{called(task)} does not say in which language its script is",
        "add a 'scriptFormat', for example 'application/feel'",
    )


@rule("script-language", "10.3.3", m.ScriptTask, severity="warning", drawn="info")
def script_language(task: m.ScriptTask, context: Context) -> Findings:
    """The language of a script is one that engines know."""
    said = task.script_format.strip()
    if not said or context.language(said) in _LANGUAGES:
        return None
    return Finding(
        task,
        f"{called(task)} has a script in '{said}', which is not known",
        "'application/feel' or 'text/javascript', for example, would do",
    )


@rule("global-script-language-missing", "10.3.7", m.GlobalScriptTask, vendor="info")
def global_script_language_missing(task: m.GlobalScriptTask, _: Context) -> Findings:
    """The script of a global script task says in which language it is."""
    if task.script_language.strip() or not task.script.strip() or task.script.strip()[0] == "=":
        return None
    return Finding(
        task,
        f"{called(task)} does not say in which language its script is",
        "add a 'scriptLanguage', for example 'application/feel'",
    )


@rule("service-task-data", "10.3.3", m.ServiceTask, vendor="warning", given="io_specification")
def service_task_data(task: m.ServiceTask, context: Context) -> Findings:
    """A service task with an operation has the data of the operation's messages, one of each."""
    operation = context.by_id.get(task.operation_ref or "")
    io = task.io_specification
    if not isinstance(operation, m.Operation) or io is None:
        return None
    return [
        *_single(task, io.data_inputs, "dataInput", operation.in_message_ref, context),
        *_single(task, io.data_outputs, "dataOutput", operation.out_message_ref, context),
    ]


@rule("send-task-data", "10.3.3", m.SendTask, vendor="warning", given="io_specification")
def send_task_data(task: m.SendTask, context: Context) -> Findings:
    """A send task has no more than one data input: that of its message."""
    if task.io_specification is None or not task.message_ref:
        return None
    inputs = task.io_specification.data_inputs
    return _single(task, inputs, "dataInput", task.message_ref, context)


@rule("receive-task-data", "10.3.3", m.ReceiveTask, vendor="warning", given="io_specification")
def receive_task_data(task: m.ReceiveTask, context: Context) -> Findings:
    """A receive task has no more than one data output: that of its message."""
    if task.io_specification is None or not task.message_ref:
        return None
    outputs = task.io_specification.data_outputs
    return _single(task, outputs, "dataOutput", task.message_ref, context)


def _single(
    task: m.Task,
    data: tuple[m.DataInput, ...] | tuple[m.DataOutput, ...],
    word: str,
    message: str | None,
    context: Context,
) -> list[Finding]:
    """What keeps `data` from being the item of one message."""
    if len(data) > 1:
        return [
            Finding(
                data[1],
                f"{called(task)} has {len(data)} elements '{word}', but one message",
                f"keep one '{word}'",
            )
        ]
    found = context.by_id.get(message or "")
    item = getattr(found, "item_ref", None)
    if not data or not item or data[0].item_subject_ref in (None, item):
        return []
    return [
        Finding(
            data[0],
            f"the '{word}' of {called(task)} is '{data[0].item_subject_ref}', its message"
            f" '{message}' is '{item}'",
            "use the same item definition for both",
        )
    ]
