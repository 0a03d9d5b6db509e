"""What the core tells of a step: one record a fact, in the order they came about.

The shell numbers them without a gap within their instance, stamps them with the step's time and
keeps them; the core never reads them back.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

RecordKind: TypeAlias = Literal[
    "started",
    "ended",
    "entered",
    "left",
    "merged",
    "cancelled",
    "opened",
    "closed",
    "variables",
    "waiting",
    "caught",
    "thrown",
    "uncaught",
    "published",
    "evaluated",
    "compensating",
    "parked",
    "attempt",
    "intervention",
    "incident",
    "resolved",
]
"""
started, ended     the process instance; detail: variables; outcome and reason
entered, left      a token came to a node (detail: the sequence flow it took); completed its visit
merged, cancelled  a token went up in another one at a join; was stopped from outside
opened, closed     a scope (detail: kind)
variables          detail: name to value, as set; `scope` says where; `element` is the cause
waiting            a subscription was made (detail: kind, name, key, due)
caught             a subscription's trigger happened
thrown, uncaught   an error, escalation or cancellation (detail: kind, name); nobody caught it
published          a message or signal for everyone to hear
evaluated          a decision or script (detail: inputs, matched rules, outputs)
compensating       a compensation handler is about to undo `element`
parked             a move could not be made (detail: message); an incident
attempt            one try of a job by a worker (detail: number, worker, input, output or error)
intervention       somebody's hand (detail: verb, by, reason, ...)
incident, resolved an input could not be applied; it was given again with success
"""


class Record(Struct, frozen=True, array_like=True, gc=False):
    """One fact. Encoded as an array, without names."""

    kind: RecordKind
    element: str | None = None
    """Id of the flow node or container."""
    token: int | None = None
    scope: int | None = None
    subscription: int | None = None
    detail: Any = None
    """Plain data; its form is the kind's, see `RecordKind`."""
