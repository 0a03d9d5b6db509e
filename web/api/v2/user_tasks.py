"""User tasks: what people have to do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import g
from pydantic import Field
from typing_extensions import TypedDict

from engine import Candidate, NotFound, Paging, TaskOrder, TaskQuery, TaskView
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.search import (
    LONGEST_PAGE,
    PageAnswer,
    PageRequest,
    Search,
    found,
    listed,
    search_of,
)
from web.api.shapes import (
    TENANT,
    Key,
    Moment,
    Shape,
    Text,
    Variables,
    json_text,
    key_of,
    keys_of,
    time_of,
    time_or_none,
)
from web.api.v2.ended import Ended, ended_of, ended_one, meant
from web.api.v2.process_definitions import Form
from web.api.v2.variables import Variable, VariableItems, variable_key, whole
from web.task_query import read


class TaskCompletion(Shape):
    variables: Variables | None = None
    action: str | None = None


class Assignment(Shape):
    assignee: Annotated[Text, Field(min_length=1)]
    allow_override: bool | None = None
    """False: not if it is somebody else's already."""
    action: str | None = None


class UserTask(TypedDict):
    name: str | None
    state: Literal["CREATED", "COMPLETED", "CANCELED"]
    assignee: str | None
    elementId: str
    candidateGroups: list[str]
    candidateUsers: list[str]
    processDefinitionId: str
    creationDate: Moment
    completionDate: Moment | None
    followUpDate: Moment | None
    dueDate: Moment | None
    tenantId: str
    externalFormReference: str | None
    processDefinitionVersion: int
    customHeaders: dict[str, str]
    userTaskKey: Key
    elementInstanceKey: Key
    processName: str | None
    processDefinitionKey: Key
    processInstanceKey: Key
    rootProcessInstanceKey: Key | None
    businessId: str | None
    formKey: Key | None
    tags: list[str]
    priority: int


class UserTasks(TypedDict):
    items: list[UserTask]
    page: PageAnswer


TaskSearch = search_of(UserTask, candidateGroup=Text, candidateUser=Text, query=Text)
ORDERS: dict[tuple[str, ...], TaskOrder] = {
    ("creationDate",): "created",
    ("-creationDate",): "-created",
    ("dueDate", "-priority", "creationDate"): "due",
    ("-priority", "dueDate", "creationDate"): "-priority",
}
"""What the engine sorts by itself; other orders are made here, of short lists."""


@operation(
    "POST",
    "/user-tasks/search",
    "work",
    body=TaskSearch,
    answer=UserTasks,
    example={"filter": {"candidateGroup": "underwriters"}, "page": {"limit": 20}},
)
def search_user_tasks(body: Search) -> Any:
    """Find user tasks, oldest first

    `query` is a text as of the console's inbox: `is:mine due:<2d process:order`. Tasks that are
    done are given where `state` asks for COMPLETED or CANCELED: of the instance that
    `processInstanceKey` names, or of at most a hundred of a `processDefinitionId`.
    """
    wanted = body.conditions()
    states = body.conditions().any("state")
    if states is not None and set(states) != {"CREATED"}:
        return _ended(body, "CREATED" in states)
    wanted.any("state")
    instance, text = wanted.one("processInstanceKey"), wanted.one("query")
    sort = tuple(f"{'-' * (s.order.upper() == 'DESC')}{s.field}" for s in body.sort or ())
    sorted_by = next((one for one in ORDERS if one[: len(sort)] == sort), ("creationDate",))
    query = TaskQuery(
        ids=keys_of(wanted.any("userTaskKey") or (), "user task"),
        assignee=wanted.one("assignee"),
        candidate_user=wanted.one("candidateUser"),
        candidate_groups=wanted.any("candidateGroup") or (),
        instance=None if instance is None else key_of(instance, "process instance"),
        process_ids=wanted.any("processDefinitionId") or (),
        element=wanted.one("elementId"),
        all_of=() if text is None else (_asked(text),),
        order=ORDERS[sorted_by],
    )
    return found(
        body,
        wanted,
        lambda paging: engine().tasks(query, paging),
        _item,
        sorted_by=sorted_by,
    )


def _asked(text: str) -> TaskQuery:
    """What a query text asks for, as who sends it sees it. Raises Invalid."""
    me = Candidate(user=actor().name, groups=tuple(g.identity.groups))
    return read(engine(), text, me)


def _ended(body: Search, with_open: bool) -> Any:
    """Tasks that are done, and with them, if wanted, the open ones of the same instances."""
    wanted = body.conditions()
    keys = wanted.any("processInstanceKey") or wanted.any("userTaskKey")
    ids = meant(wanted, keys)
    items = [_ended_item(one) for id in ids for one in ended_of(id, "user_task")]
    if with_open:
        for id in ids:
            found = engine().tasks(TaskQuery(instance=id), Paging(limit=LONGEST_PAGE))
            items += [_item(task) for task in found.items]
    items.sort(key=lambda item: item["creationDate"])
    return whole(items, body)


def _ended_item(one: Ended) -> UserTask:
    head = one.head
    return UserTask(
        name=one.name or one.definition.elements.get(one.element),
        state="COMPLETED" if one.how == "COMPLETED" else "CANCELED",
        assignee=one.worker,
        elementId=one.element,
        candidateGroups=[],
        candidateUsers=[],
        processDefinitionId=head.process_id,
        creationDate=time_of(one.created),
        completionDate=time_or_none(one.at),
        followUpDate=None,
        dueDate=None,
        tenantId=TENANT,
        externalFormReference=None,
        processDefinitionVersion=head.version,
        customHeaders={},
        userTaskKey=str(one.id),
        elementInstanceKey=str(one.token),
        processName=head.process_name,
        processDefinitionKey=str(head.definition),
        processInstanceKey=str(head.id),
        rootProcessInstanceKey=str(head.root),
        businessId=head.business_key,
        formKey=None,
        tags=[],
        priority=50,
    )


