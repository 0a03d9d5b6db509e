"""The processes that foreign clients drive."""

from __future__ import annotations

from tests.kit import document

WHOLE = document(
    """
    <startEvent id='s'/>
    <serviceTask id='t'><extensionElements><zeebe:taskDefinition type='work'/></extensionElements>
    </serviceTask>
    <userTask id='u' name='Look at it'><extensionElements>
    <zeebe:userTask/><zeebe:assignmentDefinition candidateGroups='clerks'/>
    </extensionElements></userTask>
    <endEvent id='e'/>
    s -> t -> u -> e
    """
)
"""A service task of type `work`, then a user task."""

SHORT = document("<startEvent id='s'/><endEvent id='e'/>\ns -> e").replace(b"id='p'", b"id='short'")
"""Ends at once."""

TOPIC = document(
    """
    <startEvent id='s'/>
    <serviceTask id='t' camunda:type='external' camunda:topic='work'/>
    <userTask id='u' name='Look at it' camunda:candidateGroups='clerks'/>
    <endEvent id='e'/>
    s -> t -> u -> e
    """
)
"""The same for Camunda 7: an external task with the topic `work`, then a user task."""
