"""The DMN 1.5 metamodel as frozen data: one class a metaclass; annotations are the schema."""

# ruff: noqa: F403  (every module says in `__all__` what it gives)

from bpmn.dmn.model.base import *
from bpmn.dmn.model.definitions import *
from bpmn.dmn.model.expressions import *
from bpmn.dmn.model.requirements import *
