"""Connectors: handlers that come with the engine."""

from engine.connectors.http import HttpConnector

__all__ = ["HttpConnector"]