def _item(task: TaskView) -> UserTask:
    return UserTask(
        name=task.name,
        state="CREATED",
        assignee=task.assignee,
        elementId=task.element,
        candidateGroups=list(task.candidate_groups),
        candidateUsers=list(task.candidate_users),
        processDefinitionId=task.process_id,
        creationDate=time_of(task.created),
        completionDate=None,
        followUpDate=time_or_none(task.follow_up),
        dueDate=time_or_none(task.due),
        tenantId=TENANT,
        externalFormReference=None,
        processDefinitionVersion=task.version,
        customHeaders={},
        userTaskKey=str(task.id),
        elementInstanceKey=str(task.token),
        processName=task.process_name,
        processDefinitionKey=str(task.definition),
        processInstanceKey=str(task.instance),
        rootProcessInstanceKey=str(task.root),
        businessId=task.business_key,
        formKey=None,
        tags=[],
        priority=task.priority,
    )


@operation("GET", "/user-tasks/{key}", "work", answer=UserTask)
def get_user_task(key: str) -> UserTask:
    """One user task, open or done"""
    try:
        return _item(engine().task(_id(key)))
    except NotFound:
        return _ended_item(ended_one(_id(key), "user_task"))


@operation("GET", "/user-tasks/{key}/form", "work", answer=Form)
def get_user_task_form(key: str) -> Form | None:
    """The form of a task; 204 when it has none"""
    task = engine().task(_id(key))
    if task.form is None:
        return None
    return Form(
        tenantId=TENANT,
        formId=str(task.form.get("id") or task.element),
        schema=json_text(task.form),
        version=task.version,
        formKey=str(task.definition),
    )


VariableSearch = search_of(Variable)


@operation(
    "POST",
    "/user-tasks/{key}/variables/search",
    "work",
    body=VariableSearch,
    answer=VariableItems,
    example={"filter": {"name": "amount"}},
)
def search_user_task_variables(key: str, body: Search) -> Any:
    """The variables that a task sees"""
    return _visible(key, body)


@operation(
    "POST",
    "/user-tasks/{key}/effective-variables/search",
    "work",
    body=VariableSearch,
    answer=VariableItems,
)
def search_user_task_effective_variables(key: str, body: Search) -> Any:
    """The variables that a task sees, each name once"""
    return _visible(key, body)


def _visible(key: str, body: Search) -> Any:
    task = engine().task(_id(key))
    items = [
        Variable(
            value=json_text(value),
            isTruncated=False,
            name=name,
            tenantId=TENANT,
            variableKey=variable_key(task.instance, name),
            scopeKey=str(task.instance),
            processInstanceKey=str(task.instance),
            rootProcessInstanceKey=str(task.root),
        )
        for name, value in sorted(task.variables.items())
    ]
    wanted = body.conditions()
    return listed([item for item in items if wanted.hold(item)], body.page or PageRequest())


@operation(
    "POST",
    "/user-tasks/{key}/completion",
    "work",
    body=TaskCompletion,
    example={"variables": {"approved": True}},
)
def complete_user_task(key: str, body: TaskCompletion) -> None:
    """Complete a task with what was entered

    What its form does not take is refused, `fields` saying why field by field; a task without a
    form takes anything.
    """
    engine().complete_task(
        _id(key),
        body.variables,
        by=actor(),
        checks_form=True,
        idempotency_key=idempotency_key(),
    )


@operation(
    "POST",
    "/user-tasks/{key}/assignment",
    "work",
    body=Assignment,
    example={"assignee": "ada", "allowOverride": False},
)
def assign_user_task(key: str, body: Assignment) -> None:
    """Give a task to somebody"""
    is_forced = body.allow_override is not False
    engine().claim(
        _id(key), body.assignee, by=actor(), force=is_forced, idempotency_key=idempotency_key()
    )


@operation("DELETE", "/user-tasks/{key}/assignee", "work")
def unassign_user_task(key: str) -> None:
    """Take a task from whoever has it"""
    engine().unclaim(_id(key), by=actor(), idempotency_key=idempotency_key())


class TaskChangeset(Shape):
    due_date: Moment | None = None
    follow_up_date: Moment | None = None
    candidate_users: list[Text] | None = None
    candidate_groups: list[Text] | None = None
    priority: Annotated[int, Field(ge=0, le=100)] | None = None


class TaskUpdate(Shape):
    changeset: TaskChangeset | None = None
    action: str | None = None


@operation(
    "PATCH",
    "/user-tasks/{key}",
    "work",
    body=TaskUpdate,
    example={"changeset": {"priority": 80, "candidateGroups": ["seniors"]}},
)
def update_user_task(key: str, body: TaskUpdate) -> None:
    """Change who may do a task, and until when; what is not named stays"""
    if body.changeset is None:
        return
    changes = changes_of(body.changeset)
    engine().update_task(_id(key), changes, by=actor(), idempotency_key=idempotency_key())


def changes_of(given: TaskChangeset) -> dict[str, Any]:
    """What of a task is to be changed."""
    changes = given.model_dump(exclude_unset=True, by_alias=False)
    for name in ("due_date", "follow_up_date"):
        # An empty text takes the date away, as Camunda 8 has it.
        if changes.get(name) == "":
            changes[name] = None
    return changes


def _id(key: str) -> int:
    return key_of(key, "user task")
