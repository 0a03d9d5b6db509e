"""How work is tried and how long it may take: looked at, with where each value comes from, and
overridden with a reason; and what is overdue by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from engine.errors import EngineError, Invalid, NotFound
from engine.jobs import JobPlan
from engine.policies import NAMES, Said, parse_said, policy_for
from engine.services import idempotency
from engine.services.audit import audit
from engine.services.instances import needed
from engine.services.pacing import ask_again, start_anew
from engine.services.paging import FIRST, Order, fetch_page
from engine.services.policy_book import as_values, keys_for
from engine.storage import operator_tables as o
from engine.storage import schema as t
from engine.storage.rows import moment
from engine.values import decode, encode
from engine.views import (
    SYSTEM,
    Actor,
    Overdue,
    Page,
    Paging,
    PolicyOverride,
    PolicyValue,
    PolicyView,
)

if TYPE_CHECKING:
    from engine.program import Node
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_p, _i, _w = o.policy.c, t.instance.c, t.subscription.c
Kind = Literal["job_type", "definition", "element"]
MICROSECOND = timedelta(microseconds=1)


class PolicyMethods:
    """The part of `Engine` that tells and sets how work is tried."""

    _shell: Shell

    def policy(self, definition: int, element: str | None = None) -> PolicyView:
        """How the work of an element, or of a process, is tried now, and where each value comes
        from. Raises NotFound."""
        shell = self._shell
        with shell.store.reading() as connection:
            program = shell.programs.program(connection, definition)
            operators = shell.policies.by_operators(connection)
            notes = shell.board.policies(connection)
        node = None
        if element is not None:
            node = program.nodes.get(element)
            if node is None:
                raise NotFound(f"there is no flow node '{element}' in '{program.id}'")
        details, job_type = _stated(node)
        keys = keys_for(program.id, element, job_type)
        declared = shell.declared(job_type) if job_type else None
        known = policy_for(details, declared)
        found: dict[str, PolicyValue] = {}
        for name, value in (
            ("retries", known.retries),
            ("backoff", known.backoff.text),
            ("timeout", known.timeout),
            ("sla", None),
            ("rate", None),
        ):
            place = f"job type {job_type}" if known.origin.get(name) == "handler" else None
            found[name] = PolicyValue(
                value=value, origin=known.origin.get(name, "default"), place=place
            )
        model = shell.policies.by_model(program)
        for origin, source in (("file", shell.policies.by_file), ("model", model)):
            for name, value, key in _said(source, keys):
                if origin == "model" or found[name].origin != "model":
                    found[name] = PolicyValue(value=value, origin=origin, place=" ".join(key))
        for name, value, key in _said(operators, keys):
            note = notes[key]
            found[name] = PolicyValue(
                value=value,
                origin="operator",
                place=" ".join(key),
                by=note["by"],
                reason=note["reason"],
            )
        return PolicyView(process_id=program.id, element=element, job_type=job_type, **found)

    def set_policy(
        self,
        kind: Kind,
        name: str,
        values: Mapping[str, Any],
        *,
        reason: str,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Override policies of a job type, a process (`order`) or an element (`order/pay`), until
        they are cleared: `retries`, `backoff`, `timeout`, `sla`, `rate`. Raises Invalid."""
        place = f"{kind} {name}"
        if kind not in ("job_type", "definition", "element") or not name:
            raise Invalid(
                f"policy of '{place}': a job_type, a definition or an element would do, by its name"
            )
        if kind == "element" and "/" not in name:
            raise Invalid(f"policy of {place}: process and element would do, as in order/pay")
        if parse_said(values, place) == Said():
            raise Invalid(f"policy of {place}: found no value; {', '.join(NAMES)} would do")
        needed(reason)

        def run(unit: Unit) -> None:
            before = _stored(unit, kind, name)
            connection = unit.transaction.connection
            connection.execute(sa.delete(o.policy).where(_p.kind == kind, _p.name == name))
            row = {"kind": kind, "name": name, "at": unit.now_micros, "by": by.name}
            text = encode(dict(values))
            connection.execute(sa.insert(o.policy).values(**row, values=text, reason=reason))
            if "rate" in values or "rate" in (before or {}):
                start_anew(unit, kind, name)
            detail = {"before": before, "after": dict(values)}
            audit(unit, "set_policy", by, reason, kind="policy", target=place, detail=detail)

        self._commit(f"set policy {place}", run, idempotency_key)
        if self._shell.store.profile.is_distributed:
            ask_again(self._shell, kind, name)

    def clear_policy(
        self,
        kind: Kind,
        name: str,
        *,
        reason: str,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Take back what operators have said of it. Raises NotFound."""
        needed(reason)
        place = f"{kind} {name}"

        def run(unit: Unit) -> None:
            before = _stored(unit, kind, name)
            if before is None:
                raise NotFound(f"policy of {place}: no operator has said anything of it")
            connection = unit.transaction.connection
            connection.execute(sa.delete(o.policy).where(_p.kind == kind, _p.name == name))
            if "rate" in before:
                start_anew(unit, kind, name)
            detail = {"before": before, "after": None}
            audit(unit, "clear_policy", by, reason, kind="policy", target=place, detail=detail)

        self._commit(f"clear policy {place}", run, idempotency_key)
        if self._shell.store.profile.is_distributed:
            ask_again(self._shell, kind, name)

    def policies(self) -> list[PolicyOverride]:
        """What operators have said, oldest first."""
        with self._shell.store.reading() as connection:
            query = sa.select(o.policy).order_by(_p.at, _p.kind, _p.name)
            rows = connection.execute(query).mappings().all()
        return [
            PolicyOverride(
                kind=row["kind"],
                name=row["name"],
                values=decode(row["values"]),
                since=moment(row["at"]),
                by=row["by"],
                reason=row["reason"],
            )
            for row in rows
        ]

    def overdue(self, page: Paging = FIRST) -> Page[Overdue]:
        """Instances, jobs and tasks that are open for longer than their `sla`, the oldest promise
        first."""
        shell = self._shell
        with shell.store.reading() as connection:
            now = shell.store.now_in(connection)
            instances, work = self._promises(connection)
            select = sa.union_all(_late_instances(instances, now), _late_work(work, now)).subquery()
            c = select.c
            order = Order(c.due, c.id)
            return fetch_page(
                connection, sa.select(select), order, page, lambda rows: [_overdue(r) for r in rows]
            )

    def _promises(
        self, connection: sa.Connection
    ) -> tuple[dict[int, int], dict[tuple[int, str | None, str | None], int]]:
        """Microseconds by definition; and by definition and element, or job type."""
        book = self._shell.policies
        operators = book.by_operators(connection)
        d = t.definition.c
        rows = connection.execute(
            sa.select(d.id, d.ref, d.facts).where(d.kind == "process").order_by(d.id)
        ).all()
        types = {
            name: said.sla // MICROSECOND
            for source in (book.by_file, operators)
            for (kind, name), said in source.items()
            if kind == "job_type" and said.sla is not None
        }
        instances: dict[int, int] = {}
        work: dict[tuple[int, str | None, str | None], int] = {}
        for id, process_id, text in rows:
            stated = decode(text).get("slas") or {}
            own: dict[str, timedelta] = {}
            for element, duration in stated.items():
                try:
                    own[element] = parse_said({"sla": duration}, process_id).sla or timedelta(0)
                except EngineError:
                    continue
            for source, is_over in ((book.by_file, False), (operators, True)):
                for (kind, name), said in source.items():
                    head, _, element = name.partition("/")
                    if kind == "job_type" or head != process_id or said.sla is None:
                        continue
                    if is_over or element not in own:
                        own[element] = said.sla
            for element, duration in own.items():
                if element:
                    work[id, element, None] = duration // MICROSECOND
                else:
                    instances[id] = duration // MICROSECOND
            for type, most in types.items():
                work[id, None, type] = most
        return instances, work

    def _commit(self, verb: str, run: Any, key: str | None) -> None:
        def direct(unit: Unit) -> None:
            unit.direct()
            run(unit)

        self._shell.do(idempotency.once(key, verb[:200], None, direct))
        self._shell.board.forget()


def _stored(unit: Unit, kind: str, name: str) -> dict[str, Any] | None:
    query = sa.select(_p["values"]).where(_p.kind == kind, _p.name == name)
    text = unit.transaction.connection.execute(query).scalar()
    return None if text is None else dict(decode(text))


def _said(
    source: Mapping[tuple[str, str], Said], keys: list[tuple[str, str]]
) -> Iterator[tuple[str, Any, tuple[str, str]]]:
    """What a source says of a kind of work, the nearest last."""
    for key in reversed(keys):
        if said := source.get(key):
            for name, value in as_values(said).items():
                if name == "sla" and key[0] == "definition" and keys[0][0] == "element":
                    continue  # a process's promise is of its instances
                yield name, value, key


def _stated(node: Node[Any] | None) -> tuple[dict[str, Any], str | None]:
    """What the model says of a node's job, as far as it says so before a token comes."""
    plan = getattr(node, "plan", None)
    job = plan if isinstance(plan, JobPlan) else getattr(plan, "job", None)
    if not isinstance(job, JobPlan):
        return {}, None
    details = dict(job.policy)
    try:
        type = job.type.evaluate({})
    except EngineError:
        type = job.type.text
    if job.retries is not None:
        try:
            details["retries"] = int(job.retries.evaluate({}))
        except (EngineError, TypeError, ValueError):
            details.pop("retries", None)
    return details, str(type)


def _late_instances(promises: dict[int, int], now: int) -> sa.Select[Any]:
    due = (
        sa.case(
            *((_i.definition_id == id, _i.started_at + most) for id, most in promises.items()),
            else_=sa.literal(None, sa.BigInteger),
        )
        if promises
        else sa.literal(None, sa.BigInteger)
    )
    return sa.select(
        sa.literal("instance").label("kind"),
        _i.id.label("id"),
        _i.id.label("instance"),
        _i.process_id.label("process_id"),
        _i.version.label("version"),
        _i.business_key.label("business_key"),
        sa.literal(None, sa.Text).label("element"),
        _i.started_at.label("since"),
        due.label("due"),
    ).where(_i.state == "active", _i.definition_id.in_(promises), due < now)


def _late_work(promises: dict[tuple[int, str | None, str | None], int], now: int) -> sa.Select[Any]:
    cases = [
        (
            (_w.definition_id == id)
            & (_w.catcher == element if element is not None else _w.name == type),
            _w.created_at + most,
        )
        for (id, element, type), most in sorted(promises.items(), key=lambda one: one[0][1] is None)
    ]
    none = sa.literal(None, sa.BigInteger)
    due = sa.case(*cases, else_=none) if cases else none
    joined = (_i.partition_id == _w.partition_id) & (_i.id == _w.instance_id)
    kind = sa.case((_w.kind == "job", "job"), else_="task")
    return (
        sa.select(
            kind.label("kind"),
            _w.id.label("id"),
            _w.instance_id.label("instance"),
            _i.process_id.label("process_id"),
            _i.version.label("version"),
            _i.business_key.label("business_key"),
            _w.catcher.label("element"),
            _w.created_at.label("since"),
            due.label("due"),
        )
        .join(t.instance, joined)
        .where(
            _w.kind.in_(["job", "user_task"]),
            _w.definition_id.in_({id for id, _, _ in promises}),
            due < now,
        )
    )


def _overdue(row: sa.Row[Any]) -> Overdue:
    return Overdue(
        kind=row.kind,
        id=row.id,
        instance=row.instance,
        process_id=row.process_id,
        version=row.version,
        business_key=row.business_key,
        element=row.element,
        since=moment(row.since),
        due=moment(row.due),
    )
