from tests.engine.databases import databases, postgresql

__all__ = ["databases", "postgresql"]
