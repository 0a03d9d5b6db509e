"""The one vocabulary that every vendor's extensions are translated into.

Texts that may be expressions are `Code`. Names of variables, versions and durations are plain
texts as the model has them; None or an empty collection: the model does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

__all__ = [
    "Binding",
    "Called",
    "Code",
    "Condition",
    "Connector",
    "Decision",
    "Delegate",
    "ErrorMapping",
    "Field",
    "Form",
    "FormField",
    "Listener",
    "Loop",
    "Publication",
    "Settings",
    "VariableMapping",
]


class Code(Struct, frozen=True):
    """A text in a language that somebody evaluates."""

    language: str
    """`literal` (the text stands for itself), `variable` (it is one's name), `feel`, `juel`,
    `javascript`, `python`, `groovy`, `xpath`, ...; `resource` (it names a deployed file);
    `composite`: see `text`."""
    text: str
    """The source, without marks that only say the language, such as FEEL's `=`.

    Of a composite: JSON, `["list", item, ...]` or `["map", [key, item], ...]`, where an item is
    again one of these, or `[language, text]`.
    """


class VariableMapping(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A value computed in one scope and set in another."""

    source: Code
    target: str
    """Name of a variable, or a path: `order.id`."""


Binding = Literal["latest", "deployment", "version", "versionTag"]
"""Which version of a called process, decision or form is meant."""


class FormField(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A field of a form that the model itself describes."""

    id: str
    label: str | None = None
    type: str = "string"
    """`string`, `long`, `boolean`, `date`, `enum`, or a type of the vendor's."""
    default: Code | None = None
    is_required: bool = False
    is_readable: bool = True
    is_writable: bool = True
    variable: str | None = None
    """The variable it is bound to; None: the one that has its id."""
    date_pattern: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    """Value and label of each choice."""
    constraints: Mapping[str, str] = {}
    """Parameter by rule: `min`, `max`, `minlength`, `maxlength`, `required`, `readonly`, ..."""
    properties: Mapping[str, str] = {}


class Form(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """What a user task or a start event shows."""

    key: str | None = None
    """A name that the form's host knows, or `camunda-forms:...`; may be an expression."""
    id: str | None = None
    """Id of a deployed form; may be an expression."""
    reference: str | None = None
    """What an application outside goes by; may be an expression."""
    binding: Binding = "latest"
    version: str | None = None
    version_tag: str | None = None
    fields: tuple[FormField, ...] = ()
    business_key: str | None = None
    """Id of the field that gives the instance its business key."""


class Called(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Of a call activity: who is called, and what crosses."""

    process: Code | None = None
    """None: as `calledElement` says."""
    binding: Binding = "latest"
    version: str | None = None
    version_tag: str | None = None
    business_key: Code | None = None
    inherits_business_key: bool = False
    propagate_all_in: bool = False
    """All variables visible to the call activity become the called process's."""
    propagate_all_out: bool = False
    """All variables of the called process become the caller's."""
    in_mappings: tuple[VariableMapping, ...] = ()
    out_mappings: tuple[VariableMapping, ...] = ()


class Loop(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Of multi-instance characteristics, or of an ad-hoc sub-process's activations."""

    collection: Code | None = None
    element_variable: str | None = None
    index_variable: str | None = None
    """None: `loopCounter`."""
    output_collection: str | None = None
    output_element: Code | None = None


class Decision(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Of a business rule task."""

    id: Code
    binding: Binding = "latest"
    version: str | None = None
    version_tag: str | None = None
    result_variable: str | None = None
    map_decision_result: str | None = None
    """Camunda 7: `singleEntry`, `singleResult`, `collectEntries`, `resultList`."""


class Field(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A value handed to a delegate under a name."""

    name: str
    value: Code


class Delegate(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Code of the application's that a vendor's engine would call in its own process."""

    kind: Literal["class", "expression", "delegateExpression", "type"]
    """`type`: a kind of task built into that engine, such as `mail`."""
    code: Code
    fields: tuple[Field, ...] = ()

    @property
    def name(self) -> str:
        """The class, the bean or the built-in kind by its name alone."""
        text = self.code.text.strip()
        if self.code.language == "juel" and text[-1:] == "}":
            return text[2:-1].strip()
        return text


class Connector(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A connector of Camunda 7's, with mappings of its own."""

    id: str
    inputs: tuple[VariableMapping, ...] = ()
    outputs: tuple[VariableMapping, ...] = ()


class Listener(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Work beside the element's own: when it starts, ends, is assigned, ..."""

    kind: Literal["execution", "task"]
    event: str
    """`start`, `end`, `take`; of tasks `create`, `assignment`, `complete`, `timeout`, ..."""
    job_type: Code | None = None
    retries: Code | None = None
    script: Code | None = None
    delegate: Delegate | None = None
    id: str | None = None
    timer: tuple[Literal["date", "duration", "cycle"], Code] | None = None
    """Of `timeout`: when."""


class ErrorMapping(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A failure of the work that counts as a BPMN error."""

    condition: Code | None = None
    """Holds after the failure; None: the class decides."""
    error_ref: str | None = None
    error_code: str | None = None
    exception: str | None = None
    """Name of the exception's class."""


class Condition(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Of a conditional event: which changes ask it again."""

    variables: tuple[str, ...] = ()
    """Empty: any that its expression reads."""
    changes: tuple[str, ...] = ()
    """Of `create`, `update`, `delete`; empty: all."""


class Publication(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Of a throwing message event: how the message is published."""

    correlation_key: Code | None = None
    message_id: Code | None = None
    time_to_live: Code | None = None


class Settings(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """All that the extensions of one element say."""

    job_type: Code | None = None
    """The kind of job that workers ask for; of class delegates the class, of beans the bean."""
    delegate: Delegate | None = None
    connector: Connector | None = None
    retries: Code | None = None
    """How often the job is tried."""
    retry_cycle: str | None = None
    """`R3/PT10S`, or the interval before each further try: `PT1M,PT5M`; may be an expression."""
    backoff: str | None = None
    """ISO 8601 duration between two tries."""
    timeout: str | None = None
    """ISO 8601 duration for which a worker has the job to itself."""
    priority: Code | None = None
    headers: Mapping[str, str] = {}
    """Constants for the worker."""
    inputs: tuple[VariableMapping, ...] = ()
    """Variables made in the element's own scope, on entry."""
    outputs: tuple[VariableMapping, ...] = ()
    """Variables made outside of it, on completion."""
    propagate_all_in: bool = False
    """Of a throwing event: all variables travel with what it throws."""
    error_mappings: tuple[ErrorMapping, ...] = ()
    skip_condition: Code | None = None
    """Where it holds, the task is passed without being done."""

    form: Form | None = None
    forms: Mapping[str, str] = {}
    """Of a process: the JSON of the forms it carries, by id."""
    assignee: Code | None = None
    candidate_users: Code | None = None
    candidate_groups: Code | None = None
    due_date: Code | None = None
    follow_up_date: Code | None = None

    called: Called | None = None
    loop: Loop | None = None
    decision: Decision | None = None
    script: Code | None = None
    """Of a script task whose script stands in an extension."""
    result_variable: str | None = None
    """The variable that gets the result of the script, expression or decision."""

    correlation_key: Code | None = None
    """Of a message that is waited for, or of the element that waits."""
    publication: Publication | None = None
    condition: Condition | None = None
    error_code_variable: str | None = None
    error_message_variable: str | None = None
    error_message: Code | None = None
    """Of an error: the message that it is thrown with."""
    escalation_code_variable: str | None = None

    async_before: bool = False
    """The transaction ends before the element is entered."""
    async_after: bool = False
    """The transaction ends before the element is left."""
    listeners: tuple[Listener, ...] = ()
    properties: Mapping[str, str] = {}
    """Names and values without meaning to the engine."""

    outcome: str | None = None
    """Of an end event: `completed` or `failed`, what the instance counts as when it ends here."""
    reason: str | None = None
    """Of an end event: why, in a word."""
    initiator: str | None = None
    """Of a start event: the variable that gets the user who started the instance."""
    version_tag: str | None = None
    history_ttl: str | None = None
    """Of a process: days, or an ISO 8601 duration, that ended instances are kept."""
    masked: str | None = None
    """Of a process: names of variables that are secret, with `*`; blanks or commas between them."""
    sla: str | None = None
    """For how long an instance, a job or a task may be open: an ISO 8601 duration."""
    rate: str | None = None
    """How many jobs may be given out: `10/PT1S`."""
    is_startable: bool = True
    """Whether users are offered the process to start."""
