"""Gateways: direction and degree, and what an event-based one may lead to."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, rule_ids

_TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
_MESSAGE = '<message id="m" name="m"/>\n---'

CASES = [
    Case(
        "gateway-converging",
        """
        ! <parallelGateway id="g" gatewayDirection="Converging"/>
        start -> g -> a -> end
        g -> b -> end
        """,
        {"Converging": "Diverging"},
    ),
    Case(
        "gateway-diverging",
        """
        ! <exclusiveGateway id="g" gatewayDirection="Diverging"/>
        start -> a -> g -> end
        start -> b -> g
        """,
        {"Diverging": "Converging"},
    ),
    Case(
        "gateway-mixed",
        """
        ! <parallelGateway id="g" gatewayDirection="Mixed"/>
        start -> g -> a -> end
        g -> b -> end
        """,
        {"Mixed": "Unspecified"},
    ),
    Case(
        "gateway-idle",
        """
        ! <exclusiveGateway id="g"/>
        start -> g -> a -> end
        """,
        {'<exclusiveGateway id="g"/>': '<task id="g"/>'},
    ),
    Case(
        "complex-gateway-activation",
        """
        ! <complexGateway id="g">
        </complexGateway>
        start -> a -> g -> end
        start -> b -> g
        """,
        {
            "</complexGateway>": "<activationCondition>activationCount &gt;= 1"
            "</activationCondition></complexGateway>"
        },
    ),
    Case(
        "event-based-gateway-outgoing",
        f"""
        ! <eventBasedGateway id="g"/>
        <intermediateCatchEvent id="e">{_TIMER}</intermediateCatchEvent>
        <receiveTask id="r"/>
        start -> g -> e -> end
        start -> r -> end
        """,
        {"start -> r": "g -> r"},
    ),
    Case(
        "event-based-gateway-target",
        f"""
        <eventBasedGateway id="g"/>
        <intermediateCatchEvent id="e">{_TIMER}</intermediateCatchEvent>
        <task id="t"/>
        start -> g -> e -> end
        ! g -> t
        t -> end
        """,
        {'<task id="t"/>': '<receiveTask id="t"/>'},
    ),
    Case(
        "event-based-gateway-trigger",
        f"""
        <eventBasedGateway id="g"/>
        <intermediateCatchEvent id="e">{_TIMER}</intermediateCatchEvent>
        ! <intermediateCatchEvent id="c"><linkEventDefinition name="l"/></intermediateCatchEvent>
        <intermediateThrowEvent id="t"><linkEventDefinition name="l"/></intermediateThrowEvent>
        start -> g -> e -> end
        g -> c -> end
        start -> t
        """,
        {
            "g -> c -> end": "g -> r -> end\nc -> end",
            "<eventBasedGateway": '<receiveTask id="r"/><eventBasedGateway',
        },
        also=("link-catch-incoming",),
    ),
    Case(
        "event-based-gateway-receivers",
        f"""
        {_MESSAGE}
        ! <eventBasedGateway id="g"/>
        <intermediateCatchEvent id="e"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
        <receiveTask id="r"/>
        start -> g -> e -> end
        g -> r -> end
        """,
        {'<messageEventDefinition messageRef="m"/>': _TIMER},
    ),
    Case(
        "event-based-gateway-task-boundary",
        f"""
        <eventBasedGateway id="g"/>
        <intermediateCatchEvent id="e">{_TIMER}</intermediateCatchEvent>
        <receiveTask id="r"/>
        ! <boundaryEvent id="late" attachedToRef="r">{_TIMER}</boundaryEvent>
        start -> g -> e -> end
        g -> r -> a -> end
        late -> end
        """,
        {'attachedToRef="r"': 'attachedToRef="a"'},
    ),
    Case(
        "event-based-gateway-shared-target",
        f"""
        <eventBasedGateway id="g"/>
        <intermediateCatchEvent id="e">{_TIMER}</intermediateCatchEvent>
        ! <receiveTask id="r"/>
        start -> g -> e -> end
        g -> r -> end
        e -> r
        """,
        {"e -> r": ""},
    ),
    Case(
        "event-based-gateway-parallel",
        f"""
        ! <eventBasedGateway id="g" eventGatewayType="Parallel"/>
        <intermediateCatchEvent id="e">{_TIMER}</intermediateCatchEvent>
        <receiveTask id="r"/>
        g -> e -> end
        g -> r -> end
        """,
        {'"Parallel"': '"Parallel" instantiate="true"'},
        also=("end-without-start",),
    ),
    Case(
        "instantiating-incoming",
        """
        <receiveTask id="r" instantiate="true"/>
        start -> a -> end
        ! <sequenceFlow id="f" sourceRef="a" targetRef="r"/>
        r -> end
        """,
        {' instantiate="true"': ""},
    ),
    Case(
        "instantiating-nested",
        """
        <subProcess id="s">
        ! <receiveTask id="r" instantiate="true"/>
        </subProcess>
        start -> s -> end
        """,
        {' instantiate="true"': ""},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


@pytest.mark.parametrize(
    "rule", ["gateway-converging", "gateway-diverging", "gateway-mixed", "gateway-idle"]
)
def test_engines_do_not_mind_the_direction(rule: str) -> None:
    wrong = next(case.wrong for case in CASES if case.rule == rule)
    assert rule in rule_ids(wrong, "error")
    assert rule in rule_ids(wrong, "warning", engines=True)


@pytest.mark.parametrize(
    ("direction", "incoming", "outgoing", "is_right"),
    [
        ("Unspecified", 1, 2, True),
        ("Unspecified", 2, 1, True),
        ("Unspecified", 2, 2, True),
        ("Unspecified", 1, 1, False),
        ("Converging", 2, 1, True),
        ("Converging", 1, 1, False),
        ("Converging", 2, 2, False),
        ("Diverging", 1, 2, True),
        ("Diverging", 1, 1, False),
        ("Diverging", 2, 2, False),
        ("Mixed", 2, 2, True),
        ("Mixed", 2, 1, False),
    ],
)
def test_degree_fits_the_direction(
    direction: str, incoming: int, outgoing: int, is_right: bool
) -> None:
    before = "".join(f"start -> i{n} -> g\n" for n in range(incoming))
    after = "".join(f"g -> o{n} -> end\n" for n in range(outgoing))
    text = f'<inclusiveGateway id="g" gatewayDirection="{direction}"/>\n{before}{after}'
    assert (not rule_ids(text, "error")) == is_right


@pytest.mark.parametrize("engines", [False, True])
def test_not_even_a_start_event_stands_before_what_instantiates(engines: bool) -> None:
    wrong = '<receiveTask id="r" instantiate="true"/>\nstart -> r -> end'
    found = "warning" if engines else "error"
    assert "instantiating-incoming" in rule_ids(wrong, found, engines=engines)
