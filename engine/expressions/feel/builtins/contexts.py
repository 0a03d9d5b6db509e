"""Context functions (DMN 1.5 §10.3.4.10)."""

from __future__ import annotations

from typing import Any

from engine.expressions.feel.builtins.register import NoResult, builtin
from engine.expressions.feel.values import text_of

Context = dict[str, Any]


@builtin("get value(m: context, key: string)")
@builtin("get value(context: context, keys: list)")
def get_value(context: Context, key: str | list[Any]) -> Any:
    value: Any = context
    for step in [key] if isinstance(key, str) else key:
        if not isinstance(value, dict) or not isinstance(step, str) or step not in value:
            raise NoResult(f"there is no entry '{text_of(step)}'")
        value = value[step]
    return value


@builtin("get entries(m: context)")
def get_entries(context: Context) -> list[Context]:
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context(entries: list)", needs_run=True)
def context_of(run: Any, entries: list[Any]) -> Context:
    run.spend(len(entries))
    made: Context = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            raise NoResult("each entry is a context with a string 'key' and a 'value'")
        if "value" not in entry:
            raise NoResult(f"the entry of key '{entry['key']}' has no 'value'")
        if entry["key"] in made:
            raise NoResult(f"key '{entry['key']}' comes twice")
        made[entry["key"]] = entry["value"]
    return made


@builtin("context put(context: context, key: string, value)", needs_run=True)
@builtin("context put(context: context, keys: list, value)", needs_run=True)
def context_put(run: Any, context: Context, keys: str | list[Any], value: Any) -> Context:
    path = [keys] if isinstance(keys, str) else keys
    if not path or not all(isinstance(key, str) for key in path):
        raise NoResult("'keys' is not a list of strings")
    run.spend(len(context))
    made = dict(context)
    inner = made
    for key in path[:-1]:
        below = inner.get(key)
        if below is not None and not isinstance(below, dict):
            raise NoResult(f"entry '{key}' is no context")
        run.spend(len(below or ()))
        inner[key] = dict(below or {})
        inner = inner[key]
    inner[path[-1]] = value
    return made


@builtin("context merge(...contexts)", needs_run=True)
def context_merge(run: Any, *contexts: Any) -> Context:
    given = contexts[0] if len(contexts) == 1 and isinstance(contexts[0], list) else contexts
    made: Context = {}
    for context in given:
        if not isinstance(context, dict):
            raise NoResult("it merges nothing but contexts")
        run.spend(len(context))
        made.update(context)
    return made
