"""Comments on process instances and user tasks, and drafts of what is entered for a task."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from engine import Comment, NotFound, Page, Paging
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.search import LONGEST_PAGE
from web.api.shapes import Key, Moment, Shape, Variables, json_text, key_of, time_of


class Said(Shape):
    text: Annotated[str, Field(min_length=1, max_length=4000, pattern="[^\\s\\x00]")]


class CommentAnswer(TypedDict):
    commentKey: Key
    text: str
    author: str
    date: Moment
    processInstanceKey: Key
    userTaskKey: Key | None
    elementId: str | None


class Comments(TypedDict):
    items: list[CommentAnswer]


class Entered(Shape):
    values: Variables


class DraftAnswer(TypedDict):
    userTaskKey: Key
    values: str
    """As JSON."""
    date: Moment
    expirationDate: Moment


@operation("GET", "/user-tasks/{key}/comments", "work", answer=Comments)
def get_user_task_comments(key: str) -> Comments:
    """What was said of a task, oldest first; the first thousand"""
    return _all(engine().comments(task=_task(key), page=Paging(limit=LONGEST_PAGE)))


@operation(
    "POST",
    "/user-tasks/{key}/comments",
    "work",
    body=Said,
    answer=CommentAnswer,
    example={"text": "Called the customer, no answer."},
)
def comment_user_task(key: str, body: Said) -> CommentAnswer:
    """Say something of an open task; the history and the audit keep it"""
    said = engine().comment(
        body.text, task=_task(key), by=actor(), idempotency_key=idempotency_key()
    )
    return _shaped(said)


@operation("GET", "/process-instances/{key}/comments", "view", answer=Comments)
def get_process_instance_comments(key: str) -> Comments:
    """What was said of an instance and its tasks, oldest first; the first thousand"""
    instance = key_of(key, "process instance")
    return _all(engine().comments(instance=instance, page=Paging(limit=LONGEST_PAGE)))


@operation(
    "POST",
    "/process-instances/{key}/comments",
    "work",
    body=Said,
    answer=CommentAnswer,
    example={"text": "The carrier is on strike until Monday."},
)
def comment_process_instance(key: str, body: Said) -> CommentAnswer:
    """Say something of an instance, running or ended; the history and the audit keep it"""
    instance = key_of(key, "process instance")
    said = engine().comment(
        body.text, instance=instance, by=actor(), idempotency_key=idempotency_key()
    )
    return _shaped(said)


@operation("GET", "/user-tasks/{key}/draft", "work", answer=DraftAnswer)
def get_user_task_draft(key: str) -> DraftAnswer:
    """What who asks has begun to enter for a task"""
    found = engine().draft(_task(key), by=actor())
    if found is None:
        raise NotFound(f"draft of user task {key}: you have none")
    return DraftAnswer(
        userTaskKey=key,
        values=json_text(found.entered.get("values", found.entered)),
        date=time_of(found.at),
        expirationDate=time_of(found.expires),
    )


@operation(
    "PUT",
    "/user-tasks/{key}/draft",
    "work",
    body=Entered,
    example={"values": {"approved": True}},
)
def save_user_task_draft(key: str, body: Entered) -> None:
    """Keep what who asks has begun to enter for an open task, for 14 days"""
    given = {"values": body.values}
    engine().save_draft(_task(key), given, by=actor(), idempotency_key=idempotency_key())


@operation("DELETE", "/user-tasks/{key}/draft", "work")
def delete_user_task_draft(key: str) -> None:
    """Forget it"""
    engine().drop_draft(_task(key), by=actor())


def _task(key: str) -> int:
    return key_of(key, "user task")


def _all(found: Page[Comment]) -> Comments:
    return Comments(items=[_shaped(one) for one in found.items])


def _shaped(one: Comment) -> CommentAnswer:
    return CommentAnswer(
        commentKey=str(one.id),
        text=one.text,
        author=one.by.name,
        date=time_of(one.at),
        processInstanceKey=str(one.instance),
        userTaskKey=None if one.task is None else str(one.task),
        elementId=one.element,
    )
