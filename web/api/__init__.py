"""The REST API: `/v2` in the shape of Camunda 8's Orchestration Cluster API, over one engine."""

from web.api.application import make_app, register

__all__ = ["make_app", "register"]
