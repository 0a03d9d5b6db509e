"""From a graph to ordered columns: cycles opened, longest-path layers, few crossings.

Nodes are numbers in the order of the document. A link over several columns gets a place-holder in
each column between, so that it has a row of its own and runs through no shape. A link that leads
back is laid as if it came from its target, with place-holders beside both its ends.
"""

from __future__ import annotations

import itertools
from bisect import bisect, insort
from dataclasses import dataclass, field

import networkx as nx

__all__ = ["Columns", "Link", "arranged"]

_ROUNDS = 8
_PLACE_HOLDERS = 4
"""A node's share of place-holders; the longest links do without when there are not enough."""


@dataclass(kw_only=True, eq=False)
class Link:
    """One sequence flow, from node to node."""

    id: str
    source: int
    target: int
    port: int = 0
    """0 leaves from the node itself, 1, 2, … from its boundary events."""
    event: str = ""
    """Id of that boundary event."""
    room: float = 0.0
    """Width that its name needs behind its source."""
    is_back: bool = False
    """Whether it leads to the same or an earlier column."""
    path: list[int] = field(default_factory=list)
    """Its place-holders from left to right."""
    is_express: bool = False
    """Whether it has no place-holders and goes below everything."""


@dataclass(kw_only=True)
class Columns:
    """The result: numbers from `count` on are place-holders."""

    count: int
    links: list[Link]
    layer: list[int]
    """Column of each number."""
    order: list[list[int]]
    """The numbers of each column, from top to bottom."""
    band: list[int]
    """Lane of each number."""
    hops: list[list[tuple[int, int, Link]]]
    """By column: the pieces of links to the next one, as from, to, link."""
    beside: list[tuple[int, int]]
    """Pairs in one column: a node and the end of a link that leads back."""


def arranged(count: int, links: list[Link], band: list[int]) -> Columns:
    """Columns for `count` nodes; sets `is_back`, `path` and `is_express` of the links."""
    links.sort(key=lambda link: link.port)
    _open_cycles(count, links)
    layer = _layers(count, links)
    _choose_express(count, links, layer)
    columns = Columns(
        count=count,
        links=links,
        layer=layer,
        order=[],
        band=list(band),
        hops=[],
        beside=[],
    )
    _add_place_holders(columns)
    _first_order(columns)
    _reduce_crossings(columns)
    return columns


def _open_cycles(count: int, links: list[Link]) -> None:
    """Marks the links that close a cycle, seen from the first nodes of the document."""
    outgoing: list[list[Link]] = [[] for _ in range(count)]
    has_incoming = [False] * count
    for link in links:
        outgoing[link.source].append(link)
        if link.source != link.target:
            has_incoming[link.target] = True
    state = [0] * count  # 1: on the way from a root to here, 2: done
    for root in sorted(range(count), key=has_incoming.__getitem__):
        if state[root]:
            continue
        state[root] = 1
        todo = [(root, iter(outgoing[root]))]
        while todo:
            node, rest = todo[-1]
            for link in rest:
                if state[link.target] == 1:
                    link.is_back = True
                elif not state[link.target]:
                    state[link.target] = 1
                    todo.append((link.target, iter(outgoing[link.target])))
                    break
            else:
                state[node] = 2
                todo.pop()


def _layers(count: int, links: list[Link]) -> list[int]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from((link.source, link.target) for link in links if not link.is_back)
    layer = [0] * count
    for index, generation in enumerate(nx.topological_generations(graph)):
        for node in generation:
            layer[node] = index
    for node in range(count):
        if not graph.in_degree(node) and graph.out_degree(node):
            layer[node] = min(layer[after] for after in graph.successors(node)) - 1
    return layer


def _choose_express(count: int, links: list[Link], layer: list[int]) -> None:
    left = _PLACE_HOLDERS * count + 400
    for link in sorted(links, key=lambda one: abs(layer[one.target] - layer[one.source])):
        span = abs(layer[link.target] - layer[link.source])
        left -= span + 1 if link.is_back else span - 1
        link.is_express = left < 0 and span > 1


