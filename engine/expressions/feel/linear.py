"""Regular expressions in linear time, for patterns on which backtracking may take for ever.

Python's own parser reads the pattern; a Pike machine runs it: all alternatives advance together,
one character at a time, in order of preference, so that the match is the one backtracking finds.
"""

from __future__ import annotations

import re
import re._constants as code  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

_LARGEST_PROGRAM = 20_000
_MOMENT = 20_000_000
"""Steps of backtracking; well under a second."""
Saves = tuple[int, ...]


class NotLinearError(ValueError):
    """The pattern needs backtracking: it refers back to a group, or is too large."""


@dataclass(slots=True)
class _Step:
    """One instruction; `next` and `other` are places in the program."""

    kind: Literal["character", "split", "save", "check", "match"]
    next: int = 0
    other: int = 0
    test: Callable[[str], object] | None = None
    slot: int = 0
    check: Callable[[str, int], bool] | None = None


@dataclass(frozen=True, slots=True)
class LinearMatch:
    """The part of `re.Match` that FEEL uses."""

    text: str
    saves: Saves

    def start(self) -> int:
        return self.saves[0]

    def end(self) -> int:
        return self.saves[1]

    def group(self, number: int = 0) -> str | None:
        start, end = self.saves[2 * number], self.saves[2 * number + 1]
        return None if start < 0 or end < 0 else self.text[start:end]


def is_risky(pattern: str, flags: int, length: int) -> bool:
    """Whether backtracking over a text of that length could take more than a moment."""
    tree = parser.parse(pattern, flags)
    exponential, repeats = _risk(tree)
    if exponential:
        return length > 16
    is_anchored = len(tree) > 0 and tree[0] == (code.AT, code.AT_BEGINNING)
    return bool(length ** (repeats + (not is_anchored)) > _MOMENT)


def _risk(tree: Any) -> tuple[bool, int]:
    """Whether repetition holds choices, and how many repetitions without end there are."""
    is_exponential = False
    repeats = 0
    for operation, argument in tree:
        if operation in {code.MAX_REPEAT, code.MIN_REPEAT}:
            low, high, body = argument
            inner_exponential, inner = _risk(body)
            has_choice = inner > 0 or _has_choice(body)
            is_exponential = is_exponential or inner_exponential or (high > 8 and has_choice)
            repeats += inner + (high - low > 8)
        elif operation is code.SUBPATTERN:
            inner_exponential, inner = _risk(argument[3])
            is_exponential, repeats = is_exponential or inner_exponential, repeats + inner
        elif operation is code.BRANCH:
            for branch in argument[1]:
                inner_exponential, inner = _risk(branch)
                is_exponential, repeats = is_exponential or inner_exponential, repeats + inner
    return is_exponential, repeats


def _has_choice(tree: Any) -> bool:
    return any(
        operation is code.BRANCH
        or (operation in {code.MAX_REPEAT, code.MIN_REPEAT} and argument[0] != argument[1])
        or (operation is code.SUBPATTERN and _has_choice(argument[3]))
        for operation, argument in tree
    )


