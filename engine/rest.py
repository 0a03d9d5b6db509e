"""What is queued, done until nothing moves (run to completion).

A move that cannot be made is undone to where it began, and its token is parked there as an
incident, while its siblings go on.
"""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Any

from engine.activities import begin, work
from engine.agenda import CONDITION, ENTER, OFFER, RESET, SETTLE, WORK
from engine.correlation import ask_again
from engine.errors import BpmnError, ExecutionError
from engine.events.error import throw_error
from engine.expressions import ExpressionError
from engine.hearing import told_end
from engine.listeners import tell
from engine.program import Node, Part
from engine.state import Subscription, Token, Trigger
from engine.undo import undo_next

if TYPE_CHECKING:
    from engine.run import Run


def to_rest(run: Run) -> None:
    """Do what is queued, and what that queues, until nothing moves; past the budget of moves,
    leave the rest waiting to be continued."""
    agenda, moves = run.agenda, 0
    while True:
        while agenda:
            moves += 1
            _move(run, *agenda.popleft(), is_over_budget=moves > run.budget)
        if run.late:
            agenda.append((OFFER, run.late.popleft()))
        elif not _ask_conditions(run) and not _ask_joins(run):
            break


def _move(run: Run, what: int, id: int, *, is_over_budget: bool) -> None:
    mark, records, published = run.mark, len(run.records), len(run.published)
    last_id, agenda, late = run.instance.last_id, len(run.agenda), len(run.late)
    escaped = len(run.escaped)
    try:
        if what == OFFER:
            _offer(run, id, is_over_budget=is_over_budget)
        elif what == SETTLE:
            _settle(run, id)
        elif what == RESET:
            _ask_reset(run, id)
        elif what == WORK:
            if token := run.instance.tokens.get(id):
                run.here = token
                work(run, token, run.program.nodes[token.node])
        elif what == ENTER:
            if token := run.instance.tokens.get(id):
                run.here = token
                node = run.program.nodes[token.node]
                node.behaviour.enter(run, token, node)
        else:
            _ask_condition(run, id)
    except (BpmnError, ExecutionError) as error:
        run.undo(mark)
        del run.records[records:], run.published[published:], run.escaped[escaped:]
        run.instance.last_id = last_id
        while len(run.agenda) > agenda:
            run.agenda.pop()
        while len(run.late) > late:
            run.late.pop()
        failure = _thrown_by(run, what, id, error) if isinstance(error, BpmnError) else error
        if failure is not None:
            _park(run, what, id, failure)


def _thrown_by(run: Run, what: int, id: int, error: BpmnError) -> ExecutionError | None:
    """Throw the BPMN error that a script ended in, from where its token is; what keeps it from
    being thrown."""
    token, told = _place(run, what, id), len(run.records)
    try:
        if token is None:
            raise ExecutionError(str(error))
        throw_error(run, token, error.code, dict(error.variables), error.message or None)
    except ExecutionError as failure:
        del run.records[told:]
        return failure
    return None


def _offer(run: Run, id: int, *, is_over_budget: bool) -> None:
    token = run.instance.tokens.get(id)
    if token is None:
        return
    if is_over_budget:
        run.wait(token, Trigger(kind="continue", due=run.now))
        return
    run.here = token
    node = run.program.nodes[token.node]
    if node.is_activity:
        begin(run, token, node)
    elif node.is_async_before and not run.is_at_rest:
        run.go_on_later(token, "entered")
    else:
        entered(run, token, node)


def entered(run: Run, token: Token, node: Node[Any]) -> None:
    """Tell the listeners of a node that is no activity, then let it treat its token."""
    if not node.starting or tell(run, token, node.starting, "start"):
        node.behaviour.enter(run, token, node)


def _settle(run: Run, id: int) -> None:
    scope = run.instance.scopes.get(id)
    if scope is None or scope.completed:
        return
    if not run.is_idle(id) and not run.is_ad_hoc(id):
        return
    if run.program.has_resets and (_ask_resets(run, {id}) or _parked_at(run, id, RESET)):
        return
    if scope.holder is not None:
        holder = run.instance.tokens[scope.holder]
        node = run.program.nodes[holder.node]
        handler = node.loop if scope.kind == "loop" else node.behaviour
        assert handler is not None
        handler.child_ended(run, holder, node, id)
    elif scope.kind == "compensation":
        assert scope.parent is not None
        if not undo_next(run, id):
            run.close(id)
            run.agenda.append((SETTLE, scope.parent))
    elif scope.kind == "process":
        if not told_end(run, scope):
            return
        run.result = dict(run.instance.scopes[id].variables)
        run.close(id)
        run.state, run.reason = scope.items or ("completed", None)
        run.record("ended", scope.container, detail=run.reason)


