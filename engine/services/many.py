"""Many commands of one caller, in as few commits as they fit in.

Each is a command of its own: one that fails leaves the others as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from engine.errors import EngineError, Invalid
from engine.services import distant, idempotency
from engine.services.attempts import complete
from engine.services.instances import starting
from engine.services.messages import DEFAULT_TTL, published_news, publishing
from engine.services.tasks import completing
from engine.services.work import Work
from engine.values import admit
from engine.views import SYSTEM, Actor, Answer, NewInstance, NewMessage, Published, StartedInstance

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

T = TypeVar("T")
G = TypeVar("G")
MOST = 10_000
"""Commands given at once at most."""
Command = tuple[str, Callable[["Unit"], T], Sequence[int]]
"""Its verb, what it does, and the subscriptions that it is about."""


class ManyMethods:
    """The part of `Engine` that is given many things to do at once.

    Each answers with one entry an item, in their order: what the single method would have
    returned, or the error that it would have raised. Up to 256 items share a commit; all are
    committed or refused when it returns. The same idempotency key gives the same answers, item by
    item.
    """

    _shell: Shell

    def start_many(
        self,
        process_id: str,
        instances: Iterable[NewInstance | Mapping[str, Any]],
        *,
        version: int | None = None,
        by: Actor = SYSTEM,
        checks_form: bool = False,
        idempotency_key: str | None = None,
    ) -> list[StartedInstance | EngineError]:
        """Start instances of one process; a mapping is the variables of one."""

        def command(given: NewInstance | Mapping[str, Any]) -> Command[StartedInstance]:
            new = given if isinstance(given, NewInstance) else NewInstance(variables=given)
            run = starting(
                process_id,
                new.variables,
                business_key=new.business_key,
                version=version,
                correlation_id=new.correlation_id,
                by=by,
                checks_form=checks_form,
            )
            return f"start {process_id}", run, ()

        return self._many(instances, command, StartedInstance, idempotency_key)

    def complete_jobs(
        self, answers: Iterable[Answer], *, idempotency_key: str | None = None
    ) -> list[EngineError | None]:
        """Jobs are done, with these results."""

        def command(given: Answer) -> Command[None]:
            run: Callable[[Unit], None] = partial(
                complete,
                id=given.id,
                variables=admit(given.variables),
                worker=given.worker,
                epoch=given.epoch,
            )
            return f"complete job {given.id}", run, (given.id,)

        return self._many(answers, command, None, idempotency_key)

    def complete_tasks(
        self,
        answers: Iterable[Answer],
        *,
        by: Actor = SYSTEM,
        checks_form: bool = False,
        idempotency_key: str | None = None,
    ) -> list[EngineError | None]:
        """User tasks are done, with these results."""

        def command(given: Answer) -> Command[None]:
            run = completing(given.id, given.variables, by=by, checks_form=checks_form)
            return f"complete_task {given.id}", run, (given.id,)

        return self._many(answers, command, None, idempotency_key)

    def publish_many(
        self,
        messages: Iterable[NewMessage],
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> list[Published | EngineError]:
        """Publish messages, in this order."""
        if self._shell.store.profile.is_distributed:
            return self._publish_apart(messages, by, idempotency_key)

        def command(given: NewMessage) -> Command[Published]:
            run = publishing(
                given.name,
                given.key,
                given.variables,
                ttl=DEFAULT_TTL if given.ttl is None else given.ttl,
                message_id=given.message_id,
                by=by,
            )
            return f"publish {given.name}", run, ()

        return self._many(messages, command, Published, idempotency_key)

    def _publish_apart(
        self, messages: Iterable[NewMessage], by: Actor, key: str | None
    ) -> list[Published | EngineError]:
        """Each is handed over by itself."""
        found: list[Published | EngineError] = []
        for place, given in enumerate(messages):
            if place == MOST:
                raise Invalid(f"found more than {MOST:,} items; give them in several calls")
            try:
                news = published_news(
                    given.name,
                    given.key,
                    given.variables,
                    ttl=DEFAULT_TTL if given.ttl is None else given.ttl,
                    message_id=given.message_id,
                    by=by,
                )
                own = None if key is None else f"{key}/{place}"
                found.append(distant.publish(self._shell, news, own))
            except EngineError as error:
                found.append(error)
        return found

    def _many(
        self,
        items: Iterable[G],
        command: Callable[[G], Command[T]],
        answer: Any,
        key: str | None,
    ) -> list[T | EngineError]:
        found: dict[int, T | EngineError] = {}
        works: dict[int, Work[T]] = {}
        for place, item in enumerate(items):
            if place == MOST:
                raise Invalid(f"found more than {MOST:,} items; give them in several calls")
            try:
                verb, run, subscriptions = command(item)
                own = None if key is None else f"{key}/{place}"
                once = idempotency.once(own, verb, answer, run)
            except EngineError as error:
                found[place] = error
            else:
                works[place] = Work(once, subscriptions=subscriptions)
        self._shell.do_all(list(works.values()))
        for place, work in works.items():
            if work.error is None:
                found[place] = work.answer()
            elif isinstance(work.error, EngineError):
                found[place] = work.error
            else:
                raise work.error
        return [found[place] for place in range(len(found))]
