"""What JUEL and JavaScript cost: `python -m tests.bench.expressions`, best of several rounds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from engine.expressions.javascript import compile_javascript
from engine.expressions.juel import compile_juel
from tests.bench.feel import microseconds

NOW = datetime(2026, 3, 1, tzinfo=UTC)
VARIABLES = {
    "amount": 1500,
    "country": "DE",
    "price": Decimal("0.5"),
    "order": {"items": [{"price": 4}, {"price": 7}], "total": 100},
    "approved": True,
    "names": ["Ada", "Grace"],
}
JUEL = [
    "${approved}",
    "${amount > 1000}",
    "${amount > 1000 and country == 'DE'}",
    "${price * 2 + 1}",
    "${order.items[1].price}",
    "${amount > 100 ? 'high' : 'low'}",
    "${empty order.note}",
    "${country.toLowerCase()}",
    "${names.contains('Grace')}",
    "${execution.getVariable('amount')}",
    "${now().plusDays(3)}",
    "Order of ${order.total} from ${country}",
]
JAVASCRIPT = [
    "approved",
    "amount > 1000 && country === 'DE'",
    "order.items.map(i => i.price).reduce((a, b) => a + b)",
    "execution.setVariable('x', 1); ({total: order.total})",
    "let s = 0; for (let i = 0; i < 100000; i++) s += i; s",
]


def main() -> None:
    print(f"{'JUEL':55} {'compile µs':>10} {'evaluate µs':>11}")
    for text in JUEL:
        juel = compile_juel(text)
        compiling = microseconds(lambda text=text: compile_juel(text))
        evaluating = microseconds(lambda it=juel: it.evaluate(VARIABLES, now=NOW))
        print(f"{text:55} {compiling:10.1f} {evaluating:11.2f}")
    print(f"\n{'JavaScript, each in a fresh context':55} {'check µs':>10} {'evaluate µs':>11}")
    for text in JAVASCRIPT:
        script = compile_javascript(text)
        compiling = microseconds(lambda text=text: compile_javascript(text))
        evaluating = microseconds(lambda it=script: it.run(VARIABLES, now=NOW))
        print(f"{text:55} {compiling:10.1f} {evaluating:11.1f}")


if __name__ == "__main__":
    main()
