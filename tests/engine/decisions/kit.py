"""Small decision models, written short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from bpmn.dmn import read_dmn
from engine.decisions import DecisionResult, Decisions

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def document(body: str, namespace: str = "test") -> str:
    root = f'xmlns="{NAMESPACE}" id="d" name="D" namespace="{namespace}"'
    return f"<definitions {root}>{body}</definitions>"


def compiled(*bodies: str) -> Decisions:
    """The decisions of documents; the first has the namespace `test`."""
    sources = [body if body.startswith("<definitions") else document(body) for body in bodies]
    return Decisions(*(read_dmn(source.encode()) for source in sources))


def evaluated(body: str, id: str = "x", **variables: Any) -> DecisionResult:
    return compiled(body).evaluate(id, variables)


def text(expression: str) -> str:
    return f"<literalExpression><text>{escape(expression)}</text></literalExpression>"


def needs(*ids: str, kind: str = "Input") -> str:
    area = {"Knowledge": "knowledgeRequirement"}.get(kind, "informationRequirement")
    return "".join(f'<{area}><required{kind} href="#{id}"/></{area}>' for id in ids)


def inputs(**types: str) -> str:
    return "".join(
        f'<inputData id="{name}" name="{name}">'
        f'<variable name="{name}" typeRef="{kind}"/></inputData>'
        for name, kind in types.items()
    )


def decision(id: str, body: str, type: str = "", requirements: str = "") -> str:
    reference = f' typeRef="{type}"' if type else ""
    return (
        f'<decision id="{id}" name="{id}"><variable name="{id}"{reference}/>'
        f"{requirements}{body}</decision>"
    )


def table(
    rules: Sequence[str],
    *,
    inputs: Sequence[str] = ("a",),
    outputs: Sequence[str] = ("out",),
    policy: str = "UNIQUE",
    aggregation: str = "",
    values: Sequence[str] = (),
    default: str = "",
) -> str:
    """A table whose rules are written `test | test => output | output`."""
    parts = [
        f'<decisionTable id="t" hitPolicy="{policy}"'
        + (f' aggregation="{aggregation}"' if aggregation else "")
        + ">"
    ]
    parts += (
        f"<input><inputExpression><text>{escape(name)}</text></inputExpression></input>"
        for name in inputs
    )
    for index, name in enumerate(outputs):
        parts.append(f'<output name="{name}">')
        if index < len(values):
            parts.append(f"<outputValues><text>{escape(values[index])}</text></outputValues>")
        if default:
            parts.append(f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>")
        parts.append("</output>")
    for number, rule in enumerate(rules, 1):
        tests, _, results = rule.partition("=>")
        parts.append(f'<rule id="r{number}">')
        parts += (
            f"<inputEntry><text>{escape(cell.strip())}</text></inputEntry>"
            for cell in tests.split("|")
        )
        parts += (
            f"<outputEntry><text>{escape(cell.strip())}</text></outputEntry>"
            for cell in results.split("|")
        )
        parts.append("</rule>")
    return "".join((*parts, "</decisionTable>"))
