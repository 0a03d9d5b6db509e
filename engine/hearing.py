"""How a token goes on behind its listeners, at once or when a listener's job is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from engine.activities import finished
from engine.agenda import ENTER
from engine.evaluation import evaluated
from engine.jobs import field_values
from engine.listeners import KEY, passing, tell, told
from engine.state import Scope, Subscription, Trigger, Variables

if TYPE_CHECKING:
    from engine.run import Run


def resumed(run: Run, subscription: Subscription, payload: Variables) -> None:
    """The job of a listener is done: tell the next, or go on."""
    stated = subscription.trigger.details[KEY]
    if stated["stage"] == "timeout":
        node = run.program.nodes[subscription.catcher]
        run.withdraw(subscription)
        task: Any = node.behaviour
        task.late(run, node, subscription)
        return
    run.record(
        "caught", subscription.catcher, subscription.token, subscription.scope, subscription.id
    )
    run.withdraw(subscription)
    first = stated["index"] + 1
    if subscription.token is None:
        run.declare_if(subscription.scope, payload, run.program.id)
        scope = run.instance.scopes[subscription.scope]
        run.set_scope(replace(scope, index=first))
        run.settle(scope.id)
        return
    token = run.instance.tokens[subscription.token]
    node = run.program.nodes[token.node]
    run.here = token
    run.assign(run.local(token), payload, node.id)
    match stated["stage"]:
        case "aside":
            pass
        case "create" | "complete":
            node.behaviour.resumed(run, token, node, stated)
        case "arrive":
            taken = node.arriving.get(token.flow or "", ())
            if tell(run, token, taken, "arrive", first=first):
                run.queue(token, node)
        case "start":
            if tell(run, token, node.starting, "start", first=first):
                run.agenda.append((ENTER, token.id))
        case "end":
            if tell(run, token, node.ending, "end", first=first):
                finished(run, token, node)
        case "over":
            if tell(run, token, node.ending, "over", first=first):
                run.depart(token, ())
        case stage:
            listeners = passing(node) if stage == "pass" else node.ending
            flows = stated["flows"]
            if tell(run, token, listeners, stage, first=first, flows=flows):
                run.depart(token, [f for f in node.outgoing if f.id in flows])


def told_end(run: Run, scope: Scope) -> bool:
    """Tell the listeners of the process that it ends; False while a job of one is awaited."""
    ending = run.program.ending
    for index in range(max(scope.index, 0), len(ending)):
        listener = ending[index]
        held = run.instance.held_by_scope.get(scope.id, {}).values()
        if any(KEY in one.trigger.details for one in held):
            return False
        if told(run, None, scope.id, listener):
            continue
        assert listener.job is not None
        details: dict[str, Any] = {
            KEY: {"stage": "ended", "index": index, "event": "end"},
            "headers": {
                "event": "end",
                "element": run.program.id,
                **field_values(run, scope.id, listener.fields),
            },
        }
        name = str(evaluated(run, listener.job.type, scope.id))
        run.subscribe(
            scope.id, None, run.program.id, Trigger(kind="job", name=name, details=details)
        )
        return False
    return True