def _add_place_holders(columns: Columns) -> None:
    layer, band = columns.layer, columns.band
    columns.hops = [[] for _ in range(max(layer, default=-1) + 1)]
    for link in columns.links:
        if link.is_express:
            continue
        if link.is_back:
            inner = range(layer[link.target], layer[link.source] + 1)
        else:
            inner = range(layer[link.source] + 1, layer[link.target])
        for column in inner:
            link.path.append(len(layer))
            layer.append(column)
            band.append(band[link.source])
        if link.is_back:
            columns.beside.append((link.target, link.path[0]))
            columns.beside.append((link.source, link.path[-1]))
            stops = link.path
        else:
            stops = [link.source, *link.path, link.target]
        for left, right in itertools.pairwise(stops):
            columns.hops[layer[left]].append((left, right, link))


def _first_order(columns: Columns) -> None:
    """Each column in the order in which a walk along the flows meets it."""
    after: list[list[int]] = [[] for _ in columns.layer]
    has_before = [False] * len(columns.layer)
    for hops in columns.hops:
        for left, right, _ in hops:
            after[left].append(right)
            has_before[right] = True
    for node, place_holder in columns.beside:
        after[node].append(place_holder)
        has_before[place_holder] = True
    columns.order = [[] for _ in columns.hops]
    seen = [False] * len(columns.layer)
    roots = [n for n in range(columns.count) if not has_before[n]]
    for root in [*roots, *range(len(columns.layer))]:
        todo = [root]
        while todo:
            node = todo.pop()
            if not seen[node]:
                seen[node] = True
                columns.order[columns.layer[node]].append(node)
                todo.extend(reversed(after[node]))
    for column in columns.order:
        column.sort(key=columns.band.__getitem__)


def _reduce_crossings(columns: Columns) -> None:
    """Sweeps that put each node near the middle of its neighbours; keeps the best order seen."""
    before: list[list[tuple[int, float]]] = [[] for _ in columns.layer]
    after: list[list[tuple[int, float]]] = [[] for _ in columns.layer]
    for hops in columns.hops:
        for left, right, link in hops:
            before[right].append((left, 0.4 * link.port / (1 + link.port)))
            after[left].append((right, 0.0))
    beside: list[list[tuple[int, float]]] = [[] for _ in columns.layer]
    for node, place_holder in columns.beside:
        beside[place_holder].append((node, 0.0))
    place = [0] * len(columns.layer)
    for column in columns.order:
        for index, node in enumerate(column):
            place[node] = index
    best, fewest, idle = [list(c) for c in columns.order], _crossings(columns, place), 0
    for turn in range(2 * _ROUNDS):
        if not fewest or idle > 3:
            break
        is_forward = turn % 2 == 0
        near = before if is_forward else after
        for column in columns.order if is_forward else reversed(columns.order):
            _sort_column(column, near, beside, place, columns.band)
        crossings = _crossings(columns, place)
        idle += 1
        if crossings < fewest:
            best, fewest, idle = [list(c) for c in columns.order], crossings, 0
    columns.order = best


def _sort_column(
    column: list[int],
    near: list[list[tuple[int, float]]],
    beside: list[list[tuple[int, float]]],
    place: list[int],
    band: list[int],
) -> None:
    wish = {}
    for node in column:
        neighbours = [*near[node], *beside[node]]
        total = sum(place[other] + offset for other, offset in neighbours)
        wish[node] = total / len(neighbours) if neighbours else place[node]
    column.sort(key=lambda node: (band[node], wish[node]))
    for index, node in enumerate(column):
        place[node] = index


def _crossings(columns: Columns, place: list[int]) -> int:
    total = 0
    for hops in columns.hops:
        ends = sorted((place[left] + link.port / 99, place[right]) for left, right, link in hops)
        seen: list[int] = []
        for _, right in ends:
            total += len(seen) - bisect(seen, right)
            insort(seen, right)
    return total
