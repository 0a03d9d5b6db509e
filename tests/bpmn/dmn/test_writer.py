"""What was read is written again: nothing lost, nothing invented."""

from pathlib import Path

import msgspec
import pytest

from bpmn.dmn import read_dmn, write_dmn
from tests.bpmn.dmn.test_reader import KIT, NAMESPACES, TABLE


def content(value: object) -> object:
    """A model without the lines and prefixes of its file."""
    if isinstance(value, msgspec.Struct):
        fields = [f for f in value.__struct_fields__ if f not in {"line", "namespaces"}]
        return type(value).__name__, {field: content(getattr(value, field)) for field in fields}
    return [content(item) for item in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_a_model_survives_the_round_trip_from_any_version(namespace: str) -> None:
    model = read_dmn(TABLE.format(namespace).encode())
    written = write_dmn(model)
    assert content(read_dmn(written)) == content(model)
    assert b"https://www.omg.org/spec/DMN/20230324/MODEL/" in written
    assert b"historyTimeToLive" in written


@pytest.mark.skipif(not KIT.is_dir(), reason="the test kit is not here")
def test_the_whole_kit_survives_the_round_trip() -> None:
    def survives(file: Path) -> bool:
        model = read_dmn(file.read_bytes())
        return content(read_dmn(write_dmn(model))) == content(model)

    assert [file.name for file in sorted(KIT.glob("*/*/*.dmn")) if not survives(file)] == []
