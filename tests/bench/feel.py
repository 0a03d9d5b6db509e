"""What FEEL and decision tables cost: `python -m tests.bench.feel`, best of several rounds."""

from __future__ import annotations

import timeit
from collections.abc import Callable

from engine.expressions.feel import Feel, compile_feel
from engine.expressions.feel.parser import parse_expression
from tests.engine.decisions.kit import compiled, decision, table

VARIABLES = {
    "amount": 1500,
    "country": "DE",
    "price": 0.5,
    "order": {"items": [{"price": 1.5}, {"price": 7}], "total": 100},
    "limit": 2,
    "approved": True,
    "numbers": list(range(100)),
}
EXPRESSIONS = [
    "approved",
    "amount > 1000",
    'amount > 1000 and country = "DE"',
    "amount - limit",
    "order.total + 5",
    "price * 2 > 1",
    'country in ("DE", "FR")',
    "amount in [1000..2000]",
    'if amount > 100 then "high" else "low"',
    "upper case(country)",
    'date("2030-01-31") < date("2031-01-31")',
    "count(order.items[price > 2])",
    "sum(numbers)",
    "numbers[item > 50]",
    "for n in numbers return n * 2",
    "some n in numbers satisfies n > 98",
]
RULES = 1000


def microseconds(call: Callable[[], object], rounds: int = 5) -> float:
    """Of one call: the fastest round of about 20 milliseconds each."""
    timer = timeit.Timer(call)
    number = max(1, int(0.02 / max(timer.timeit(1), 1e-7)))
    return min(timer.repeat(rounds, number)) / number * 1e6


def main() -> None:
    print(f"{'expression':45} {'compile µs':>10} {'evaluate µs':>11}")
    for text in EXPRESSIONS:
        expression = compile_feel(text)
        parse = microseconds(lambda text=text: Feel(text, parse_expression, frozenset(), {}, {}))
        evaluate = microseconds(lambda it=expression: it.evaluate(VARIABLES))
        print(f"{text:45} {parse:10.1f} {evaluate:11.2f}")
    rules = [f'[{n * 10}..{n * 10 + 10}) | "c{n % 10}" => {n}' for n in range(RULES)]
    model = decision("x", table(rules, inputs=("amount", "group"), policy="UNIQUE"))
    opening = microseconds(lambda: compiled(model), rounds=3)
    decisions = compiled(model)
    scope = {"amount": 7321, "group": "c2"}
    assert decisions.evaluate("x", scope).value == 732
    deciding = microseconds(lambda: decisions.evaluate("x", scope))
    print(f"\ntable of {RULES} rules: read and compile {opening / 1000:.0f} ms")
    print(f"decide {deciding:.1f} µs")
    odd = [f'? > {n * 10} and ? <= {n * 10 + 10} | "c{n % 10}" => {n}' for n in range(RULES)]
    decisions = compiled(decision("x", table(odd, inputs=("amount", "group"), policy="UNIQUE")))
    deciding = microseconds(lambda: decisions.evaluate("x", scope))
    print(f"the same, cells that no index covers: decide {deciding:.1f} µs")


if __name__ == "__main__":
    main()
