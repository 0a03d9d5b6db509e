"""The operator console: server-rendered pages over the engine's facade."""

from web.console.blueprint import register

__all__ = ["register"]
