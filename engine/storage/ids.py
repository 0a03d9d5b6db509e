"""Keys: 63 bits that say where their row lives.

    partition (10 bits) | number (29 bits) | row (24 bits)

`number` tells the instances of a partition apart, `row` what is in an instance: its scopes, tokens
and subscriptions, in the order of their creation; 0 is the instance itself. So the id of a job is
enough to find its instance and the partition of both.

Numbers are given out without asking the database each time: a node leases *blocks* of 64, which
are its own in every partition, from one row (`lease`), more at a time the faster it uses them up.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

from engine.errors import Unavailable

PARTITIONS = 1024
ROW_BITS = 24
NUMBER_BITS = 29
PARTITION_SHIFT = ROW_BITS + NUMBER_BITS
ROW_MASK = (1 << ROW_BITS) - 1
BLOCK = 64
LARGEST_LEASE = 1024
"""Blocks leased at once at most: what a restart can waste."""


def partition_of(id: int) -> int:
    """The partition that a row lives in."""
    return id >> PARTITION_SHIFT


def instance_of(id: int) -> int:
    """The id of the instance that a row belongs to."""
    return id & ~ROW_MASK


def by_partition(ids: Iterable[int]) -> dict[int, list[int]]:
    """Ids by the partition that they live in."""
    found: dict[int, list[int]] = {}
    for id in ids:
        found.setdefault(id >> PARTITION_SHIFT, []).append(id)
    return found


def hashed(text: str, partitions: int) -> int:
    """The partition for a business key, or a message's name and key; the same on every node."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % partitions


class Ids:
    """Gives out ids, each once, in ascending order within their partition."""

    def __init__(self, lease: Callable[[int], int]) -> None:
        self._lease = lease
        """Lease so many blocks; the first of them."""
        self._first = 0
        self._end = 0
        self._next: dict[int, int] = {}
        """First free number by partition; others are at `_first`."""
        self._blocks = 1
        self._rows: dict[int, int] = {}
        """Last id given for a single row, by partition."""

    def number(self, partition: int) -> int:
        number = self._next.get(partition, self._first)
        if number == self._end:
            first = self._lease(self._blocks)
            self._first = number = first * BLOCK
            self._end = (first + self._blocks) * BLOCK
            self._next.clear()
            self._blocks = min(self._blocks * 2, LARGEST_LEASE)
        if number >> NUMBER_BITS:
            raise Unavailable(
                f"this database has no number left for a new instance: all {1 << NUMBER_BITS:,} "
                "are given out; go on with an empty one"
            )
        self._next[partition] = number + 1
        return number

    def instance(self, partition: int) -> int:
        """The id of a new instance."""
        return (partition << PARTITION_SHIFT) | (self.number(partition) << ROW_BITS)

    def row(self, partition: int) -> int:
        """The id of a row that belongs to no instance: a message."""
        last = self._rows.get(partition, ROW_MASK)
        if last & ROW_MASK == ROW_MASK:
            last = self.instance(partition)
        self._rows[partition] = last = last + 1
        return last

    def forget(self) -> None:
        """Use nothing of what was leased: the lease was not committed."""
        self._first = self._end = 0
        self._blocks = 1
        self._next.clear()
        self._rows.clear()
