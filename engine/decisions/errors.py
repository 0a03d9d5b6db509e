"""What the decision room says no with."""


class DecisionError(Exception):
    """Base of everything the decision room raises."""


class UnknownDecisionError(DecisionError):
    """There is no decision, service or model of that id or name."""
