"""Diagrams as SVG, drawn on the server from BPMN diagram interchange."""

from bpmn.drawing.document import STYLE, Mark, draw_svg

__all__ = ["STYLE", "Mark", "draw_svg"]
