"""What the engine's words for kinds, states and deeds are called by people."""

from __future__ import annotations

from collections.abc import Mapping

from web.console.language import pgettext, pnoop

CODES: Mapping[str, Mapping[str, str]] = {
    "instance": {
        "active": pnoop("instance", "running"),
        "completed": pnoop("instance", "completed"),
        "failed": pnoop("instance", "failed"),
        "cancelled": pnoop("instance", "cancelled"),
    },
    "batch": {
        "running": pnoop("batch", "running"),
        "paused": pnoop("batch", "paused"),
        "stopped": pnoop("batch", "stopped"),
        "cancelled": pnoop("batch", "cancelled"),
        "completed": pnoop("batch", "completed"),
    },
    "target": {
        "left": pnoop("target", "left"),
        "done": pnoop("target", "done"),
        "skipped": pnoop("target", "skipped"),
        "failed": pnoop("target", "failed"),
    },
    "deed": {
        "retry": pnoop("deed", "retry"),
        "cancel": pnoop("deed", "cancel"),
        "abandon": pnoop("deed", "abandon"),
        "modify": pnoop("deed", "modify"),
        "migrate": pnoop("deed", "migrate"),
        "set_variables": pnoop("deed", "set variables"),
        "suspend": pnoop("deed", "suspend"),
        "resume": pnoop("deed", "resume"),
        "delete": pnoop("deed", "delete"),
        "restart": pnoop("deed", "restart"),
        "start": pnoop("deed", "start"),
        "move": pnoop("deed", "move"),
        "add": pnoop("deed", "add"),
        "message": pnoop("deed", "message"),
        "signal": pnoop("deed", "signal"),
        "claim": pnoop("deed", "claim"),
        "unclaim": pnoop("deed", "unclaim"),
        "complete_task": pnoop("deed", "complete task"),
        "update_task": pnoop("deed", "update task"),
        "comment": pnoop("deed", "comment"),
        "assign_tasks": pnoop("deed", "assign tasks"),
        "update_tasks": pnoop("deed", "update tasks"),
        "complete_tasks": pnoop("deed", "complete tasks"),
        "update_job": pnoop("deed", "update job"),
        "fire_timer": pnoop("deed", "fire timer"),
        "deploy": pnoop("deed", "deploy"),
        "create_batch": pnoop("deed", "create batch"),
        "pause": pnoop("deed", "pause"),
        "pause_batch": pnoop("deed", "pause batch"),
        "resume_batch": pnoop("deed", "resume batch"),
        "cancel_batch": pnoop("deed", "cancel batch"),
        "set_policy": pnoop("deed", "set policy"),
        "clear_policy": pnoop("deed", "clear policy"),
        "add_webhook": pnoop("deed", "add webhook"),
        "remove_webhook": pnoop("deed", "remove webhook"),
        "rotate_webhook": pnoop("deed", "rotate webhook"),
        "pause_webhook": pnoop("deed", "pause webhook"),
        "resume_webhook": pnoop("deed", "resume webhook"),
        "intervention": pnoop("deed", "intervention"),
    },
    "object": {
        "instance": pnoop("object", "instance"),
        "job": pnoop("object", "job"),
        "task": pnoop("object", "task"),
        "batch": pnoop("object", "batch"),
        "incident": pnoop("object", "incident"),
        "policy": pnoop("object", "policy"),
        "webhook": pnoop("object", "webhook"),
        "definition": pnoop("object", "version"),
        "process": pnoop("object", "process"),
        "deployment": pnoop("object", "deployment"),
        "job_type": pnoop("object", "job type"),
        "message": pnoop("object", "message"),
        "signal": pnoop("object", "signal"),
        "timer": pnoop("object", "timer"),
    },
    "wait": {
        "job": pnoop("wait", "job"),
        "user_task": pnoop("wait", "user task"),
        "timer": pnoop("wait", "timer"),
        "message": pnoop("wait", "message"),
        "signal": pnoop("wait", "signal"),
        "condition": pnoop("wait", "condition"),
        "call": pnoop("wait", "called instance"),
        "decision": pnoop("wait", "decision"),
        "compensation": pnoop("wait", "compensation"),
        "continue": pnoop("wait", "continuation"),
        "incident": pnoop("wait", "incident"),
        "choice": pnoop("wait", "choice"),
        "reset": pnoop("wait", "other tokens"),
        "thrown": pnoop("wait", "throw"),
        "turn": pnoop("wait", "turn to undo"),
    },
    "status": {
        "running": pnoop("status", "running"),
        "incident": pnoop("status", "with incidents"),
        "suspended": pnoop("status", "suspended"),
        "failed": pnoop("status", "failed"),
        "completed": pnoop("status", "completed"),
        "cancelled": pnoop("status", "cancelled"),
        "stalled": pnoop("status", "stalled"),
    },
    "change": {
        "added": pnoop("change", "added"),
        "removed": pnoop("change", "removed"),
        "changed": pnoop("change", "changed"),
    },
    "door": {
        "console": pnoop("door", "console"),
        "api": pnoop("door", "API"),
        "cli": pnoop("door", "command line"),
        "system": pnoop("door", "system"),
    },
    "line": {
        "incident": pnoop("line", "incident"),
        "running": pnoop("line", "running"),
        "waiting": pnoop("line", "waiting"),
        "completed": pnoop("line", "completed"),
        "cancelled": pnoop("line", "cancelled"),
    },
    "thrown": {
        "error": pnoop("thrown", "error"),
        "escalation": pnoop("thrown", "escalation"),
        "cancel": pnoop("thrown", "cancellation"),
        "compensation": pnoop("thrown", "compensation"),
        "message": pnoop("thrown", "message"),
        "signal": pnoop("thrown", "signal"),
    },
    "fact": {
        "started": pnoop("fact", "started"),
        "ended": pnoop("fact", "ended"),
        "entered": pnoop("fact", "entered"),
        "left": pnoop("fact", "left"),
        "merged": pnoop("fact", "merged"),
        "cancelled": pnoop("fact", "cancelled"),
        "opened": pnoop("fact", "opened"),
        "closed": pnoop("fact", "closed"),
        "variables": pnoop("fact", "variables"),
        "waiting": pnoop("fact", "waiting"),
        "caught": pnoop("fact", "caught"),
        "thrown": pnoop("fact", "thrown"),
        "uncaught": pnoop("fact", "uncaught"),
        "published": pnoop("fact", "published"),
        "evaluated": pnoop("fact", "evaluated"),
        "compensating": pnoop("fact", "compensating"),
        "parked": pnoop("fact", "parked"),
        "attempt": pnoop("fact", "attempt"),
        "intervention": pnoop("fact", "intervention"),
        "incident": pnoop("fact", "incident"),
        "resolved": pnoop("fact", "resolved"),
    },
}
"""By what they are words for; the engine's word, then ours."""


def called(code: str, of: str) -> str:
    """What people call a code of the engine; one that is not known, in its own words."""
    known = CODES[of].get(code)
    return code.replace("_", " ") if known is None else pgettext(of, known)


def titled(code: str, of: str) -> str:
    """The same with a capital at its beginning."""
    text = called(code, of)
    return text[:1].upper() + text[1:]
