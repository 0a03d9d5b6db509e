"""Which partitions a statement looks at: read from its SQL text, once a text.

A table is *pinned* when its `partition_id` equals a parameter or a number, itself or by way of
another table's, in conditions that all must hold. That is what a distributed database goes by to
send a statement to one machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import sqlglot
from msgspec import Struct
from sqlglot import exp

COLUMN = "partition_id"
_TOKENS = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|(%%)|(%s|\?)""")
_PARAMETER = re.compile(r"k([0-9]+)$")

Value = int | str
"""A number, or a parameter by its place: `k3`."""


class Mention(Struct):
    """A table in a statement."""

    table: str
    is_written: bool = False
    is_locked: bool = False
    pins: tuple[Value, ...] = ()
    """What its partition is said to be; nothing: it may be any."""

    def partitions(self, parameters: Sequence[Any]) -> set[int]:
        """With these parameters; nothing: any."""
        return {int(parameters[int(pin[1:])]) if isinstance(pin, str) else pin for pin in self.pins}


class Facts(Struct):
    """What there is to know of a statement."""

    mentions: list[Mention]
    is_recursive: bool = False
    functions: frozenset[str] = frozenset()
    """Names of the functions that it calls, in small letters."""


class Unreadable(ValueError):
    """The text is no statement that this can read."""


@lru_cache(maxsize=4096)
def facts_of(sql: str, dialect: str) -> Facts:
    """The facts of one statement. Raises Unreadable."""
    places = iter(range(sql.count("%s") + sql.count("?") + 1))

    def numbered(match: re.Match[str]) -> str:
        quoted, percent, parameter = match.groups()
        if parameter:
            return f":k{next(places)} "
        return "%" if percent else str(quoted)

    try:
        tree = sqlglot.parse_one(_TOKENS.sub(numbered, sql), read=dialect)
    except sqlglot.errors.SqlglotError as error:
        raise Unreadable(str(error)) from error
    return _Reader().facts(tree)


class _Names:
    """The tables that a part of a statement can name, over those around it."""

    def __init__(self, outer: _Names | None = None) -> None:
        self.own: dict[str, int] = {}
        self.common: set[str] = set(outer.common) if outer else set()
        """Names of common table expressions: no tables."""
        self._outer = outer

    def find(self, name: str) -> int | None:
        if not name and len(self.own) == 1:
            return next(iter(self.own.values()))
        if name in self.own:
            return self.own[name]
        return self._outer.find(name) if self._outer else None


