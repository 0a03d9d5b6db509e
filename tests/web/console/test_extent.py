"""The shape of a model's diagram."""

from __future__ import annotations

from web.console import extent


def test_the_shape_is_that_of_all_that_is_drawn() -> None:
    model = b"""<dc:Bounds x="100" y="50" width="300" height="20"/>
    <di:waypoint y="70" x="420"/><di:waypoint x='500.0' y='170'/>"""
    assert extent.ratio(model) == round((400 + extent.MARGIN) / (120 + extent.MARGIN), 2)


def test_a_model_without_a_drawing_and_nonsense_have_a_plain_shape() -> None:
    assert extent.ratio(b"<definitions/>") == extent.WIDE
    assert extent.ratio(b'<Bounds x="." y="1" width="e" height="2"/>') == extent.WIDE
