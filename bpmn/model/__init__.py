"""The BPMN 2.0.2 metamodel as frozen data: one class a metaclass; annotations are the schema."""

# ruff: noqa: F403  (every module says in `__all__` what it gives)

from bpmn.model.activities import *
from bpmn.model.artifacts import *
from bpmn.model.base import *
from bpmn.model.choreography import *
from bpmn.model.collaboration import *
from bpmn.model.conversation import *
from bpmn.model.correlation import *
from bpmn.model.data import *
from bpmn.model.definitions import *
from bpmn.model.diagram import *
from bpmn.model.events import *
from bpmn.model.expressions import *
from bpmn.model.flows import *
from bpmn.model.gateways import *
from bpmn.model.lanes import *
from bpmn.model.participants import *
from bpmn.model.process import *
from bpmn.model.resources import *
from bpmn.model.services import *
