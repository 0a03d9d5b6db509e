"""Forms are checked on the server: types, limits, choices, dates and what is hidden."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import InvalidForm
from engine.forms import check_values, fields_of
from engine.testing import Stage
from tests.engine.test_listeners import CAMUNDA7, CAMUNDA8
from tests.kit import document


def wrong(component: dict[str, Any], values: dict[str, Any], **seen: Any) -> list[str]:
    form = {"components": [{"key": "f", **component}]}
    return [one.message for one in check_values(fields_of(form, {**seen, **values}), values)]


@pytest.mark.parametrize(
    ("component", "good", "bad"),
    [
        ({"type": "textfield", "validate": {"required": True}}, "x", ""),
        ({"type": "textfield", "validate": {"minLength": 2}}, "ab", "a"),
        ({"type": "textfield", "validate": {"maxLength": 2}}, "ab", "abc"),
        ({"type": "textfield", "validate": {"pattern": "^[a-c]+$"}}, "abc", "abd"),
        ({"type": "textfield", "validate": {"validationType": "email"}}, "a@b.de", "a.b.de"),
        ({"type": "textarea"}, "x", 5),
        ({"type": "number", "validate": {"min": 2, "max": 4}}, 3, 5),
        ({"type": "number", "validate": {"min": 2}}, 2, 1),
        ({"type": "number", "decimalDigits": 1}, 2.5, 2.55),
        ({"type": "number", "decimalDigits": 0}, 2, 2.5),
        ({"type": "number"}, 2, "2"),
        ({"type": "number"}, 2, True),
        ({"type": "checkbox"}, False, "yes"),
        ({"type": "checkbox", "validate": {"required": True}}, True, False),
        ({"type": "datetime", "subtype": "date"}, "2026-11-21", "21.11.2026"),
        ({"type": "datetime", "subtype": "time"}, "13:30", "25:00"),
        ({"type": "datetime", "subtype": "datetime"}, "2026-11-21T13:30:00Z", "noon"),
        ({"type": "radio", "values": [{"value": "a", "label": "A"}]}, "a", "b"),
        ({"type": "select", "valuesKey": "offers"}, "x", "z"),
        ({"type": "taglist", "values": [{"value": "a"}, {"value": "b"}]}, ["a", "b"], ["a", "c"]),
        ({"type": "checklist", "values": [{"value": 1}]}, [1], 1),
    ],
)
def test_a_form_js_field_takes_what_it_asks_for(
    component: dict[str, Any], good: Any, bad: Any
) -> None:
    assert wrong(component, {"f": good}, offers=["x", "y"]) == []
    assert len(wrong(component, {"f": bad}, offers=["x", "y"])) == 1


def test_what_is_hidden_or_read_only_is_not_asked_for() -> None:
    required = {"type": "textfield", "validate": {"required": True}}
    assert wrong({**required, "conditional": {"hide": "=n > 3"}}, {}, n=5) == []
    assert wrong({**required, "conditional": {"hide": "=n > 3"}}, {}, n=2) == ["is required"]
    assert wrong({**required, "readonly": True}, {}) == []
    assert wrong({**required, "disabled": True}, {}) == []


def test_fields_in_groups_have_paths() -> None:
    inner = {"type": "textfield", "key": "id", "validate": {"required": True}}
    form = {"components": [{"type": "group", "path": "order", "components": [inner]}]}
    fields = fields_of(form, {})
    assert [field.key for field in fields] == ["order.id"]
    assert check_values(fields, {"order": {"id": "7"}}) == []
    assert check_values(fields, {"order": {}})[0].key == "order.id"


RULE = {"required": True}
LINES = {
    "components": [
        {
            "type": "dynamiclist",
            "path": "lines",
            "components": [
                {"type": "textfield", "key": "what", "label": "What", "validate": RULE},
                {
                    "type": "number",
                    "key": "discount",
                    "validate": RULE,
                    "conditional": {"hide": '=what = "gift" or i > 2'},
                },
            ],
        }
    ]
}


def test_a_dynamic_list_is_checked_row_by_row() -> None:
    def said(lines: Any) -> list[str]:
        given = {"lines": lines}
        return [f"{e.key}: {e.message}" for e in check_values(fields_of(LINES, given), given)]

    good = {"what": "book", "discount": 3}
    assert said([good, {"what": "gift"}, {"what": "third"}]) == []
    assert said([]) == []
    assert said([good, {"what": "", "discount": "much"}]) == [
        "lines.1.what: is required",
        "lines.1.discount: is 'much'; a number would do",
    ]
    assert said("none") == ["lines: is 'none'; a list would do"]
    assert said([good, 7]) == ["lines: has 7 as row 2; a document would do"]
    seen = {"lines": [{"what": ""}]}
    assert check_values(fields_of(LINES, seen), {}) == []  # nothing was entered in the list


def test_a_senseless_pattern_does_no_harm() -> None:
    evil = {"type": "textfield", "validate": {"pattern": "^(a+)+$"}}
    assert len(wrong(evil, {"f": "a" * 40 + "!"})) == 1
    assert wrong({"type": "textfield", "validate": {"pattern": "("}}, {"f": "x"}) == []


FIELDS = """<extensionElements><camunda:formData businessKey="name">
    <camunda:formField id="name" label="Name" type="string"><camunda:validation>
      <camunda:constraint name="required"/><camunda:constraint name="maxlength" config="5"/>
    </camunda:validation></camunda:formField>
    <camunda:formField id="age" label="Age" type="long"><camunda:validation>
      <camunda:constraint name="min" config="18"/></camunda:validation></camunda:formField>
    <camunda:formField id="born" type="date" datePattern="dd/MM/yyyy"/>
    <camunda:formField id="size" type="enum"><camunda:value id="s" name="Small"/>
      <camunda:value id="l" name="Large"/></camunda:formField>
    </camunda:formData></extensionElements>"""


def started() -> Stage:
    source = document(
        f"""<startEvent id="s">{FIELDS}</startEvent> <userTask id="t">{FIELDS}</userTask>
        <endEvent id="e"/>
        s -> t -> e""",
        attributes=CAMUNDA7,
    )
    return Stage(contents={"p.bpmn": source})


GOOD = {"name": "Mary", "age": 20, "born": "21/11/2000", "size": "l"}


def test_the_fields_of_a_model_are_checked_when_a_task_is_completed() -> None:
    there = started()
    going = there.start("p")
    (task,) = there.engine.tasks().items
    with pytest.raises(InvalidForm) as refused:
        there.engine.complete_task(
            task.id,
            {"name": "Elizabeth", "age": 7, "born": "yesterday", "size": "m"},
            checks_form=True,
        )
    assert {field.key for field in refused.value.fields} == {"name", "age", "born", "size"}
    assert "'Name' has 9 characters; 5 or fewer would do" in str(refused.value)
    assert going.state == "active"
    assert there.engine.check_task_form(task.id, GOOD) == []
    there.engine.complete_task(task.id, GOOD, checks_form=True)
    assert going.state == "completed"


def test_a_start_form_is_checked_and_gives_the_business_key() -> None:
    there = started()
    with pytest.raises(InvalidForm, match="'Name' is required"):
        there.engine.start("p", {"age": 20}, checks_form=True)
    assert [one.key for one in there.engine.check_start_form("p", {})] == ["name"]
    found = there.engine.start("p", GOOD, checks_form=True)
    assert there.engine.instance(found.id).head.business_key == "Mary"


def test_a_deployed_form_is_the_one_that_is_checked() -> None:
    form = {
        "id": "ask",
        "components": [{"type": "number", "key": "n", "validate": {"required": True, "max": 3}}],
    }
    source = document(
        """<startEvent id="s"/> <userTask id="t"><extensionElements><zeebe:userTask/>
        <zeebe:formDefinition formId="ask"/></extensionElements></userTask> <endEvent id="e"/>
        s -> t -> e""",
        attributes=CAMUNDA8,
    )
    there = Stage(contents={"p.bpmn": source, "ask.form": json.dumps(form).encode()})
    there.start("p")
    (task,) = there.engine.tasks().items
    assert [str(one) for one in there.engine.check_task_form(task.id, {"n": 4})] == [
        "'n' is 4; 3 or less would do"
    ]


def test_a_field_may_fill_a_variable_of_another_name() -> None:
    source = document(
        """<startEvent id="s"/> <userTask id="t"><extensionElements>
        <flowable:formProperty id="days" variable="numberOfDays" type="long" required="true"/>
        </extensionElements></userTask> <endEvent id="e"/>
        s -> t -> e""",
        attributes="xmlns:flowable='http://flowable.org/bpmn'",
    )
    there = Stage(contents={"p.bpmn": source})
    going = there.start("p")
    (task,) = there.engine.tasks().items
    with pytest.raises(InvalidForm, match="is required"):
        there.engine.complete_task(task.id, {}, checks_form=True)
    there.engine.complete_task(task.id, {"days": 3}, checks_form=True)
    assert going.variables == {"numberOfDays": 3}