def _park(run: Run, what: int, id: int, error: ExecutionError) -> None:
    """Leave a token where its move failed, as an incident (SEMANTICS: its siblings go on); what a
    scope itself waits for leaves it in the scope."""
    if run.program.dialect.rolls_back_on_failure:
        raise error
    token, waiting = _place(run, what, id), run.instance.subscriptions.get(id)
    if what in (CONDITION, RESET) and token is None:
        assert waiting is not None
        scope, catcher = waiting.scope, waiting.catcher
        held = run.instance.held_by_scope.get(scope, {})
    elif token is not None:
        scope, catcher = token.scope, token.node
        held = run.instance.held_by.get(token.id, {})
    else:
        raise error
    details = {
        "message": error.message,
        "error": type(error).__name__,
        "element": error.element or catcher,
        "resume": [what, id],
    }
    for row in held.values():
        if row.trigger.kind == "incident" and row.trigger.details["resume"] == [what, id]:
            return
    owner = None if token is None else token.id
    trigger = Trigger(kind="incident", name=type(error).__name__, details=details)
    run.subscribe(scope, owner, catcher, trigger)
    run.record("parked", error.element or catcher, owner, scope, detail=details)


def _place(run: Run, what: int, id: int) -> Token | None:
    """The token that a move is about, or that holds the scope it is about; none for what a scope
    itself waits for."""
    place: int | None = id
    if what in (CONDITION, RESET):
        place = run.instance.subscriptions[id].token
    elif what == SETTLE:
        place = run.instance.scopes[id].holder
    return None if place is None else run.instance.tokens.get(place)


def _ask_conditions(run: Run) -> bool:
    """Ask the waiting conditions that read a variable which changed; whether any was asked."""
    changed, run.changed = run.changed, {}
    if changed and run.program.correlations:
        ask_again(run, changed.keys())
    if not changed or not run.program.has_conditions:
        return False
    asked = False
    for row in sorted(run.instance.subscriptions.values(), key=lambda s: s.id):
        if row.trigger.kind == "condition":
            part = run.program.nodes[row.catcher].parts[row.part]
            is_changed = any(row.id <= changed.get(name, 0) for name in part.plan.names)
            if is_changed and _is_watched(run, part.plan, changed.keys()):
                run.agenda.append((CONDITION, row.id))
                asked = True
    run.made = set()
    return asked


def _is_watched(run: Run, condition: Any, changed: Set[str]) -> bool:
    """Whether a condition's variables changed in a way that it asks for."""
    wanted = getattr(condition, "changes", None)
    if not wanted:
        return True
    concerned = changed & condition.names
    made = concerned & run.made
    return ("create" in wanted and bool(made)) or ("update" in wanted and bool(concerned - made))


def _ask_condition(run: Run, id: int) -> None:
    row = run.instance.subscriptions.get(id)
    if row is None:
        return
    part: Part[Any] = run.program.nodes[row.catcher].parts[row.part]
    try:
        is_true = run.holds(part.plan, row.scope)
    except ExpressionError:
        seen = run.visible(row.scope)
        if not run.program.dialect.missing_is_false or all(n in seen for n in part.plan.names):
            raise
        is_true = False
    if row.token is None:
        for parked in _parked_at(run, row.scope, CONDITION, id):
            run.withdraw(parked)
            run.record("resolved", row.catcher, None, row.scope, parked.id)
    if is_true:
        run.catch(row, {})


def _ask_resets(run: Run, scopes: set[int]) -> bool:
    """Queue the question whether reset phases in these scopes are over; whether any can be."""
    asked = False
    for scope in sorted(scopes & run.instance.held_by_scope.keys()):
        for row in sorted(run.instance.held_by_scope[scope].values(), key=lambda s: s.id):
            if row.trigger.kind != "reset" or _parked_at(run, scope, RESET, row.id):
                continue
            node = run.program.nodes[row.catcher]
            if node.behaviour.is_over(run, node, row):
                run.resume(RESET, row.id)
                asked = True
    return asked


def _ask_reset(run: Run, id: int) -> None:
    if row := run.instance.subscriptions.get(id):
        node = run.program.nodes[row.catcher]
        node.behaviour.caught(run, node, row, {})
        run.settle(row.scope)


def _parked_at(run: Run, scope: int, what: int, id: int | None = None) -> list[Subscription]:
    """The incidents of a scope itself: moves of a kind, or one of them, that could not be made."""
    return [
        row
        for row in run.instance.held_by_scope.get(scope, {}).values()
        if row.trigger.kind == "incident"
        and row.trigger.details["resume"][0] == what
        and id in (None, row.trigger.details["resume"][1])
    ]


def _ask_joins(run: Run) -> bool:
    """Ask one by one the joins that a gone token may have released; whether any went on."""
    touched, run.touched = run.touched, set()
    if not run.program.asked_at_rest or not touched:
        return False
    if run.program.has_resets and _ask_resets(run, touched):
        run.touched |= touched
        return True
    run.is_at_rest = True
    try:
        for scope in sorted(touched & run.instance.tokens_in.keys()):
            container = run.instance.scopes[scope].container
            for node in run.program.asked_at_rest.get(container, ()):
                by_flow = run.arrived(scope, node)
                first = min((id for tokens in by_flow.values() for id in tokens), default=0)
                if first and first not in run.instance.held_by:
                    _move(run, OFFER, first, is_over_budget=False)
                    if run.agenda or run.touched:
                        run.touched |= touched
                        return True
    finally:
        run.is_at_rest = False
    return False
