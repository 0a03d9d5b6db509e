"""Why an instance is where it is: one sentence a wait, and the one thing that resolves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from flask import url_for
from msgspec import Struct

from engine import (
    Engine,
    InstanceView,
    JobTypeView,
    MessageQuery,
    MessageView,
    Paging,
    SubscriptionQuery,
    WaitView,
)
from web.console import waits
from web.console.language import _, ngettext
from web.console.near import nearest
from web.console.words import with_blanks

HIDDEN = ("compensation", "decision")
MOST = 1000
"""So many waits are put into words."""
ALIKE = 2
"""So many waits of one step and one kind are shown; the others are counted."""
CANDIDATES = 500
"""So many kept messages are looked through for one that was meant."""


class NearMessage(Struct, frozen=True, kw_only=True):
    """A kept message that was probably meant for this wait."""

    message: MessageView
    sentence: str


class Why(Struct, frozen=True, kw_only=True):
    """Why a token is where it is, in one sentence."""

    element: str
    name: str
    token: int | None
    subscription: int
    status: str
    sentence: str
    since: datetime
    due: datetime | None = None
    remedy: Literal["", "link", "message", "timer", "signal", "retry", "resume"] = ""
    """What resolves it; a link leads elsewhere, everything else is a form."""
    link: str = ""
    verb: str = ""
    wanted: str = ""
    """Name of the message or signal."""
    key: str | None = None
    incident: int | None = None
    hints: list[str] = []
    """What nearly matched, or is missing."""
    near: list[NearMessage] = []
    details: list[str] = []


def briefly(whys: Iterable[Why]) -> list[tuple[Why, int]]:
    """Few of those that are alike, each with how many more there are behind the last of them."""
    groups: dict[tuple[str, str, str], list[Why]] = {}
    for why in whys:
        groups.setdefault((why.element, why.remedy, why.status), []).append(why)
    found = []
    for group in groups.values():
        shown = list({why.sentence: why for why in reversed(group)}.values())[::-1][:ALIKE]
        found += [(why, 0) for why in shown[:-1]] + [(shown[-1], len(group) - len(shown))]
    return found


class Reader:
    """Makes sentences of the waits of one instance; asks the engine at most twice for hints."""

    def __init__(self, engine: Engine, view: InstanceView, names: Mapping[str, str]) -> None:
        self._view = view
        self._names = names
        found: list[tuple[int | None, WaitView]] = [
            (token.id, wait)
            for token in view.tokens
            for wait in token.waits
            if wait.kind not in HIDDEN
        ]
        found += [(None, wait) for wait in view.waits if wait.kind not in HIDDEN]
        self._waits = found
        self._places = {token.id: token.element for token in view.tokens}
        kinds = {wait.kind for token, wait in found}
        self._types: dict[str, JobTypeView] = {}
        if "job" in kinds:
            self._types = {one.type: one for one in engine.job_types()}
        self._kept: list[MessageView] = []
        if "message" in kinds:
            self._kept = engine.messages(MessageQuery(), Paging(limit=CANDIDATES)).items
        self._problems = {incident.id: incident.message for incident in view.incidents}
        self._incidents = {
            incident.job or incident.id: incident.id for incident in view.incidents
        } | {incident.id: incident.id for incident in view.incidents}

    def all(self, element: str | None = None, token: int | None = None) -> list[Why]:
        """Of all waits, or of those at one element or of one of its visits."""
        chosen = [
            (holder, wait)
            for holder, wait in self._waits
            if element in (None, wait.element) and (token is None or holder == token)
        ]
        found = [self._why(*one) for one in chosen[:MOST]]
        return sorted(found, key=lambda why: (why.status != "incident", self._is_aside(why)))

    def _is_aside(self, why: Why) -> bool:
        """Whether it is not the step itself that waits, but what is attached to it."""
        return why.element != self._places.get(why.token or 0, why.element)

    def unserved(self) -> dict[str, list[str]]:
        """What is said of work that nobody asks for, by the element that waits for it."""
        return {
            wait.element: said
            for _holder, wait in self._waits[:MOST]
            if wait.kind == "job" and (said := self._hints(wait)[0])
        }

    def _why(self, token: int | None, wait: WaitView) -> Why:
        incident = self._incidents.get(wait.subscription)
        given: dict[str, Any] = {}
        if self._view.head.suspended:
            given = {"remedy": "resume", "verb": _("Resume")}
        elif incident is not None:
            given = {"remedy": "retry", "verb": _("Retry"), "incident": incident}
        else:
            given = _remedy(wait)
        hints, near = self._hints(wait)
        is_incident = incident is not None or wait.kind == "incident"
        problem = self._problems.get(incident or 0)
        sentence = waits.sentence(wait, is_held=self._view.head.suspended, problem=problem)
        is_unserved = bool(hints) and wait.kind == "job"
        return Why(
            element=wait.element,
            name=self._names.get(wait.element, wait.element),
            token=token,
            subscription=wait.subscription,
            status="incident"
            if is_incident or is_unserved
            else "retrying"
            if wait.last_error
            else "waiting",
            sentence=sentence,
            since=wait.since,
            due=wait.due,
            wanted=wait.name or "",
            key=wait.key,
            hints=hints,
            near=near,
            details=_details(wait, sentence),
            **given,
        )

    def _hints(self, wait: WaitView) -> tuple[list[str], list[NearMessage]]:
        if wait.kind == "job" and wait.name and wait.retries != 0 and wait.lease_until is None:
            return self._missing_worker(wait.name), []
        if wait.kind == "message" and wait.name:
            near = list(_near_messages(wait.name, wait.key, self._kept))[:3]
            return [], near
        return [], []

    def _missing_worker(self, wanted: str) -> list[str]:
        found = self._types.get(wanted)
        if found is not None and found.is_served:
            return []
        before = found is not None and found.last_seen is not None
        now = _("No worker for “%(type)s”: nobody asks for this work now.", type=wanted)
        never = _("No worker for “%(type)s”: nobody ever asked for this work.", type=wanted)
        served = [one.type for one in self._types.values() if one.is_served]
        return [now if before else never] + [
            _("A worker asks for “%(type)s”, which %(how)s.", type=near.text, how=near.how)
            for near in nearest(wanted, served)
        ]


def _remedy(wait: WaitView) -> dict[str, Any]:
    match wait.kind:
        case "user_task":
            link = url_for("console.task", id=wait.subscription)
            return {"remedy": "link", "link": link, "verb": _("Open the task")}
        case "call" if wait.child:
            link = url_for("console.instance", id=wait.child)
            return {"remedy": "link", "link": link, "verb": _("Open the called instance")}
        case "message":
            return {"remedy": "message", "verb": _("Give it the message")}
        case "timer":
            return {"remedy": "timer", "verb": _("Fire now")}
        case "signal":
            return {"remedy": "signal", "verb": _("Send the signal")}
        case "condition":
            return {"remedy": "link", "link": "#variables", "verb": _("Look at the variables")}
    return {}


def _near_messages(
    name: str, key: str | None, kept: Iterable[MessageView]
) -> Iterable[NearMessage]:
    """Kept messages that differ from what is waited for in little: in the name or in the key."""
    for message in kept:
        in_name = nearest(name, [message.name])
        in_key = nearest(key, [message.key]) if key and message.key else []
        same_key = key is None or message.key == key
        if message.name == name and in_key:
            said = _(
                "A kept message “%(name)s” has key “%(key)s”, which %(how)s.",
                name=name,
                key=with_blanks(message.key or ""),
                how=in_key[0].how,
            )
        elif in_name and (same_key or in_key):
            said = _(
                "A kept message is called “%(name)s”, which %(how)s.",
                name=message.name,
                how=in_name[0].how,
            )
        elif message.name == name and key and message.key is None:
            said = _("A kept message “%(name)s” has no key.", name=name)
        else:
            continue
        yield NearMessage(message=message, sentence=said)


def _details(wait: WaitView, sentence: str) -> list[str]:
    details = []
    if wait.last_error and wait.last_error not in sentence:
        details.append(_("Last error: %(error)s", error=wait.last_error))
    if wait.worker and wait.worker not in sentence:
        details.append(_("In the hands of worker %(name)s", name=wait.worker))
    if wait.attempts and wait.retries:
        told = ngettext(
            "%(num)s attempt so far, %(left)s left",
            "%(num)s attempts so far, %(left)s left",
            wait.attempts,
            left=wait.retries,
        )
        details.append(told)
    return details


def armed(engine: Engine, id: int) -> list[Any]:
    """What the instance listens for: messages, signals and timers, events of sub-processes, too."""
    query = SubscriptionQuery(instance=id, kinds=("message", "signal", "timer", "condition"))
    return engine.subscriptions(query, Paging(limit=200)).items
