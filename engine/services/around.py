"""What the shell tells the core of an instance, where a model's code asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.expressions.execution import Execution, Surroundings

if TYPE_CHECKING:
    from engine.handlers import Handlers
    from engine.storage.rows import Head


class Around(Surroundings):
    """The facts of one instance, computed only when they are asked for."""

    __slots__ = ("_handlers", "_head", "_user")

    def __init__(self, head: Head, handlers: Handlers, user: str | None) -> None:
        self._head = head
        self._handlers = handlers
        self._user = user

    @property
    def user(self) -> str | None:
        return self._user

    @property
    def starter(self) -> str | None:
        return self._head.started_by

    @property
    def facts(self) -> Mapping[str, Any]:
        """Under the names that Camunda 7 and Flowable give them."""
        head = self._head
        key = head.business_key
        return {
            "id": str(head.id),
            "processInstanceId": str(head.id),
            "rootProcessInstanceId": str(head.root_id),
            "superExecutionId": None if head.parent_id is None else str(head.parent_id),
            "processBusinessKey": key,
            "businessKey": key,
            "processInstanceBusinessKey": key,
            "processDefinitionId": str(head.definition_id),
            "processDefinitionKey": head.process_id,
            "tenantId": None,
        }

    @property
    def beans(self) -> Mapping[str, Callable[..., Any]]:
        return self._handlers.beans

    @property
    def delegates(self) -> Mapping[str, Callable[[Execution], object]]:
        return self._handlers.delegates
