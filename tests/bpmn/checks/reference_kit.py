"""Documents around one line that names another element."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

ROOTS = """
<itemDefinition id="item"/><message id="msg" name="m"/><signal id="sig" name="s"/>
<error id="err" errorCode="E"/><escalation id="esc" escalationCode="E"/>
<interface id="iface" name="i"><operation id="op" name="o"><inMessageRef>msg</inMessageRef></operation></interface>
<category id="cat"><categoryValue id="value"/></category>
<resource id="res" name="r"><resourceParameter id="param"/></resource>
<collaboration id="co"><participant id="us"/><participant id="them"/><messageFlow id="mf" sourceRef="us" targetRef="them"/></collaboration>
<choreography id="ch"/><endPoint id="endpoint"/><dataStore id="store" name="d"/>
<correlationProperty id="prop" type="string"><correlationPropertyRetrievalExpression messageRef="msg"><messagePath>m</messagePath></correlationPropertyRetrievalExpression></correlationProperty>
<signalEventDefinition id="shared" signalRef="sig"/>
"""
TASK = "start -> a -> end"
IO = """
<task id="a"><ioSpecification><dataInput id="in"/><dataOutput id="out"/>
{sets}
</ioSpecification></task>
"""
BOTH = '<inputSet id="is"><dataInputRefs>in</dataInputRefs></inputSet>'
OUT = '<outputSet id="os"><dataOutputRefs>out</dataOutputRefs></outputSet>'


def root(line: str) -> str:
    return f"{ROOTS}! {line}\n---\n{TASK}"


def collaboration(line: str) -> str:
    return (
        f'{ROOTS}<collaboration id="c2"><participant id="one"/><participant id="two"/>\n'
        f'<messageFlow id="mf2" sourceRef="one" targetRef="two"/>\n! {line}\n'
        f'<conversation id="talk"><participantRef>one</participantRef>'
        f"<participantRef>two</participantRef></conversation>\n</collaboration>\n---\n{TASK}"
    )


def inside(text: str) -> str:
    return f"{ROOTS}---\n{text}"


def sets(first: str, second: str = "") -> str:
    """One of the two sets is on the culprit's line."""
    return inside(IO.format(sets=f"{first}\n{second}") + TASK)


def event(tag: str, definition: str) -> str:
    if tag == "endEvent":
        return inside(f'<endEvent id="end">\n! {definition}</endEvent>\nstart -> end')
    return inside(f'<{tag} id="e">\n! {definition}</{tag}>\nstart -> e -> end')
