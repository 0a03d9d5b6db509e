"""OMG documents as data: BPMN 2.0 and DMN XML to a frozen model and back, with checks,
process graph and diagram."""
