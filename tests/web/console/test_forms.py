"""Forms: fields from a model, variables from what was entered."""

from __future__ import annotations

from typing import Any

import pytest

from web.console import forms

FORM_JS = {
    "components": [
        {"type": "text", "text": "# Please decide\nby tonight"},
        {
            "type": "group",
            "components": [
                {
                    "type": "textfield",
                    "key": "name",
                    "label": "Name",
                    "validate": {"required": True, "minLength": 2},
                },
                {
                    "type": "number",
                    "key": "amount",
                    "decimalDigits": 2,
                    "validate": {"min": 0, "max": 100},
                },
            ],
        },
        {"type": "checkbox", "key": "express", "label": "Express"},
        {
            "type": "select",
            "key": "size",
            "values": [{"value": 1, "label": "Small"}, {"value": 2, "label": "Large"}],
        },
        {"type": "checklist", "key": "colours", "values": [{"value": "red"}, {"value": "blue"}]},
        {"type": "button", "action": "submit", "key": "go"},
    ]
}
CAMUNDA_7 = {
    "fields": [
        {
            "id": "count",
            "label": "Count",
            "type": "long",
            "defaultValue": 3,
            "validation": [{"name": "required"}, {"name": "max", "config": "9"}],
        },
        {
            "id": "verdict",
            "type": "enum",
            "values": [{"id": "yes", "name": "Yes"}, {"id": "no", "name": "No"}],
        },
        {"id": "fixed", "type": "string", "validation": [{"name": "readonly"}]},
    ]
}


def enter(form: dict[str, Any], **values: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Variables, and what is the matter by key."""
    fields = forms.fields_of(form, {})
    given = {key: value if isinstance(value, list) else [value] for key, value in values.items()}
    result = forms.read(fields, given)
    return result, {field.key: field.wrong for field in fields if field.wrong}


def test_a_form_js_schema_gives_its_fields_in_order() -> None:
    fields = forms.fields_of(FORM_JS, {"amount": 12.5, "colours": ["red"], "size": 2})
    assert [(field.key, field.kind) for field in fields] == [
        ("text-0", "text-block"),
        ("name", "text"),
        ("amount", "number"),
        ("express", "checkbox"),
        ("size", "select"),
        ("colours", "checklist"),
    ]
    by_key = {field.key: field for field in fields}
    assert by_key["text-0"].label == "Please decide\nby tonight"
    assert by_key["amount"].shown == "12.5"
    assert by_key["amount"].limits["step"] == "0.01"
    assert by_key["size"].chosen == ["2"]
    assert by_key["colours"].chosen == ["red"]


def test_what_is_entered_keeps_the_models_types() -> None:
    result, wrong = enter(
        FORM_JS, name="Clara", amount="99.50", express="true", size="2", colours=["blue"]
    )
    assert not wrong
    assert result == {
        "name": "Clara",
        "amount": 99.5,
        "express": True,
        "size": 2,
        "colours": ["blue"],
    }


def test_an_empty_choice_sets_nothing_and_an_empty_tick_is_false() -> None:
    result, wrong = enter(FORM_JS, name="Clara", amount="", size="")
    assert not wrong
    assert result == {"name": "Clara", "express": False, "colours": []}


@pytest.mark.parametrize(
    ("entered", "key", "says"),
    [
        ({"name": ""}, "name", "is required"),
        ({"name": "C"}, "name", "needs 2 characters or more, has 1"),
        ({"name": "Clara", "amount": "many"}, "amount", "“many” is no number"),
        ({"name": "Clara", "amount": "nan"}, "amount", "“nan” is no number"),
        ({"name": "Clara", "amount": "-1"}, "amount", "must be at least 0"),
        ({"name": "Clara", "amount": "101"}, "amount", "must be at most 100"),
        ({"name": "Clara", "size": "3"}, "size", "“3” is none of the choices"),
        ({"name": "Clara", "colours": ["green"]}, "colours", "“green” is none of the choices"),
    ],
)
def test_a_mistake_is_said_at_its_field(entered: dict[str, Any], key: str, says: str) -> None:
    _, wrong = enter(FORM_JS, **entered)
    assert wrong == {key: says}


def test_camunda_7_form_data_is_understood() -> None:
    fields = {field.key: field for field in forms.fields_of(CAMUNDA_7, {})}
    assert (fields["count"].shown, fields["count"].required) == ("3", True)
    assert fields["fixed"].read_only
    assert [option.label for option in fields["verdict"].options] == ["Yes", "No"]
    result, wrong = enter(CAMUNDA_7, count="7", verdict="no", fixed="changed")
    assert not wrong
    assert result == {"count": 7, "verdict": "no"}
    _, wrong = enter(CAMUNDA_7, count="1.5")
    assert wrong == {"count": "“1.5” is no whole number"}


def test_no_form_takes_a_json_object() -> None:
    field = forms.variables_field()
    assert forms.read_object(field, {"variables": ['{"a": [1, 2]}']}) == {"a": [1, 2]}
    assert forms.read_object(field, {"variables": ["{'a': 1}"]}) == {}
    assert field.wrong.startswith("is no JSON: ")
    assert "line 1, column 2" in field.wrong
    assert field.shown == "{'a': 1}"
    assert forms.read_object(field, {"variables": ["[1]"]}) == {}
    assert field.wrong.startswith("must be a JSON object")
