"""What a transaction will write, gathered by table, until it is written in few statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct

from engine.state import Scope, Subscription, Token
from engine.storage.rows import Head, Shell

if TYPE_CHECKING:
    from engine.storage.statements import Statement

R = TypeVar("R")


class Rows(Generic[R]):
    """The difference to one table: rows by id."""

    __slots__ = ("changed", "gone", "new")

    def __init__(self) -> None:
        self.new: dict[int, R] = {}
        self.changed: dict[int, R] = {}
        self.gone: dict[int, None] = {}

    def put(self, id: int, row: R, *, existed: bool) -> None:
        if existed and id not in self.new:
            self.changed[id] = row
        else:
            self.new[id] = row

    def drop(self, id: int) -> None:
        if self.new.pop(id, None) is None:
            self.changed.pop(id, None)
            self.gone[id] = None

    def merge(self, later: Rows[R]) -> None:
        """Take over a difference that was made to this one's outcome."""
        if not self.new and not self.changed:
            self.new, self.changed = later.new, later.changed
            self.gone.update(later.gone)
            return
        for id in later.gone:
            self.drop(id)
        self.new.update(later.new)
        for id, row in later.changed.items():
            self.put(id, row, existed=True)


class Opened(Struct):
    """A new or changed subscription, with what the shell adds."""

    row: Subscription
    instance: int
    definition: int
    now: int
    shell: Shell
    sees: int = 0
    """The scope whose variables its work is given; only of a new one."""


class Incident(Struct):
    """A row of `incident`, in the order of its columns but for the partition."""

    id: int
    instance_id: int
    root_id: int
    definition_id: int
    process_id: str
    element: str | None
    kind: str
    error: str
    message: str
    input: str | None
    job_type: str | None
    attempts: int
    at: int


class Message(Struct):
    """A row of `message`, in the order of its columns but for the partition."""

    id: int
    kind: str
    name: str
    key: str | None
    variables: str
    dedup: str | None
    state: str
    published_at: int
    expires_at: int
    forget_at: int
    source_id: int | None = None
    receiver_id: int | None = None
    target: int | None = None
    offers: int = 0
    by: str | None = None


class Writes:
    """What one command, or a whole batch of them, will write."""

    __slots__ = (
        "answers",
        "heads",
        "history",
        "incidents",
        "messages",
        "new_heads",
        "rare",
        "scopes",
        "shells",
        "starts",
        "subscriptions",
        "tokens",
    )

    def __init__(self) -> None:
        self.new_heads: dict[int, Head] = {}
        self.heads: dict[int, tuple[Head, int]] = {}
        """Changed heads by id, with the revision they had in the database."""
        self.scopes: Rows[tuple[int, Scope]] = Rows()
        """Rows with the id of their instance."""
        self.tokens: Rows[tuple[int, Token, int]] = Rows()
        """Rows with the id of their instance and the moment they came."""
        self.subscriptions: Rows[Opened] = Rows()
        self.shells: dict[int, Shell] = {}
        """The shell's columns of subscriptions whose rows stay as they are."""
        self.history: list[tuple[int, int, int, int, int, bytes]] = []
        """Partition, instance, first number, count, moment, records."""
        self.incidents: Rows[Incident] = Rows()
        self.messages: Rows[Message] = Rows()
        self.answers: list[tuple[int, str, str, str | None, int]] = []
        self.starts: dict[int, tuple[int | None, str]] = {}
        """Next due time and details of timer start events, by id."""
        self.rare: list[tuple[Statement, tuple[Any, ...]]] = []
        """Rows for tables that are seldom written, last of all and in this order."""

    def change(self, id: int, opened: Opened) -> None:
        """Change the core's columns of a subscription; the shell's stay."""
        if first := self.subscriptions.new.get(id):
            opened.shell, opened.now = first.shell, first.now
        self.subscriptions.put(id, opened, existed=True)

    def set_shell(self, id: int, shell: Shell) -> None:
        """Change the shell's columns of a subscription."""
        if opened := self.subscriptions.new.get(id):
            opened.shell = shell
        else:
            self.shells[id] = shell

    def merge(self, later: Writes) -> None:
        """Take over what a later command writes."""
        for id, head in later.new_heads.items():
            self.new_heads[id] = head
        for id, (head, revision) in later.heads.items():
            if id in self.new_heads:
                self.new_heads[id] = head
            elif before := self.heads.get(id):
                self.heads[id] = (head, before[1])
            else:
                self.heads[id] = (head, revision)
        self.scopes.merge(later.scopes)
        self.tokens.merge(later.tokens)
        for id, opened in later.subscriptions.changed.items():
            if first := self.subscriptions.new.get(id):
                opened.shell, opened.now = first.shell, first.now
        self.subscriptions.merge(later.subscriptions)
        for id in later.subscriptions.gone:
            self.shells.pop(id, None)
        for id, shell in later.shells.items():
            self.set_shell(id, shell)
        self.history += later.history
        self.incidents.merge(later.incidents)
        self.messages.merge(later.messages)
        self.answers += later.answers
        self.starts.update(later.starts)
        self.rare += later.rare

    @property
    def is_empty(self) -> bool:
        return not (
            self.new_heads
            or self.heads
            or self.history
            or self.shells
            or self.answers
            or self.starts
            or self.rare
            or self.messages.new
            or self.messages.changed
            or self.incidents.new
            or self.incidents.gone
            or self.subscriptions.changed
        )