class LinearPattern:
    """A compiled pattern. Raises NotLinearError where it cannot be one."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._flags = flags & (re.IGNORECASE | re.DOTALL | re.MULTILINE)
        tree = parser.parse(pattern, flags)
        self.groups: int = tree.state.groups - 1
        self._program: list[_Step] = []
        self._emit(_Step("save", slot=0))
        self._compile(tree)
        self._emit(_Step("save", slot=1))
        self._emit(_Step("match"))

    def _emit(self, step: _Step) -> int:
        if len(self._program) >= _LARGEST_PROGRAM:
            raise NotLinearError("the pattern is too large")
        self._program.append(step)
        step.next = len(self._program)
        return step.next - 1

    def _compile(self, tree: Any) -> None:
        for operation, argument in tree:
            if operation in {code.MAX_REPEAT, code.MIN_REPEAT}:
                self._repeat(*argument, is_greedy=operation is code.MAX_REPEAT)
            elif operation is code.SUBPATTERN:
                group, _, _, body = argument
                if group is not None:
                    self._emit(_Step("save", slot=2 * group))
                self._compile(body)
                if group is not None:
                    self._emit(_Step("save", slot=2 * group + 1))
            elif operation is code.BRANCH:
                self._branch(argument[1])
            elif operation is code.AT:
                self._emit(_Step("check", check=_position_check(argument, self._flags)))
            elif operation is code.ASSERT_NOT and _is_final_newline(argument):
                self._emit(_Step("check", check=lambda text, at: text[at:] != "\n"))
            else:
                self._emit(
                    _Step("character", test=_character_test(operation, argument, self._flags))
                )

    def _repeat(self, low: int, high: int, body: Any, *, is_greedy: bool) -> None:
        for _ in range(low):
            self._compile(body)
        if high is code.MAXREPEAT:
            split = self._emit(_Step("split"))
            self._compile(body)
            self._program[-1].next = split
            self._decide(split, split + 1, len(self._program), is_greedy)
            return
        splits = []
        for _ in range(high - low):
            splits.append(self._emit(_Step("split")))
            self._compile(body)
        for split in splits:
            self._decide(split, split + 1, len(self._program), is_greedy)

    def _decide(self, split: int, body: int, after: int, is_greedy: bool) -> None:
        step = self._program[split]
        step.next, step.other = (body, after) if is_greedy else (after, body)

    def _branch(self, branches: Sequence[Any]) -> None:
        ends: list[int] = []
        for branch in branches[:-1]:
            split = self._emit(_Step("split"))
            self._compile(branch)
            ends.append(self._emit(_Step("split")))
            self._program[split].other = len(self._program)
        self._compile(branches[-1])
        for end in ends:
            self._program[end].next = self._program[end].other = len(self._program)

    def finditer(self, text: str, spend: Callable[[int], None]) -> Iterator[LinearMatch]:
        """All matches from left to right; every character costs a step an alternative."""
        at = 0
        while at <= len(text):
            found = self._match(text, at, spend)
            if found is None:
                return
            yield LinearMatch(text, found)
            at = found[1] if found[1] > found[0] else found[1] + 1

    def _match(self, text: str, start: int, spend: Callable[[int], None]) -> Saves | None:
        program = self._program
        empty = (-1,) * (2 * self.groups + 2)
        threads: list[tuple[int, Saves]] = []
        best: Saves | None = None
        for at in range(start, len(text) + 1):
            reached: set[int] = {place for place, _ in threads}
            if best is None:
                self._follow(threads, reached, 0, empty, text, at)
            elif not threads:
                break
            spend(len(threads) + 1)
            following: list[tuple[int, Saves]] = []
            seen: set[int] = set()
            for place, saves in threads:
                step = program[place]
                if step.kind == "match":
                    best = saves
                    break
                if at < len(text) and step.test is not None and step.test(text[at]):
                    self._follow(following, seen, step.next, saves, text, at + 1)
            threads = following
        return best

    def _follow(
        self,
        threads: list[tuple[int, Saves]],
        seen: set[int],
        place: int,
        saves: Saves,
        text: str,
        at: int,
    ) -> None:
        """Adds the places reached from here without a character, the preferred first."""
        waiting = [(place, saves)]
        while waiting:
            place, saves = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            step = self._program[place]
            match step.kind:
                case "split":
                    waiting.append((step.other, saves))
                    waiting.append((step.next, saves))
                case "save":
                    slot = step.slot
                    waiting.append((step.next, (*saves[:slot], at, *saves[slot + 1 :])))
                case "check":
                    if step.check is not None and step.check(text, at):
                        waiting.append((step.next, saves))
                case _:
                    threads.append((place, saves))


def _position_check(where: Any, flags: int) -> Callable[[str, int], bool]:
    is_multiline = bool(flags & re.MULTILINE)
    if where is code.AT_BEGINNING and is_multiline:
        return lambda text, at: at == 0 or text[at - 1] == "\n"
    if where in {code.AT_BEGINNING, code.AT_BEGINNING_STRING}:
        return lambda _, at: at == 0
    if where is code.AT_END and is_multiline:
        return lambda text, at: at == len(text) or text[at] == "\n"
    if where is code.AT_END:
        return lambda text, at: at == len(text) or text[at:] == "\n"
    if where is code.AT_END_STRING:
        return lambda text, at: at == len(text)
    raise NotLinearError("the pattern looks at a word boundary")


def _is_final_newline(argument: Any) -> bool:
    """Whether a look-ahead is the one that keeps `$` off a line break at the very end."""
    _, body = argument
    operations = [operation for operation, _ in body]
    return operations == [code.LITERAL, code.AT] and body[0][1] == 10


def _character_test(operation: Any, argument: Any, flags: int) -> Callable[[str], object]:
    if operation is code.ANY:
        return re.compile(".", flags).match
    if operation is code.LITERAL:
        return re.compile(re.escape(chr(argument)), flags).match
    if operation is code.NOT_LITERAL:
        return re.compile(f"[^{re.escape(chr(argument))}]", flags).match
    if operation is not code.IN:
        raise NotLinearError("the pattern refers back to a group, which takes backtracking")
    parts: list[str] = []
    for kind, value in argument:
        if kind is code.NEGATE:
            parts.append("^")
        elif kind is code.LITERAL:
            parts.append(re.escape(chr(value)))
        elif kind is code.RANGE:
            parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        else:
            parts.append(_CATEGORIES[value])
    return re.compile(f"[{''.join(parts)}]", flags).match


_CATEGORIES = {
    code.CATEGORY_DIGIT: r"\d",
    code.CATEGORY_NOT_DIGIT: r"\D",
    code.CATEGORY_SPACE: r"\s",
    code.CATEGORY_NOT_SPACE: r"\S",
    code.CATEGORY_WORD: r"\w",
    code.CATEGORY_NOT_WORD: r"\W",
}
