"""What a handler says of itself: its purpose, what it reads, what it answers.

Read from what its author wrote anyway: the docstring's first paragraph, `fetch`, the variables that
its body takes out of the job, the keys of the documents that it returns. A callable may say more in
an attribute `described`, as the connectors do.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

from engine.handlers import Handler
from engine.views import JobDescription, JobParameter

__all__ = ["described"]


def described(handler: Handler) -> JobDescription:
    """What a handler says of itself."""
    told = getattr(handler.function, "described", None)
    if isinstance(told, JobDescription):
        return JobDescription(
            type=handler.type,
            summary=told.summary,
            inputs=told.inputs,
            headers=told.headers,
            outputs=told.outputs,
            retries=handler.declared.retries,
        )
    body = _body(handler.function)
    inputs = handler.fetch if handler.fetch is not None else _read(body)
    outputs = dict.fromkeys([*_annotated(handler.function), *_returned(body)])
    return JobDescription(
        type=handler.type,
        summary=_summary(handler.function),
        inputs=[JobParameter(name=name) for name in dict.fromkeys(inputs)],
        outputs=[JobParameter(name=name) for name in outputs],
        retries=handler.declared.retries,
    )


def _summary(function: Callable[..., Any]) -> str:
    text = inspect.getdoc(function) or ""
    return " ".join(text.partition("\n\n")[0].split())


def _body(function: Callable[..., Any]) -> ast.AST:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):  # typed at a prompt, or not of Python
        return ast.Module(body=[], type_ignores=[])


def _read(body: ast.AST) -> Iterator[str]:
    """The names in `job.variables["name"]` and `job.variables.get("name")`."""
    for node in ast.walk(body):
        match node:
            case ast.Subscript(
                value=ast.Attribute(attr="variables"), slice=ast.Constant(str(name))
            ):
                yield name
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="variables"), attr="get"),
                args=[ast.Constant(str(name)), *_],
            ):
                yield name


def _returned(body: ast.AST) -> Iterator[str]:
    """The keys of documents that are returned, by functions inside it, too."""
    for node in ast.walk(body):
        value: ast.AST | None = None
        if isinstance(node, ast.Return):
            value = node.value
        elif isinstance(node, ast.Lambda):
            value = node.body
        for document in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
            if isinstance(document, ast.Dict):
                for key in document.keys:
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value


def _annotated(function: Callable[..., Any]) -> list[str]:
    """The keys of a TypedDict that it returns."""
    try:
        stated = get_type_hints(function).get("return")
    except (NameError, TypeError):
        return []
    return list(getattr(stated, "__annotations__", {})) if hasattr(stated, "__total__") else []
