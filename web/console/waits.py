"""What a token waits for, in a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from engine import WaitView
from web.console.codes import called
from web.console.language import _, ngettext, second
from web.console.past import PastWait


def sentence(wait: WaitView, *, is_held: bool = False, problem: str | None = None) -> str:
    """Why a token stands where it is; `problem` is what its incident says, if it has one."""
    told = _sentence(wait, problem)
    return _("Suspended; otherwise: %(sentence)s", sentence=told) if is_held else told


def _sentence(wait: WaitView, problem: str | None) -> str:
    if wait.kind == "incident" or (problem is not None and wait.kind != "job"):
        reason = problem or wait.last_error or _("see its history")
        return _("Could not go on: %(reason)s", reason=reason)
    match wait.kind:
        case "job":
            return _job(wait)
        case "user_task":
            return _task(wait)
        case "timer" if wait.due:
            return _("Waits until %(moment)s", moment=_at(wait))
        case "timer":
            return _("Waits for its time")
        case "message" if wait.key:
            return _(
                "Waits for message “%(name)s” with key “%(key)s”", name=wait.name, key=wait.key
            )
        case "message":
            return _("Waits for message “%(name)s” with any key", name=wait.name)
        case "signal":
            return _("Waits for signal “%(name)s”", name=wait.name)
        case "condition":
            return _("Waits until its condition holds")
        case "call":
            return _("Waits for the called instance of “%(process)s” to end", process=wait.name)
        case "continue" if wait.due:
            return _("Goes on at %(moment)s", moment=_at(wait))
        case "continue":
            return _("Goes on in a transaction of its own")
        case "choice":
            return _("Waits for somebody to choose what is done next")
        case "reset":
            return _("Waits for its other tokens before it can start again")
        case "thrown" if wait.name:
            return _("Still needs what is thrown with code “%(code)s”", code=wait.name)
        case "thrown":
            return _("Still needs a throw")
    return _("Waits for %(what)s", what=called(wait.kind, "wait"))


def _job(wait: WaitView) -> str:
    if wait.lease_until is not None:
        return _(
            "Worker “%(worker)s” does “%(type)s”, attempt %(number)s, and has until %(moment)s",
            worker=wait.worker,
            type=wait.name,
            number=wait.attempts,
            moment=f"{second(wait.lease_until)} UTC",
        )
    if wait.retries == 0:
        return ngettext(
            "“%(type)s” failed for good after %(num)s attempt: %(error)s",
            "“%(type)s” failed for good after %(num)s attempts: %(error)s",
            wait.attempts,
            type=wait.name,
            error=wait.last_error,
        )
    if wait.last_error is not None and wait.due is not None and wait.due > datetime.now(UTC):
        return _(
            "Attempt %(number)s of “%(type)s” failed: %(error)s; again at %(moment)s",
            number=wait.attempts,
            type=wait.name,
            error=wait.last_error,
            moment=_at(wait),
        )
    return _("Waits for a worker to do “%(type)s”", type=wait.name)


def _task(wait: WaitView) -> str:
    if wait.assignee is not None:
        return _("Waits for “%(name)s” to complete the task", name=wait.assignee)
    if wait.candidate_groups:
        groups = _either(wait.candidate_groups)
        return _("Waits for somebody of %(groups)s to claim the task", groups=groups)
    if wait.candidate_users:
        return _("Waits for %(users)s to claim the task", users=_either(wait.candidate_users))
    return _("Waits for somebody to claim the task")


def _either(names: Sequence[str]) -> str:
    quoted = [_("“%(name)s”", name=name) for name in names]
    if len(quoted) == 1:
        return quoted[0]
    return _("%(first)s or %(last)s", first=", ".join(quoted[:-1]), last=quoted[-1])


def _at(wait: WaitView) -> str:
    assert wait.due is not None
    return f"{second(wait.due)} UTC"


def waited(wait: PastWait) -> str:
    """What a token waited for at a moment of the past."""
    what = called(wait.kind, "wait")
    if wait.name and wait.key:
        return _(
            "It waited for %(what)s “%(name)s” with key “%(key)s”.",
            what=what,
            name=wait.name,
            key=wait.key,
        )
    if wait.name:
        return _("It waited for %(what)s “%(name)s”.", what=what, name=wait.name)
    return _("It waited for %(what)s.", what=what)
