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

ROUGH = document(
    """
    <startEvent id='s'/>
    <serviceTask id='t' name='Charge'><extensionElements>
    <zeebe:taskDefinition type='rough' retries='1'/></extensionElements></serviceTask>
    <boundaryEvent id='b' attachedToRef='t'><errorEventDefinition errorRef='err'/></boundaryEvent>
    <intermediateCatchEvent id='m'><messageEventDefinition messageRef='msg'/>
    </intermediateCatchEvent>
    <intermediateCatchEvent id='g'><signalEventDefinition signalRef='sig'/></intermediateCatchEvent>
    <endEvent id='e'/> <endEvent id='declined'/>
    s -> t -> m -> g -> e
    b -> declined
    """,
    """<error id='err' errorCode='DECLINED'/><signal id='sig' name='Closed'/>
    <message id='msg' name='Paid'><extensionElements><zeebe:subscription correlationKey='=id'/>
    </extensionElements></message>""",
).replace(b"id='p'", b"id='rough'")
"""A job that fails, a business error, a message and a signal: what goes other than planned."""

ROUGH_TOPIC = document(
    """
    <startEvent id='s'/>
    <serviceTask id='t' name='Charge' camunda:type='external' camunda:topic='rough'/>
    <boundaryEvent id='b' attachedToRef='t'><errorEventDefinition errorRef='err'/></boundaryEvent>
    <intermediateCatchEvent id='m'><messageEventDefinition messageRef='msg'/>
    </intermediateCatchEvent>
    <intermediateCatchEvent id='g'><signalEventDefinition signalRef='sig'/></intermediateCatchEvent>
    <endEvent id='e'/> <endEvent id='declined'/>
    s -> t -> m -> g -> e
    b -> declined
    """,
    """<error id='err' errorCode='DECLINED'/><signal id='sig' name='Closed'/>
    <message id='msg' name='Paid'/>""",
).replace(b"id='p'", b"id='rough'")
"""The same for Camunda 7, where messages find their instance by business key."""
