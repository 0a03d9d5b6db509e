"""Runs one Python script in a process of its own, with nothing to reach; started as a program.

Stands alone. Reads one request as JSON, takes away what a process can be taken away (memory,
processor time, new files, sockets and processes), runs the script, and writes what it left.
"""

from __future__ import annotations

import ast
import builtins
import json
import sys
from decimal import Decimal
from typing import Any

MAGIC = frozenset(
    [
        "format",
        "format_map",
        "mro",
        "gi_frame",
        "gi_code",
        "cr_frame",
        "cr_code",
        "ag_frame",
        "ag_code",
        "tb_frame",
        "tb_next",
        "f_back",
        "f_builtins",
        "f_code",
        "f_globals",
        "f_locals",
        "func_globals",
    ]
)
BUILTINS = [
    "abs",
    "all",
    "any",
    "bool",
    "dict",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "int",
    "isinstance",
    "len",
    "list",
    "map",
    "max",
    "min",
    "pow",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
    "True",
    "False",
    "None",
    "Exception",
    "ValueError",
    "TypeError",
    "KeyError",
    "IndexError",
    "ArithmeticError",
    "ZeroDivisionError",
]
FORBIDDEN = (
    ast.Import,
    ast.ImportFrom,
    ast.Global,
    ast.Nonlocal,
    ast.AsyncFunctionDef,
    ast.Await,
    ast.ClassDef,
    ast.With,
    ast.AsyncWith,
)


class RefusedError(Exception):
    """The script says what is not allowed."""


class BpmnError(Exception):
    """What a script raises to end in a business error."""


class Execution:
    """What a script asks of its instance."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._variables = given["variables"]
        self._facts = given["facts"]
        self.assigned: dict[str, Any] = {}
        self.locally: dict[str, Any] = {}

    def getVariable(self, name: str) -> Any:  # noqa: N802
        return {**self._variables, **self.assigned, **self.locally}.get(name)

    def hasVariable(self, name: str) -> bool:  # noqa: N802
        return name in self._variables or name in self.assigned or name in self.locally

    def getVariables(self) -> dict[str, Any]:  # noqa: N802
        return {**self._variables, **self.assigned, **self.locally}

    def setVariable(self, name: str, value: Any) -> None:  # noqa: N802
        self.assigned[str(name)] = value

    def setVariableLocal(self, name: str, value: Any) -> None:  # noqa: N802
        self.locally[str(name)] = value

    def getProcessInstanceId(self) -> Any:  # noqa: N802
        return self._facts.get("processInstanceId")

    def getProcessBusinessKey(self) -> Any:  # noqa: N802
        return self._facts.get("processBusinessKey")

    def getCurrentActivityId(self) -> Any:  # noqa: N802
        return self._facts.get("currentActivityId")


def checked(text: str) -> ast.Module:
    """The script's tree. Raises RefusedError and SyntaxError."""
    tree = ast.parse(text, "<script>")
    for node in ast.walk(tree):
        name = ""
        if isinstance(node, FORBIDDEN):
            raise RefusedError(f"line {node.lineno}: {type(node).__name__} is not allowed")
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.Name):
            name = node.id
        elif isinstance(node, ast.FunctionDef | ast.arg | ast.keyword):
            name = getattr(node, "name", None) or getattr(node, "arg", None) or ""
        elif isinstance(node, ast.ExceptHandler):
            name = node.name or ""
        if name.startswith("_") or name in MAGIC:
            raise RefusedError(f"line {getattr(node, 'lineno', 1)}: '{name}' is not allowed")
    return tree


def run(request: dict[str, Any]) -> dict[str, Any]:
    """What became of the script."""
    try:
        tree = checked(request["text"])
        if "given" not in request:
            return {}
        given = json.loads(request["given"], parse_float=Decimal)
        execution = Execution(given)
        known = {name: getattr(builtins, name) for name in BUILTINS}
        scope: dict[str, Any] = {
            "__builtins__": known,
            **given["variables"],
            "execution": execution,
            "BpmnError": BpmnError,
            "Decimal": Decimal,
        }
        before = dict(scope)
        value = _executed(tree, scope)
        made = {
            name: found
            for name, found in scope.items()
            if (name not in before or found is not before[name]) and _is_data(found)
        }
        made.pop("__builtins__", None)
    except BpmnError as error:
        return {"error": str(error.args[0] if error.args else ""), "message": _message(error)}
    except RefusedError as error:
        return {"thrown": str(error)}
    except SyntaxError as error:
        return {"thrown": f"line {error.lineno}: {error.msg}"}
    except MemoryError:
        return {"limit": "memory"}
    except Exception as error:
        return {"thrown": f"{type(error).__name__}: {error}"}
    return {
        "value": value if _is_data(value) else None,
        "assigned": execution.assigned,
        "locally": execution.locally,
        "globals": made,
    }


def _message(error: BpmnError) -> str:
    return str(error.args[1]) if len(error.args) > 1 else ""


def _executed(tree: ast.Module, scope: dict[str, Any]) -> Any:
    """The value of the last statement, where it is an expression."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, "<script>", "exec"), scope)  # noqa: S102 - what this process is for
        return None
    first = ast.Module(tree.body[:-1], [])
    exec(compile(first, "<script>", "exec"), scope)  # noqa: S102
    return eval(compile(ast.Expression(last.value), "<script>", "eval"), scope)  # noqa: S307


def _is_data(value: Any) -> bool:
    return value is None or isinstance(
        value, bool | int | float | Decimal | str | list | tuple | dict | set | frozenset
    )


def _encoded(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value) if value != value.to_integral_value() else int(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    raise TypeError(f"a {type(value).__name__} is no data")


def _limit(request: dict[str, Any]) -> None:
    import resource

    seconds = max(1, round(request["seconds"] + 0.5))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def main() -> None:
    request = json.loads(sys.stdin.read())
    sys.setrecursionlimit(500)
    output = sys.stdout
    sys.stdout = sys.stderr
    _limit(request)
    try:
        text = json.dumps(run(request), default=_encoded, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        text = json.dumps({"thrown": f"its result is no data: {error}"})
    output.write(text)


if __name__ == "__main__":
    main()
