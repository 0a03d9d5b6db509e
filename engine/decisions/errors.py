"""What the decision room says no with."""


class DecisionError(Exception):
    """Base of everything the decision room raises."""


class UnknownDecisionError(DecisionError):
    """There is no decision, service or model of that id or name."""


class DecisionModelError(DecisionError):
    """The model cannot be run; `problems` tells every reason."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        more = len(problems) - 3
        super().__init__("; ".join(problems[:3]) + (f"; and {more} more" if more > 0 else ""))
