"""What a move of a token costs in memory, with full history; SpiffWorkflow beside it.

python -m tests.bench.moves            the table
python -m tests.bench.moves --quick    smaller sizes, once
"""

from __future__ import annotations

import argparse
import io
import re
from collections.abc import Callable
from time import perf_counter
from typing import Any

from bpmn.checks import check
from bpmn.reader import read
from engine.assembly import compile_program
from engine.state import Instance
from engine.step import Happened, Outcome, Start, step
from tests.kit import NOON, document, program_of

START_END = "<startEvent id='s'/><endEvent id='e'/>"


def straight(tasks: int) -> str:
    nodes = [f"t{i}" for i in range(tasks)]
    return (
        START_END
        + "".join(f"<task id='{n}'/>" for n in nodes)
        + f"\ns -> {' -> '.join(nodes)} -> e"
    )


def loop(rounds: int) -> str:
    return (
        START_END
        + "<exclusiveGateway id='g'/><scriptTask id='inc'><script>{n: n + 1}</script></scriptTask>"
        + "<exclusiveGateway id='x' default='x-e'/>\ns -> g -> inc -> x\n"
        + f"x -> g : n < {rounds}\nx -> e"
    )


def fork(branches: int) -> str:
    tasks = "".join(f"<task id='t{i}'/>" for i in range(branches))
    flows = "\n".join(f"f -> t{i} -> j" for i in range(branches))
    gateways = "<parallelGateway id='f'/><parallelGateway id='j'/>"
    return f"{START_END}{gateways}{tasks}\ns -> f\n{flows}\nj -> e"


def multi_instance(items: int, task: str = "task") -> str:
    cardinality = f"<loopCardinality>{items}</loopCardinality>"
    marker = f"<multiInstanceLoopCharacteristics>{cardinality}</multiInstanceLoopCharacteristics>"
    return f"{START_END}<{task} id='a'>{marker}</{task}>\ns -> a -> e"


def nested(depth: int) -> str:
    inside = "<task id='t'/>"
    for level in range(depth):
        inside = f"<subProcess id='u{level}'>{inside}</subProcess>"
    return f"{START_END}{inside}\ns -> u{depth - 1} -> e"


def run(xml: str, repeat: int, **variables: Any) -> tuple[float, int]:
    """The best time of one whole instance in seconds, and how many moves it took."""
    program = program_of(document(xml))
    best, moves = float("inf"), 0
    for _ in range(repeat):
        instance = Instance(joins=program.joins)
        begun = perf_counter()
        outcome = step(program, instance, Start(variables=variables), NOON, budget=10**9)
        instance.apply(outcome.changes)
        best = min(best, perf_counter() - begun)
        assert outcome.state == "completed"
        moves = sum(1 for r in outcome.records if r.kind == "entered")
    return best, moves


def completions(items: int) -> float:
    """Seconds for completing one of `items` waiting jobs, on average over all of them."""
    program = program_of(document(multi_instance(items, "serviceTask")))
    instance = Instance(joins=program.joins)
    instance.apply(step(program, instance, Start(), NOON, budget=10**9).changes)
    begun = perf_counter()
    outcome: Outcome | None = None
    for subscription in sorted(instance.subscriptions):
        outcome = step(program, instance, Happened(subscription=subscription), NOON)
        instance.apply(outcome.changes)
    assert outcome is not None
    assert outcome.state == "completed"
    return (perf_counter() - begun) / items


def beside_a_join(waiting: int) -> float:
    """Seconds for completing one of so many tokens that wait beside one at an inclusive join."""
    tasks = "".join(f"<userTask id='t{i}'/>" for i in range(waiting))
    gateways = "<parallelGateway id='f'/><inclusiveGateway id='j'/><task id='a'/><userTask id='b'/>"
    flows = "\n".join(f"f -> t{i}" for i in range(waiting))
    program = program_of(
        document(f"{START_END}{gateways}{tasks}\ns -> f -> a -> j -> e\nf -> b -> j\n{flows}")
    )
    instance = Instance(joins=program.joins)
    instance.apply(step(program, instance, Start(), NOON, budget=10**9).changes)
    rows = [s.id for s in instance.subscriptions.values() if s.catcher != "b"]
    count = min(len(rows), 100)
    begun = perf_counter()
    for id in rows[:count]:
        instance.apply(step(program, instance, Happened(subscription=id), NOON).changes)
    took = perf_counter() - begun
    assert ("j" in {token.node for token in instance.tokens.values()}) == bool(instance.tokens)
    return took / count


