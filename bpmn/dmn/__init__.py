"""Decision models (DMN 1.1 to 1.6) as data."""

from bpmn.dmn.reader import dmn_metamodel, read_dmn
from bpmn.dmn.writer import write_dmn

__all__ = ["dmn_metamodel", "read_dmn", "write_dmn"]
