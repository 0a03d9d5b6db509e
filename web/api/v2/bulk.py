"""Many of one kind in one request: they share commits, and each has an answer of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from engine import Answer, EngineError, NewInstance, NewMessage, Published, StartedInstance
from web.api.errors import of_item
from web.api.routing import actor, correlation_id, engine, idempotency_key, operation
from web.api.shapes import GivenKey, Key, Milliseconds, Shape, Text, Variables, key_of, milliseconds
from web.api.v2.messages import LONGEST_LIFE, Name

MOST = 1_000
"""Items of one request."""
S = TypeVar("S", bound=Shape)
T = TypeVar("T")


class Items(Shape, Generic[S]):
    items: Annotated[list[S], Field(min_length=1, max_length=MOST)]


class NewInstanceItem(Shape):
    variables: Variables | None = None
    business_id: Text | None = None
    """Business key of the new instance."""


class Creations(Items[NewInstanceItem]):
    process_definition_id: Text
    process_definition_version: Annotated[int, Field(ge=-1, le=2**31 - 1)] | None = None
    """-1, like no word: the latest."""


class JobItem(Shape):
    job_key: GivenKey
    variables: Variables | None = None


class TaskItem(Shape):
    user_task_key: GivenKey
    variables: Variables | None = None


class MessageItem(Shape):
    name: Name
    correlation_key: Text | None = None
    time_to_live: Milliseconds | None = None
    """Milliseconds to keep it while nobody waits for it."""
    message_id: Text | None = None
    """The same id under one name and key has one effect."""
    variables: Variables | None = None


class Done(TypedDict):
    """What came of one item."""

    status: int
    """The one that it would have been answered with alone."""
    title: str | None
    """Of an item that was refused; `detail` says why, `fields` field by field."""
    detail: str | None
    fields: list[dict[str, Any]] | None
    processInstanceKey: Key | None
    businessId: str | None
    messageKey: Key | None


class Answers(TypedDict):
    items: list[Done]
    """In the order of the request's."""


@operation(
    "POST",
    "/process-instances/creations",
    "operate",
    body=Creations,
    answer=Answers,
    example={
        "processDefinitionId": "order",
        "items": [{"variables": {"amount": 120.5}, "businessId": "A-1"}, {"businessId": "A-2"}],
    },
)
def create_process_instances(body: Creations) -> Answers:
    """Start many instances of a process at once

    They share commits, so this is several times as fast as one by one. Each is started or refused
    by itself: look at the `status` of its item.
    """
    version = body.process_definition_version
    told = correlation_id()
    done = engine().start_many(
        body.process_definition_id,
        [
            NewInstance(
                variables=item.variables or {},
                business_key=item.business_id,
                correlation_id=told,
            )
            for item in body.items
        ],
        version=version if version is not None and version > 0 else None,
        by=actor(),
        checks_form=True,
        idempotency_key=idempotency_key(),
    )
    return _answers(done, _created)


def _created(started: StartedInstance) -> Done:
    return _done(200, processInstanceKey=str(started.id), businessId=started.business_key)


@operation(
    "POST",
    "/jobs/completions",
    "work",
    body=Items[JobItem],
    answer=Answers,
    example={"items": [{"jobKey": "2251799813685249", "variables": {"paid": True}}]},
)
def complete_jobs(body: Items[JobItem]) -> Answers:
    """Report many jobs as done, each with what it yields"""
    answers = [
        Answer(id=key_of(item.job_key, "job"), variables=item.variables or {})
        for item in body.items
    ]
    return _answers(engine().complete_jobs(answers, idempotency_key=idempotency_key()), _nothing)


@operation(
    "POST",
    "/user-tasks/completions",
    "work",
    body=Items[TaskItem],
    answer=Answers,
    example={"items": [{"userTaskKey": "2251799813685250", "variables": {"approved": True}}]},
)
def complete_user_tasks(body: Items[TaskItem]) -> Answers:
    """Complete many tasks, each with what was entered"""
    answers = [
        Answer(id=key_of(item.user_task_key, "user task"), variables=item.variables or {})
        for item in body.items
    ]
    done = engine().complete_tasks(
        answers, by=actor(), checks_form=True, idempotency_key=idempotency_key()
    )
    return _answers(done, _nothing)


@operation(
    "POST",
    "/messages/publications",
    "operate",
    body=Items[MessageItem],
    answer=Answers,
    example={"items": [{"name": "PaymentReceived", "correlationKey": "INV-7"}]},
)
def publish_messages(body: Items[MessageItem]) -> Answers:
    """Publish many messages, in their order"""
    messages = [
        NewMessage(
            name=item.name,
            key=item.correlation_key or None,
            variables=item.variables or {},
            ttl=min(milliseconds(item.time_to_live or 0), LONGEST_LIFE),
            message_id=item.message_id,
        )
        for item in body.items
    ]
    done = engine().publish_many(messages, by=actor(), idempotency_key=idempotency_key())
    return _answers(done, _published)


def _published(message: Published) -> Done:
    return _done(200, messageKey=str(message.id))


def _nothing(_: None) -> Done:
    return _done(204)


def _answers(done: Sequence[T | EngineError], told: Callable[[T], Done]) -> Answers:
    items = [_refused(one) if isinstance(one, EngineError) else told(one) for one in done]
    return Answers(items=items)


def _refused(error: EngineError) -> Done:
    said = of_item(error)
    return _done(said["status"], said["title"], said["detail"], said.get("fields"))


def _done(
    status: int,
    title: str | None = None,
    detail: str | None = None,
    fields: list[dict[str, Any]] | None = None,
    *,
    processInstanceKey: str | None = None,  # noqa: N803 - the API's name
    businessId: str | None = None,  # noqa: N803
    messageKey: str | None = None,  # noqa: N803
) -> Done:
    return Done(
        status=status,
        title=title,
        detail=detail,
        fields=fields,
        processInstanceKey=processInstanceKey,
        businessId=businessId,
        messageKey=messageKey,
    )
