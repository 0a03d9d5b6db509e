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