class _Reader:
    def __init__(self) -> None:
        self._mentions: list[Mention | None] = []
        """Tables and, as None, what is selected from in their place."""
        self._equal: list[tuple[int, int]] = []
        self._values: dict[int, tuple[Value, ...]] = {}

    def facts(self, tree: exp.Expr) -> Facts:
        self._statement(tree, _Names())
        changed = True
        while changed:
            changed = False
            for one, other in self._equal:
                for here, there in ((one, other), (other, one)):
                    if here in self._values and there not in self._values:
                        self._values[there] = self._values[here]
                        changed = True
        found = []
        for place, mention in enumerate(self._mentions):
            if mention is not None:
                mention.pins = self._values.get(place, ())
                found.append(mention)
        with_ = tree.args.get("with_")
        names = frozenset(
            (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
            for node in tree.find_all(exp.Func)
        )
        return Facts(found, bool(with_ and with_.recursive), names)

    # Statements

    def _statement(self, tree: exp.Expr, names: _Names) -> None:
        match tree:
            case exp.Insert():
                self._insert(tree, names)
            case exp.Update() | exp.Delete():
                self._change(tree, names)
            case _:
                self._query(tree, names)

    def _insert(self, tree: exp.Insert, names: _Names) -> None:
        target = tree.this
        columns = [column.name for column in target.expressions]
        place = self._mention(target.find(exp.Table), _Names(), is_written=True)
        source = tree.expression
        at = columns.index(COLUMN) if COLUMN in columns else None
        if isinstance(source, exp.Values):
            given = [row.expressions[at] for row in source.expressions] if at is not None else []
            self._pin(place, given)
            for row in source.expressions:
                self._inside(row, names)
        elif source is not None:
            inner = self._query(source, names)
            if at is not None and isinstance(source, exp.Select) and at < len(source.selects):
                self._compare(place, source.selects[at].unalias(), inner)

    def _change(self, tree: exp.Update | exp.Delete, names: _Names) -> None:
        inner = _Names(names)
        self._common(tree, inner)
        self._mention(tree.this, inner, is_written=True)
        from_ = tree.args.get("from_")
        for source in [*([from_.this] if from_ else []), *(tree.args.get("using") or [])]:
            self._source(source, inner)
        self._conditions(tree.args.get("where"), inner)
        for changed in tree.expressions:
            self._inside(changed, inner)

    def _query(self, tree: exp.Expr, names: _Names) -> _Names:
        tree = tree.unnest()
        inner = _Names(names)
        self._common(tree, inner)
        if isinstance(tree, exp.SetOperation):
            self._query(tree.this, inner)
            self._query(tree.expression, inner)
            return inner
        if not isinstance(tree, exp.Select):
            self._inside(tree, inner)
            return inner
        from_ = tree.args.get("from_")
        if from_:
            self._source(from_.this, inner)
        for join in tree.args.get("joins") or []:
            self._source(join.this, inner)
            # An outer join keeps rows that do not meet its condition, but for its own table's.
            self._conditions(join.args.get("on"), inner, only=join.this if join.side else None)
        for lock in tree.args.get("locks") or []:
            of = {table.alias_or_name for table in lock.expressions} or set(inner.own)
            for name in of:
                if (place := inner.own.get(name)) is not None and self._mentions[place]:
                    self._mentions[place].is_locked = True  # type: ignore[union-attr]
        self._conditions(tree.args.get("where"), inner)
        for key in ("expressions", "group", "having", "order", "limit", "offset"):
            part = tree.args.get(key)
            for node in part if isinstance(part, list) else [part]:
                if isinstance(node, exp.Expr):
                    self._inside(node, inner)
        return inner

    def _common(self, tree: exp.Expr, names: _Names) -> None:
        with_ = tree.args.get("with_")
        if with_ is None:
            return
        names.common.update(cte.alias for cte in with_.expressions)
        for cte in with_.expressions:
            self._statement(cte.this, names)

    # What they are made of

    def _source(self, node: exp.Expr, names: _Names) -> None:
        if isinstance(node, exp.Table) and not node.name:
            node = node.this  # a function
        if isinstance(node, exp.Table):
            if node.name in names.common:
                names.own[node.alias_or_name] = self._place(None)
            else:
                self._mention(node, names)
            for join in node.args.get("joins") or []:
                self._source(join.this, names)
                self._conditions(join.args.get("on"), names)
        elif isinstance(node, exp.Subquery):
            place = names.own[node.alias_or_name] = self._place(None)
            inner = self._query(node.this, names)
            query = node.this.unnest()
            for column in query.selects if isinstance(query, exp.Select) else []:
                if column.alias_or_name == COLUMN:
                    self._compare(place, column.unalias(), inner)
        else:
            names.own[node.alias_or_name] = self._place(None)
            self._inside(node, names)

    def _place(self, mention: Mention | None) -> int:
        self._mentions.append(mention)
        return len(self._mentions) - 1

    def _mention(self, node: Any, names: _Names, *, is_written: bool = False) -> int:
        place = self._place(Mention(table=node.name, is_written=is_written))
        names.own[node.alias_or_name] = place
        return place

    def _conditions(
        self, node: exp.Expr | None, names: _Names, only: exp.Expr | None = None
    ) -> None:
        if node is None:
            return
        for part in _conjuncts(node.this if isinstance(node, exp.Where) else node):
            if isinstance(part, exp.EQ):
                self._equals(part.this, part.expression, names, only)
            elif isinstance(part, exp.In) and part.expressions and only is None:
                place = self._column(part.this, names)
                if place is not None:
                    self._pin(place, part.expressions)
            self._inside(part, names)

    def _equals(
        self,
        left: exp.Expr,
        right: exp.Expr,
        names: _Names,
        only: exp.Expr | None,
    ) -> None:
        places = [self._column(side, names) for side in (left, right)]
        if only is not None:
            own = names.own.get(only.alias_or_name)
            if own not in places:
                return
        for place, other in ((places[0], right), (places[1], left)):
            if place is not None:
                self._compare(place, other, names)
                return

    def _compare(self, place: int, other: exp.Expr, names: _Names) -> None:
        there = self._column(other, names)
        if there is not None:
            self._equal.append((place, there))
        else:
            self._pin(place, [other])

    def _pin(self, place: int, given: Sequence[exp.Expr]) -> None:
        values = [_value(node) for node in given]
        if values and None not in values:
            self._values.setdefault(place, tuple(v for v in values if v is not None))

    def _column(self, node: exp.Expr, names: _Names) -> int | None:
        node = node.unnest()
        if isinstance(node, exp.Column) and node.name == COLUMN:
            return names.find(node.table)
        return None

    def _inside(self, node: exp.Expr, names: _Names) -> None:
        """Queries within an expression."""
        for query in _queries(node):
            self._query(query, names)


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    node = node.unnest()
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    else:
        yield node


def _queries(node: exp.Expr) -> Iterator[exp.Expr]:
    """The outermost queries in an expression."""
    if isinstance(node, exp.Query):
        yield node
        return
    for child in node.iter_expressions():
        yield from _queries(child)


def _value(node: exp.Expr) -> Value | None:
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return _value(node.this)
    if isinstance(node, exp.Placeholder) and _PARAMETER.match(node.name):
        return node.name
    if isinstance(node, exp.Literal) and not node.is_string:
        return int(node.name) if node.name.isdigit() else None
    return None