def reading(nodes: int) -> tuple[float, float, float]:
    """Seconds to read, check and compile a file of a straight line."""
    source = document(straight(nodes))
    begun = perf_counter()
    definitions = read(source)
    was_read = perf_counter()
    check(definitions)
    checked = perf_counter()
    compile_program(definitions, definitions.root_elements[0])  # type: ignore[arg-type]
    return was_read - begun, checked - was_read, perf_counter() - checked


def spiff(xml: str) -> float | None:
    """The best of three of SpiffWorkflow on the same model, in seconds; None where it cannot."""
    try:
        from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
        from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
    except ImportError:
        return None
    script = "<script>pass</script>"  # there an abstract task waits for somebody
    xml = re.sub(r"<task id='(\w+)'/>", rf"<scriptTask id='\1'>{script}</scriptTask>", xml)
    xml = re.sub(
        r"<task id='(\w+)'>(.*?)</task>", rf"<scriptTask id='\1'>\2{script}</scriptTask>", xml
    )
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(document(xml)))
    spec = parser.get_spec("p")
    best = float("inf")
    for _ in range(3):
        begun = perf_counter()
        workflow = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        best = min(best, perf_counter() - begun)
        if not workflow.completed:
            return None
    return best


def guarded(measure: Callable[[], float | None]) -> float | None:
    try:
        return measure()
    except Exception:  # a peer that cannot run a model is no failure of ours
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, once")
    quick = parser.parse_args().quick
    repeat = 3 if quick else 20
    sizes = (10, 100) if quick else (10, 100, 1000)
    large = (100, 1000) if quick else (100, 1000, 10_000)
    cases: list[tuple[str, Callable[[int], str], tuple[int, ...], dict[str, Any]]] = [
        ("straight line, tasks", straight, sizes, {}),
        ("loop, rounds", loop, large, {"n": 0}),
        ("fork and join, branches", fork, sizes, {}),
        ("multi-instance, items", multi_instance, large, {}),
        ("nested sub-processes, depth", nested, (1, 10, 50), {}),
    ]
    print(f"{'':32}{'n':>7}{'ms':>10}{'µs a move':>11}{'SpiffWorkflow ms':>18}{'ratio':>7}")
    for name, make, ns, variables in cases:
        for n in ns:
            took, moves = run(make(n), max(1, repeat // (1 + n // 1000)), **variables)
            skips = name.startswith(("loop", "nested")) or n > (100 if make is fork else 1000)
            peer = None if skips else guarded(lambda make=make, n=n: spiff(make(n)))  # type: ignore[misc]
            beside = f"{peer * 1e3:>18.2f}{peer / took:>6.0f}×" if peer else f"{'–':>18}{'':>7}"
            print(f"{name:32}{n:>7}{took * 1e3:>10.2f}{took / moves * 1e6:>11.2f}{beside}")
    for n in (100, 1000) if quick else (100, 1000, 10_000):
        print(f"{'completing one of n waiting jobs':32}{n:>7}{'':>10}{completions(n) * 1e6:>11.2f}")
    for n in (100, 1000) if quick else (100, 1000, 10_000):
        took = beside_a_join(n)
        print(f"{'one of n waiting beside a join':32}{n:>7}{'':>10}{took * 1e6:>11.2f}")
    print(f"\n{'nodes':>8}{'read ms':>10}{'check ms':>10}{'compile ms':>12}{'all, µs a node':>16}")
    for n in (1000,) if quick else (1000, 10_000):
        parts = reading(n)
        shown = "".join(f"{p * 1e3:>{w}.1f}" for p, w in zip(parts, (10, 10, 12), strict=True))
        print(f"{n:>8}{shown}{sum(parts) / n * 1e6:>16.1f}")


if __name__ == "__main__":
    main()
