"""The REST API: `/v2` in the shape of Camunda 8's Orchestration Cluster API, over one engine."""

from web.api.application import ApiSettings, mount

__all__ = ["ApiSettings", "mount"]
