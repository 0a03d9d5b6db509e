"""The engine: a pure core over rows, and a shell that stores, waits and calls.

Outside, only what stands here is used; it is brought in when first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.errors import (
        BpmnError,
        Conflict,
        EngineError,
        ExecutionError,
        Invalid,
        InvalidForm,
        NotFound,
        Refused,
        Stale,
        Unavailable,
    )
    from engine.expressions.execution import Execution
    from engine.facade import Engine
    from engine.forms import FieldError
    from engine.handlers import Handlers, bean, delegate, handler
    from engine.services.masks import Masks
    from engine.services.retention import time_to_live
    from engine.storage.ids import instance_of
    from engine.views import *  # noqa: F403
    from engine.worker import Worker

_HOMES = {
    "Engine": "facade",
    "instance_of": "storage.ids",
    "Handlers": "handlers",
    "Worker": "worker",
    "Masks": "services.masks",
    "Execution": "expressions.execution",
    "FieldError": "forms",
    "bean": "handlers",
    "delegate": "handlers",
    "handler": "handlers",
    "time_to_live": "services.retention",
    **dict.fromkeys(
        [
            "BpmnError",
            "Conflict",
            "EngineError",
            "ExecutionError",
            "Invalid",
            "InvalidForm",
            "NotFound",
            "Refused",
            "Stale",
            "Unavailable",
        ],
        "errors",
    ),
}

__all__ = [
    "BpmnError",
    "Conflict",
    "Engine",
    "EngineError",
    "Execution",
    "ExecutionError",
    "FieldError",
    "Handlers",
    "Invalid",
    "InvalidForm",
    "Masks",
    "NotFound",
    "Refused",
    "Stale",
    "Unavailable",
    "Worker",
    "bean",
    "delegate",
    "handler",
    "instance_of",
    "time_to_live",
]


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module 'engine' has no attribute '{name}'")
    module = importlib.import_module(f"engine.{_HOMES.get(name, 'views')}")
    return getattr(module, name)
