from tests.engine.databases import databases, postgresql
from tests.engine.services.house import clock, engine, nodes

__all__ = ["clock", "databases", "engine", "nodes", "postgresql"]
