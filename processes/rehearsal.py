"""Lets a story's handlers succeed, refuse or fail as the start form says, each time alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from engine import BpmnError, Job
from processes import ledger
from processes.ledger import Refused

Variables = dict[str, Any]

OUTAGES: Mapping[str, float] = {"flaky": 1, "down": 3, "broken": float("inf")}
"""How many calls under one key fail before the service is back, by behaviour.

`flaky` is healed by the handler's own retries; `down` uses them up, and the operator's retry of the
incident heals it; `broken` stays so.
"""

LOST_ANSWER = "lost_answer"
"""The effect happens, but the answer to the first call does not arrive."""

RANDOM = "random"
"""Refused at the rate `<part>_refusal_rate` (0 to 1), always alike for one business key."""

NO_REFUSALS: Mapping[str, Refused] = {}


class ServiceUnavailableError(Exception):
    """The service behind a handler could not be reached: a technical failure, worth another try."""


def perform(
    job: Job,
    part: str,
    effect: Callable[[], Variables | Refused],
    *,
    usual: tuple[str, ...] = ("works",),
    refusals: Mapping[str, Refused] = NO_REFUSALS,
) -> Variables:
    """What `effect` returns, entered in the ledger once for the job's key.

    The variable `<part>_behaviour` decides what happens: a name out of `usual` (or nothing) works;
    a name out of `refusals` is refused so; see OUTAGES, LOST_ANSWER and RANDOM for the rest.
    `effect` itself may refuse.

    Raises BpmnError when the action is refused, ServiceUnavailableError when it fails technically,
    ValueError when the behaviour has no meaning.
    """
    behaviour = _behaviour(job, part, usual, refusals)

    def decide(failed: int) -> ledger.Answer:
        if failed < OUTAGES.get(behaviour, 0):
            raise ServiceUnavailableError(
                f"{job.type}: no answer from the service"
                f" (call {failed + 1}; {part}_behaviour is {behaviour!r})"
            )
        told = refusals[behaviour] if behaviour in refusals else effect()
        return told if isinstance(told, Refused) else ledger.Done(variables=told)

    reply = ledger.shared().call(
        ledger.Call(
            key=job.key,
            action=job.type,
            business_key=job.business_key or "",
            correlation_id=job.correlation_id or "",
            attempt=job.attempt,
        ),
        decide,
    )
    if behaviour == LOST_ANSWER and not reply.is_repeated:
        raise ServiceUnavailableError(f"{job.type}: the connection broke before the answer came")
    if isinstance(reply.answer, Refused):
        raise BpmnError(reply.answer.code, reply.answer.message)
    return dict(reply.answer.variables)


def chance(*seed: str) -> float:
    """A number from 0 up to 1 that is always the same for the same words."""
    digest = sha256("\x1f".join(seed).encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def reference(prefix: str, job: Job) -> str:
    """A document number that is the same for every attempt at the job: `RES-4F20C1`."""
    return f"{prefix}-{sha256(job.key.encode()).hexdigest()[:6].upper()}"


def _behaviour(job: Job, part: str, usual: tuple[str, ...], refusals: Mapping[str, Refused]) -> str:
    name = f"{part}_behaviour"
    behaviour = job.variables.get(name) or usual[0]
    if behaviour == RANDOM:
        rate = float(job.variables.get(f"{part}_refusal_rate") or 0)
        is_refused = chance(part, job.business_key or job.key) < rate
        return next(iter(refusals), usual[0]) if is_refused else usual[0]
    known = (*usual, *refusals, *OUTAGES, LOST_ANSWER, RANDOM)
    if behaviour not in known:
        choices = ", ".join(known)
        raise ValueError(f"variable {name!r} is {behaviour!r}; {job.type} knows: {choices}")
    return str(behaviour)
