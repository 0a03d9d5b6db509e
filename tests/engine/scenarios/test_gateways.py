"""Gateways, splits and merges in plain BPMN (BPMN 2.0.2 §10.6, §13.4)."""

from __future__ import annotations

import pytest

from tests.engine.scenarios.script import Scenario, play

SCENARIOS = [
    Scenario(
        "first true condition wins in document order",
        "10.6.2",
        '<exclusiveGateway id="g" default="g-c"/>\ns -> g\ng -> a : n > 1\n'
        "g -> b : n > 0\ng -> c\na -> e\nb -> e\nc -> e",
        "at a\ndo a\ndone",
        start={"n": 5},
    ),
    Scenario(
        "default is taken when nothing else holds",
        "10.6.2",
        '<exclusiveGateway id="g" default="g-c"/>\ns -> g\ng -> c\ng -> a : n > 1\n'
        "g -> b : n > 0\na -> e\nb -> e\nc -> e",
        "at c",
        start={"n": 0},
    ),
    Scenario(
        "no condition holds and no default: the token stays at the gateway",
        "10.6.2",
        '<exclusiveGateway id="g"/>\ns -> g\ng -> a : n > 1\ng -> b : n > 0\na -> e\nb -> e',
        "stuck\nat g\nset n=1\nactive",
        start={"n": 0},
    ),
    Scenario(
        "exclusive merge passes each token by itself",
        "10.6.2",
        '<parallelGateway id="f"/><exclusiveGateway id="m"/>\ns -> f -> a -> m -> c -> e\n'
        "f -> b -> m",
        "do a\nat b c\ndo b\nat c c\ndo c\nat c\ndo c\ndone\nwent c=2 e=2",
    ),
    Scenario(
        "activity with several incoming flows does not synchronise",
        "13.3.2",
        '<parallelGateway id="f"/>\ns -> f -> a -> c -> e\nf -> b -> c',
        "do a\ndo b\nat c c",
    ),
    Scenario(
        "several outgoing flows of an activity are all taken",
        "13.3.2",
        "s -> a -> b -> e\na -> c -> e\na -> d -> e",
        "do a\nat b c d",
    ),
    Scenario(
        "several outgoing flows of a start event are all taken",
        "10.5.2",
        "s -> a -> e\ns -> b -> e",
        "at a b\ndo a\nactive\ndo b\ndone",
    ),
    Scenario(
        "several outgoing flows of an intermediate event are all taken",
        "10.5.4",
        '<intermediateThrowEvent id="t"/>\ns -> t -> a -> e\nt -> b -> e',
        "at a b",
    ),
    Scenario(
        "conditional flows of an activity are an inclusive choice",
        "13.3.2",
        '<task id="t"/>\ns -> t\nt -> a : n > 0\nt -> b : n > 1\nt -> c : n > 9\n'
        "a -> e\nb -> e\nc -> e",
        "at a b",
        start={"n": 5},
    ),
    Scenario(
        "unconditional flow is taken beside the conditional ones",
        "13.3.2",
        '<task id="t"/>\ns -> t\nt -> a : n > 0\nt -> b\na -> e\nb -> e',
        "at a b",
        start={"n": 5},
    ),
    Scenario(
        "default flow of an activity is taken only when no condition holds",
        "10.3",
        '<task id="t" default="t-c"/>\ns -> t\nt -> a : n > 0\nt -> b : n > 1\nt -> c\n'
        "a -> e\nb -> e\nc -> e",
        "at a b",
        start={"n": 5},
    ),
    Scenario(
        "unconditional flow does not count for the default",
        "10.3",
        '<task id="t" default="t-c"/>\ns -> t\nt -> a : n > 0\nt -> b\nt -> c\n'
        "a -> e\nb -> e\nc -> e",
        "at b c",
        start={"n": 0},
    ),
    Scenario(
        "parallel join needs one token of each flow",
        "13.4.1",
        '<parallelGateway id="f"/><parallelGateway id="j"/>\ns -> f -> a -> j -> c -> e\n'
        "f -> b -> j",
        "do a\nat b j\ndo b\nat c\ndo c\ndone\nwent c=1",
    ),
    Scenario(
        "two tokens on one flow do not open a parallel join",
        "13.4.1",
        '<parallelGateway id="f"/><parallelGateway id="j"/><exclusiveGateway id="m"/>\n'
        "s -> f -> a -> m -> j -> d -> e\nf -> b -> m\nf -> c -> j",
        "do a\ndo b\nat c j j\ndo c\nat d j",
    ),
    Scenario(
        "mixed parallel gateway joins first, then splits",
        "10.6.4",
        '<parallelGateway id="f"/><parallelGateway id="j"/>\ns -> f -> a -> j -> c -> e\n'
        "f -> b -> j\nj -> d -> e",
        "do a\nat b j\ndo b\nat c d",
    ),
    Scenario(
        "mixed exclusive gateway does not join",
        "10.6.2",
        '<parallelGateway id="f"/><exclusiveGateway id="j" default="j-d"/>\n'
        "s -> f -> a -> j -> d -> e\nf -> b -> j\nj -> c : n > 0\nc -> e",
        "do a\nat b c\ndo b\nat c c",
        start={"n": 1},
    ),
    Scenario(
        "inclusive split takes all that hold, the join waits for those",
        "13.4.3",
        '<inclusiveGateway id="f"/><inclusiveGateway id="j"/>\ns -> f\nf -> a : n > 0\n'
        "f -> b : n > 1\nf -> c : n > 9\na -> j\nb -> j\nc -> j\nj -> d -> e",
        "at a b\ndo b\nat a j\ndo a\nat d\ndo d\ndone\nwent d=1",
        start={"n": 5},
    ),
    Scenario(
        "inclusive split with one way only opens the join at once",
        "13.4.3",
        '<inclusiveGateway id="f"/><inclusiveGateway id="j"/>\ns -> f\nf -> a : n > 0\n'
        "f -> b : n > 1\na -> j\nb -> j\nj -> d -> e",
        "do a\nat d",
        start={"n": 1},
    ),
    Scenario(
        "inclusive split without a true condition takes the default",
        "13.4.3",
        '<inclusiveGateway id="f" default="f-c"/>\ns -> f\nf -> a : n > 0\nf -> c\na -> e\nc -> e',
        "at c",
        start={"n": 0},
    ),
    Scenario(
        "inclusive split without a true condition or default is stuck",
        "13.4.3",
        '<inclusiveGateway id="f"/>\ns -> f\nf -> a : n > 0\nf -> b : n > 1\na -> e\nb -> e',
        "stuck\nat f",
        start={"n": 0},
    ),
    Scenario(
        "inclusive join opens when the last token that could come ends elsewhere",
        "13.4.3",
        '<parallelGateway id="f"/><exclusiveGateway id="x" default="x-e"/>'
        '<inclusiveGateway id="j"/>\ns -> f -> a -> j -> d -> e\nf -> b -> x -> e\nx -> j : n > 0',
        "do a\nat b j\ndo b\nat d",
        start={"n": 0},
    ),
    Scenario(
        "inclusive join inside a loop is opened in each round",
        "13.4.3",
        '<exclusiveGateway id="m"/><inclusiveGateway id="f"/><inclusiveGateway id="j"/>'
        '<exclusiveGateway id="x" default="x-e"/>\ns -> m -> f\nf -> a : true\nf -> b : n > 1\n'
        "a -> j\nb -> j\nj -> c -> x -> e\nx -> m : again",
        "at a b\ndo a\nat b j\ndo b\nat c\ndo c again=true n=1\nat a\ndo a\nat c\n"
        "do c again=false\ndone",
        start={"n": 2, "again": False},
    ),
    Scenario(
        "token that can come back through the join itself does not hold it",
        "13.4.3",
        '<parallelGateway id="f"/><inclusiveGateway id="j"/>'
        '<exclusiveGateway id="x" default="x-e"/>\ns -> f -> a -> j -> c -> x -> e\nf -> b -> j\n'
        "x -> j : n > 0",
        "do a\nat b j\ndo b\nat c\ndo c\nat c\ndo c n=0\ndone",
        start={"n": 1},
    ),
    Scenario(
        "complex join fires once, then swallows the rest",
        "13.4.5",
        '<parallelGateway id="f"/><complexGateway id="j"><activationCondition>'
        "activationCount &gt;= 2</activationCondition></complexGateway>\n"
        "s -> f -> a -> j -> d -> e\nf -> b -> j\nf -> c -> j",
        "do a\nat b c j\ndo b\nat c d\ndo c\nat d\ndo d\ndone\nwent d=1",
    ),
    Scenario(
        "event-based gateway: the first event wins and the others are withdrawn",
        "13.4.4",
        '<eventBasedGateway id="g"/><intermediateCatchEvent id="m"><messageEventDefinition '
        'messageRef="M"/></intermediateCatchEvent><intermediateCatchEvent id="t">'
        "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
        "</intermediateCatchEvent>\ns -> g -> m -> a -> e\ng -> t -> b -> e",
        "pass 30m\nmessage hello - x=1\nat a\nhas x=1\npass 2h\nat a\ndo a\ndone",
        roots='<message id="M" name="hello"/>',
    ),
    Scenario(
        "event-based gateway: the timer wins",
        "13.4.4",
        '<eventBasedGateway id="g"/><intermediateCatchEvent id="m"><signalEventDefinition '
        'signalRef="S"/></intermediateCatchEvent><intermediateCatchEvent id="t">'
        "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
        "</intermediateCatchEvent>\ns -> g -> m -> a -> e\ng -> t -> b -> e",
        "pass 1h\nat b\nsignal hello\nat b",
        roots='<signal id="S" name="hello"/>',
    ),
    Scenario(
        "event-based gateway: a receive task counts as an event",
        "10.6.6",
        '<eventBasedGateway id="g"/><receiveTask id="m" messageRef="M"/>'
        '<intermediateCatchEvent id="c"><conditionalEventDefinition><condition>n &gt; 5</condition>'
        "</conditionalEventDefinition></intermediateCatchEvent>\ns -> g -> m -> a -> e\n"
        "g -> c -> b -> e",
        "set n=6\nat b",
        roots='<message id="M" name="hello"/>',
        start={"n": 1},
    ),
    Scenario(
        "event-based gateway: a condition that is true at once fires at once",
        "13.4.4",
        '<eventBasedGateway id="g"/><receiveTask id="m" messageRef="M"/>'
        '<intermediateCatchEvent id="c"><conditionalEventDefinition><condition>n &gt; 5</condition>'
        "</conditionalEventDefinition></intermediateCatchEvent>\ns -> g -> m -> a -> e\n"
        "g -> c -> b -> e",
        "at b",
        roots='<message id="M" name="hello"/>',
        start={"n": 9},
    ),
    Scenario(
        "unstructured cycle over parallel branches",
        "13.4.1",
        '<parallelGateway id="f"/><exclusiveGateway id="m"/><parallelGateway id="j"/>'
        '<exclusiveGateway id="x" default="x-j"/>\ns -> f -> m -> a -> x -> j -> d -> e\n'
        "x -> m : again\nf -> b -> j",
        "do a again=true\nat a b\ndo a again=false\nat b j\ndo b\nat d",
        start={"again": False},
    ),
    Scenario(
        "process without events starts with every node that no flow leads to",
        "13.2",
        '<userTask id="b"/>\na -> c',
        "at a b\ndo a\nat b c\ndo c\ndo b\ndone",
    ),
    Scenario(
        "start quantity collects tokens, completion quantity multiplies them",
        "10.3",
        '<parallelGateway id="f"/><task id="x"/><task id="y"/><userTask id="a" startQuantity="2"'
        ' completionQuantity="3"/><userTask id="b"/>\ns -> f -> x -> a -> b -> e\nf -> y -> a',
        "at a\ndo a\nat b b b",
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    play(scenario)
