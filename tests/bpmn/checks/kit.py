"""A wrong document and its right twin, as small as they can be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from bpmn.checks import Problem, check, rules
from bpmn.model import BPMN, BPMNDI, DC, DI, XSI
from bpmn.reader import read

_NAMESPACES = {
    "": BPMN,
    "bpmndi": BPMNDI,
    "dc": DC,
    "di": DI,
    "xsi": XSI,
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "k": "http://kapellmeister.dev/schema/1.0",
}
_ENGINES = {
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
}


class Case(NamedTuple):
    """A document that breaks one rule, and how to mend it."""

    rule: str
    wrong: str
    """See `document`; the line of the culprit starts with `!`."""
    fix: dict[str, str]
    """What to replace to get the right twin."""
    at: str = ""
    """Id of the element that is marked; empty: the first id in the culprit's line."""
    also: tuple[str, ...] = ()
    """Rules that the wrong one cannot but break, too."""
    drawn: bool = False
    """Whether the process is not executable."""
    twin: str = ""
    """The right document where replacing is not enough."""

    @property
    def right(self) -> str:
        text = self.twin or self.wrong
        for old, new in self.fix.items():
            assert old in text, f"'{old}' is not in the wrong document of '{self.rule}'"
            text = text.replace(old, new)
        return text


def document(text: str, *, executable: bool = True, engines: bool = False) -> bytes:
    """A document in which line n of `text` is line n + 1.

    What stands before a line `---` is at the root; the rest is the inside of process `p`. Without
    such a line, a text with a process of its own is all at the root. `a -> b -> c` makes sequence
    flows `a-b`, `b-c`; nodes that such a line names and nothing makes are made, too: start events
    called `start...`, end events called `end...`, tasks otherwise.
    """
    lines = [line.strip().removeprefix("!").strip() for line in text.strip("\n").splitlines()]
    made = _made(text)
    begin = f'<process id="p" isExecutable="{str(executable).lower()}">{made}'
    if "---" in lines:
        split = lines.index("---")
        lines[split] = begin
        lines.append("</process>")
        opened = ""
    elif "<process" in text or "<choreography" in text or "<collaboration" in text:
        opened = ""
    else:
        opened = begin
        lines.append("</process>")
    namespaces = _NAMESPACES | (_ENGINES if engines else {})
    declared = " ".join(
        f'xmlns{":" if prefix else ""}{prefix}="{uri}"' for prefix, uri in namespaces.items()
    )
    head = f'<definitions {declared} id="d" targetNamespace="urn:test">{opened}'
    return "\n".join([head, *map(_flows, lines), "</definitions>"]).encode()


def problems(text: str, *, executable: bool = True, engines: bool = False) -> list[Problem]:
    return check(read(document(text, executable=executable, engines=engines)))


def rule_ids(text: str, severity: str = "", **options: bool) -> set[str]:
    """Ids of the rules that a document breaks."""
    return {p.rule for p in problems(text, **options) if severity in ("", p.severity)}


def culprit(text: str) -> tuple[int, str]:
    """Number and id of the marked line."""
    for number, line in enumerate(text.strip("\n").splitlines(), start=2):
        if line.strip().startswith("!"):
            found = re.search(r'\bid="([^"]+)"', line)
            if found:
                return number, found[1]
            arrow = re.search(r"(\S+) -> (\S+)", line)
            return number, f"{arrow[1].removeprefix('!')}-{arrow[2]}" if arrow else ""
    raise AssertionError("no line is marked")


def assert_pair(case: Case) -> None:
    """The wrong document breaks the rule where it says; its right twin breaks nothing."""
    executable = not case.drawn
    found = problems(case.wrong, executable=executable)
    line, element = culprit(case.wrong)
    element = case.at or element
    places = [(p.line, p.element) for p in found if p.rule == case.rule]
    assert (line, element) in places, [(p.line, p.rule, p.element, str(p)) for p in found]
    severe = {p.rule for p in found if p.severity == "error"}
    assert severe <= {case.rule, *case.also}, [str(p) for p in found]
    for problem in found:
        if problem.rule == case.rule:
            assert problem.message
            assert problem.remedy
            assert problem.clause == _RULES[case.rule].clause
    right = problems(case.right, executable=executable)
    left = [p for p in right if p.severity != "info" or p.rule == case.rule]
    assert left == [], [f"{p.rule}: {p}" for p in left]


_START_OR_END = re.compile(r'<sequenceFlow [^>]*?(?:source|target)Ref="((?:start|end)[^"]*)"')
_RULES = {rule.id: rule for rule in rules()}


def _flows(line: str) -> str:
    """A line of arrows as sequence flows."""
    if line.startswith("<") or " -> " not in line:
        return line
    nodes = [node.strip() for node in line.split("->")]
    return "".join(
        f'<sequenceFlow id="{a}-{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairwise(nodes)
    )


def _made(text: str) -> str:
    """The start and end events that arrows name and nothing makes."""
    named: dict[str, None] = {}
    for line in text.splitlines():
        line = line.strip().removeprefix("!").strip()
        if not line.startswith("<") and " -> " in line:
            named.update(dict.fromkeys(node.strip() for node in line.split("->")))
        named.update(dict.fromkeys(_START_OR_END.findall(line)))
    return "".join(_events(id for id in named if f'id="{id}"' not in text))


def _events(ids: Iterable[str]) -> Iterable[str]:
    for id in ids:
        if id.startswith("start"):
            yield f'<startEvent id="{id}"/>'
        elif id.startswith("end"):
            yield f'<endEvent id="{id}"/>'
        else:
            yield f'<task id="{id}"/>'
