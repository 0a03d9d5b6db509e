"""Users of the database: who may come in by name and password, with which role."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine import AccountView
from web.api.guard import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_password
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import Moment, Shape, time_of

Role = Literal["viewer", "task-worker", "operator", "developer", "admin"]
Username = Annotated[str, Field(pattern=r"^[^\s/:\x00-\x1f]{1,100}$")]
Password = Annotated[str, Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]
Group = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]


class NewUser(Shape):
    username: Username
    password: Password
    role: Role = "viewer"
    groups: list[Group] = Field(default_factory=list)
    """Candidate groups of tasks that the user is in."""


class UserChange(Shape):
    role: Role | None = None
    groups: list[Group] | None = None
    password: Password | None = None
    is_disabled: bool | None = None


class User(TypedDict):
    username: str
    role: Role
    groups: list[str]
    isDisabled: bool
    creationTime: Moment
    createdBy: str


class Users(TypedDict):
    items: list[User]


@operation("GET", "/users", "admin", answer=Users)
def get_users() -> Users:
    """The users of the database, by name"""
    return Users(items=[_user(one.view) for one in engine().access().accounts.values()])


@operation(
    "POST",
    "/users",
    "admin",
    body=NewUser,
    answer=User,
    example={"username": "ana", "password": "a long password", "role": "operator"},
)
def create_user(body: NewUser) -> User:
    """Let somebody in, in the console and here, by a name and a password"""
    made = engine().add_account(
        body.username,
        hash_password(body.password),
        body.role,
        body.groups,
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return _user(made)


@operation(
    "PATCH",
    "/users/{username}",
    "admin",
    body=UserChange,
    answer=User,
    example={"role": "viewer", "isDisabled": True},
)
def update_user(username: str, body: UserChange) -> User:
    """Change a role, groups or password, or disable a user; what is not named stays

    Another role or password, or being disabled, ends the sessions that there are.
    """
    changed = engine().change_account(
        username,
        role=body.role,
        groups=body.groups,
        is_disabled=body.is_disabled,
        secret=hash_password(body.password) if body.password else None,
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return _user(changed)


@operation("DELETE", "/users/{username}", "admin")
def delete_user(username: str) -> None:
    """Let somebody in no more; what they did stays in the audit"""
    engine().remove_account(username, by=actor(), idempotency_key=idempotency_key())


def _user(view: AccountView) -> User:
    return User(
        username=view.name,
        role=view.role,
        groups=view.groups,
        isDisabled=view.is_disabled,
        creationTime=time_of(view.created),
        createdBy=view.created_by,
    )
