"""Which variables a process is known to have before it runs."""

from __future__ import annotations

import json

from engine import Engine, Job
from tests.kit import document

FLOW = """<startEvent id='s' name='Begun'><extensionElements>
<zeebe:formDefinition formId='begin'/></extensionElements></startEvent>
<serviceTask id='t' name='Pay'><extensionElements><zeebe:taskDefinition type='pay'/>
<zeebe:ioMapping><zeebe:input source='=a' target='inner'/></zeebe:ioMapping></extensionElements>
<multiInstanceLoopCharacteristics><extensionElements>
<zeebe:loopCharacteristics inputCollection='=items' inputElement='item' outputCollection='all'/>
</extensionElements></multiInstanceLoopCharacteristics></serviceTask>
<scriptTask id='x' name='Sum'><extensionElements>
<zeebe:script expression='=1' resultVariable='sum'/></extensionElements></scriptTask>
<endEvent id='e'/>
s -> t -> x -> e"""


def test_forms_mappings_loops_results_and_handlers_bring_variables(engine: Engine) -> None:
    @engine.handlers("pay")
    def pay(job: Job) -> dict[str, object]:
        return {"receipt": job.key}

    form = {"id": "begin", "components": [{"type": "number", "key": "amount"}]}
    engine.deploy({"begin.form": json.dumps(form).encode()})
    found = engine.known_variables({"p.bpmn": document(FLOW)})
    assert {(one.name, one.scope, one.from_element) for one in found} >= {
        ("amount", "", "Begun"),
        ("inner", "t", "Pay"),
        ("item", "t", "Pay"),
        ("all", "", "Pay"),
        ("receipt", "", "Pay"),
        ("sum", "", "Sum"),
    }


def test_a_form_given_along_counts_and_a_file_that_is_none_brings_nothing(engine: Engine) -> None:
    form = {"id": "begin", "components": [{"type": "textfield", "key": "order.id"}]}
    files = {"p.bpmn": document(FLOW), "begin.form": json.dumps(form).encode()}
    assert "order" in {one.name for one in engine.known_variables(files)}
    assert engine.known_variables({"p.bpmn": b"<"}) == []
