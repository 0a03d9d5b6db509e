"""The editor of decisions: tables, expressions and requirements of a DMN file."""

from __future__ import annotations

import secrets
from string import Template

from flask import request
from flask.typing import ResponseReturnValue

from web.console.blueprint import page
from web.console.language import _
from web.console.pages.decisions import version_of
from web.console.rendering import engine, render

EMPTY = Template("""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" \
xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" \
xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" \
xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="Definitions_$id" \
name="New decision" namespace="http://kapellmeister.dev/decisions/$id" \
modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.8.0">
  <decision id="decision_$id" name="New decision">
    <decisionTable id="Table_$id" hitPolicy="UNIQUE">
      <input id="Input_$id" label="">
        <inputExpression id="Expression_$id" typeRef="string">
          <text></text>
        </inputExpression>
      </input>
      <output id="Output_$id" label="" name="result" typeRef="string" />
    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram>
      <dmndi:DMNShape dmnElementRef="decision_$id">
        <dc:Bounds height="80" width="180" x="240" y="120" />
      </dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
""")


@page("/models/decision", "deploy")
def decision_model() -> ResponseReturnValue:
    """The editor with the file of a decision (`decision`, `v`), or with a new one."""
    decision_id = request.args.get("decision", "")
    if not decision_id:
        return render(
            "decision_model.html",
            name="decision.dmn",
            model=EMPTY.substitute(id=secrets.token_hex(3)),
            title=_("New decision"),
            view=None,
        )
    view = version_of(decision_id)
    return render(
        "decision_model.html",
        name=view.resource,
        model=engine().source(view.key).decode("utf-8", "replace"),
        title=_(
            "%(name)s, version %(version)s",
            name=view.name or view.decision_id,
            version=str(view.version),
        ),
        view=view,
    )


def open_decision(name: str, content: bytes) -> ResponseReturnValue:
    """The editor with a file that was given in."""
    model = content.decode("utf-8", "replace")
    return render("decision_model.html", name=name, model=model, title=name, view=None)
