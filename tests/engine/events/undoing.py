"""Activities that can be undone, throws that undo them, and somebody who does the undoing."""

from __future__ import annotations

from typing import Any

from engine.variables import visible
from tests.kit import Drive


def undoable(id: str, kind: str = "userTask", inside: str = "", attributes: str = "") -> str:
    """An activity and the user task `no-<id>` that undoes it."""
    return (
        f"<{kind} id='{id}' {attributes}>{inside}</{kind}>"
        f"<boundaryEvent id='c-{id}' attachedToRef='{id}'><compensateEventDefinition/>"
        f"</boundaryEvent><userTask id='no-{id}' isForCompensation='true'/>"
        f"<association id='as-{id}' sourceRef='c-{id}' targetRef='no-{id}'/>"
    )


def throw(id: str = "undo", attributes: str = "", kind: str = "intermediateThrowEvent") -> str:
    return f"<{kind} id='{id}'><compensateEventDefinition {attributes}/></{kind}>"


LINE = f"""
<startEvent id="s"/> <userTask id="after"/>
{undoable("a")}
{undoable("b")}
{undoable("c")}
{{throw}}
s -> a -> b -> c -> undo -> after
"""


def line(attributes: str = "", done: str = "abc", **variables: Any) -> Drive:
    drive = Drive(LINE.format(throw=throw(attributes=attributes)), **variables)
    for task in done:
        drive.complete(task)
    return drive


def undo(drive: Drive) -> list[str]:
    """Complete one handler after the other; which ones there were. Never two at a time."""
    done = []
    while running := [t for t in drive.at if t.startswith("no-")]:
        assert len(running) == 1, f"{running} at the same time"
        drive.complete(running[0])
        done.append(running[0])
    return done


def seen(drive: Drive, name: str) -> Any:
    """What the task at work sees of a variable."""
    task = next(t for t in drive.instance.tokens.values() if t.node.startswith("no-"))

    (own,) = drive.instance.holds[task.id].values()
    return visible(drive.instance, own.id).get(name)
