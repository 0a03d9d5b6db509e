"""What counts as a change of a decision model, and what is only another way to write it."""

import pytest

from bpmn.dmn import read_dmn
from bpmn.dmn.canonical import semantic_hash

MODEL = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="D" '
    'namespace="n"><decision id="x" name="x"><literalExpression><text>1</text>'
    "</literalExpression></decision></definitions>"
)


def meaning(source: str) -> str:
    return semantic_hash(read_dmn(source.encode()))


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ("><", ">\n  <", True),
        ("20230324", "20191111", True),
        ('id="d" name="D"', 'name="D" id="d" exporter="tool" exporterVersion="9"', True),
        ("<text>1</text>", "<text>2</text>", False),
        ('id="x" name="x"', 'id="x" name="y"', False),
    ],
)
def test_only_what_changes_the_meaning_changes_the_hash(old: str, new: str, is_same: bool) -> None:
    assert (meaning(MODEL) == meaning(MODEL.replace(old, new))) is is_same


def test_diagram_does_not_count() -> None:
    drawn = '<dmndi:DMNDI xmlns:dmndi="https://www.omg.org/spec/DMN/20230324/DMNDI/"/>'
    assert meaning(MODEL.replace("</definitions>", f"{drawn}</definitions>")) == meaning(MODEL)
