"""The engine as clients look at it before they begin: topology, license, who one is."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Literal

from flask import g, request
from typing_extensions import TypedDict

from web.api.routing import engine, operation
from web.api.shapes import TENANT, Moment

GATEWAY_VERSION = "8.9.0"
"""The version of Camunda 8 whose clients this API is made for; it decides what they send."""


class Partition(TypedDict):
    partitionId: int
    role: Literal["leader", "follower", "inactive"]
    health: Literal["healthy", "unhealthy", "dead"]
    state: Literal["active", "joining", "leaving", "recovering", "unknown"]


class Broker(TypedDict):
    nodeId: int
    brokerId: str
    host: str
    port: int
    partitions: list[Partition]
    version: str


class Topology(TypedDict):
    brokers: list[Broker]
    clusterId: str | None
    clusterSize: int
    partitionsCount: int
    replicationFactor: int
    gatewayVersion: str
    lastCompletedChangeId: str


class License(TypedDict):
    validLicense: bool
    licenseType: str
    isCommercial: bool
    expiresAt: Moment | None


class Tenant(TypedDict):
    tenantId: str
    name: str
    description: str | None


class Me(TypedDict):
    username: str
    displayName: str | None
    email: str | None
    authorizedComponents: list[str]
    tenants: list[Tenant]
    groups: list[str]
    roles: list[str]
    salesPlanType: str | None
    c8Links: dict[str, str]
    canLogout: bool


class NodeState(TypedDict):
    id: str
    version: str
    host: str
    isAlive: bool


class Version(TypedDict):
    version: str
    nodes: list[NodeState]


@operation("GET", "/topology", "anyone", answer=Topology)
def get_topology() -> Topology:
    """The engine as one broker with one partition

    However many nodes share the database, a client sees one.
    """
    host, port = _address()
    partition = Partition(partitionId=1, role="leader", health="healthy", state="active")
    broker = Broker(
        nodeId=0,
        brokerId="0",
        host=host,
        port=port,
        partitions=[partition],
        version=GATEWAY_VERSION,
    )
    return Topology(
        brokers=[broker],
        clusterId=None,
        clusterSize=1,
        partitionsCount=1,
        replicationFactor=1,
        gatewayVersion=GATEWAY_VERSION,
        lastCompletedChangeId="-1",
    )


def _address() -> tuple[str, int]:
    host, _, port = request.host.rpartition(":")
    if host and port.isdecimal() and port.isascii() and len(port) < 6:
        return host, int(port)
    return request.host, 443 if request.is_secure else 80


@operation("GET", "/status", "anyone")
def get_status() -> None:
    """Whether work can be taken on: 204"""
    engine().ping()


@operation("GET", "/license", "anyone", answer=License)
def get_license() -> License:
    """The license, for clients that ask for one: the engine needs none"""
    return License(validLicense=True, licenseType="unknown", isCommercial=False, expiresAt=None)


@operation("GET", "/authentication/me", "view", answer=Me)
def get_authentication() -> Me:
    """Who asks, and the groups it is in"""
    name, groups = g.identity.name, list(g.identity.groups)
    tenant = Tenant(tenantId=TENANT, name="Default", description=None)
    return Me(
        username=name,
        displayName=name,
        email=None,
        authorizedComponents=["*"],
        tenants=[tenant],
        groups=groups,
        roles=sorted(g.identity.permissions),
        salesPlanType=None,
        c8Links={},
        canLogout=False,
    )


@operation("GET", "/version", "view", answer=Version)
def get_version() -> Any:
    """This software's own version, and the nodes that share the database"""
    nodes = [
        NodeState(id=node.id, version=node.version, host=node.host, isAlive=node.is_alive)
        for node in engine().overview().nodes
    ]
    return Version(version=version("kapellmeister"), nodes=nodes)
