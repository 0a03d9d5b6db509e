"""How wide and high a model's diagram is, so that its place on the page has the right shape."""

from __future__ import annotations

import re
from functools import lru_cache

BOUNDS = re.compile(rb"<(?:[\w.-]+:)?(Bounds|waypoint)\b([^>]*)>")
NUMBER = re.compile(rb"\b(x|y|width|height)\s*=\s*[\"']\s*([-+.\deE]+)")
MARGIN = 80
"""Room for labels and badges around it, both sides together; twice the front end's MARGIN."""
WIDE = 2.0
"""From this ratio on, a diagram takes the page's whole width."""


@lru_cache(maxsize=256)
def ratio(model: bytes) -> float:
    """Width by height of everything a BPMN file draws (BPMN 2.0.2 §12.2), 2 where it draws nothing.

    What is hidden in collapsed sub-processes counts too; it is only the shape of a frame.
    """
    left = top = float("inf")
    right = bottom = float("-inf")
    for _, attributes in BOUNDS.findall(model):
        try:
            box = {name: float(value) for name, value in NUMBER.findall(attributes)}
        except ValueError:
            continue
        x, y = box.get(b"x", 0.0), box.get(b"y", 0.0)
        left, right = min(left, x), max(right, x + box.get(b"width", 0.0))
        top, bottom = min(top, y), max(bottom, y + box.get(b"height", 0.0))
    if right <= left or bottom <= top:
        return WIDE
    return round((right - left + MARGIN) / (bottom - top + MARGIN), 2)
