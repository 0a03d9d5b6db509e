"""What drawing costs: `python -m tests.bench.layout`, best of several rounds."""

from __future__ import annotations

import random

import bpmn.model as m
from bpmn.drawing import draw_svg
from bpmn.layout import lay_out
from tests.bench.feel import microseconds
from tests.bpmn.layout.diagrams import definitions, flow, process


def structured(count: int) -> m.Process:
    """Splits into three branches and joins, one after the other, some with a loop back."""
    elements: list[m.FlowElement] = [m.StartEvent(id="s")]
    before = "s"
    for index in range(count // 5):
        split, join = f"g{index}", f"j{index}"
        elements += [m.ExclusiveGateway(id=split), m.ExclusiveGateway(id=join)]
        elements.append(flow(before, split))
        for branch in "abc":
            task = f"{branch}{index}"
            elements += [m.Task(id=task, name="Do it"), flow(split, task, name="yes")]
            elements.append(flow(task, join))
        if index % 7 == 3:
            elements.append(flow(join, f"g{index - 2}"))
        before = join
    return process(*elements)


def wild(count: int, span: int) -> m.Process:
    """A line, with as many flows again from anywhere to up to `span` nodes away."""
    chance = random.Random(7)
    links = [flow(f"t{i}", f"t{i + 1}") for i in range(count - 1)]
    for index in range(count):
        at = chance.randrange(count)
        to = min(count - 1, max(0, at + chance.randint(-span, span)))
        links.append(flow(f"t{at}", f"t{to}", f"more{index}"))
    return process(*[m.Task(id=f"t{i}", name=f"Task {i}") for i in range(count)], *links)


def main() -> None:
    print(f"{'model':12} {'nodes':>6} {'lay out ms':>10} {'draw ms':>8}")
    for count in (100, 1_000, 5_000):
        models = {
            "structured": structured(count),
            "near": wild(count, 10),
            "far": wild(count, count),
        }
        for name, model in models.items():
            bare = definitions(model)
            laid_out = lay_out(bare)
            laying = microseconds(lambda bare=bare: lay_out(bare), rounds=3) / 1000
            drawing = microseconds(lambda it=laid_out: draw_svg(it), rounds=3) / 1000
            print(f"{name:12} {count:6} {laying:10.1f} {drawing:8.1f}")


if __name__ == "__main__":
    main()
