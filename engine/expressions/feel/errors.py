"""What can go wrong with FEEL texts (DMN 1.5 §10.3)."""

from engine.errors import ExecutionError


class FeelError(ExecutionError):
    """Base of everything the FEEL room raises."""


class FeelSyntaxError(FeelError):
    """The text is not FEEL."""

    def __init__(self, text: str, position: int, culprit: str, remedy: str) -> None:
        self.text = text
        self.position = position
        """Zero-based offset into the text."""
        self.culprit = culprit
        self.remedy = remedy
        super().__init__(f"FEEL, {place(text, position)}: '{culprit}': {remedy}")


class FeelLimitError(FeelError):
    """The text or its evaluation is larger than the budget allows."""


class FeelEvaluationError(FeelError):
    """A strict evaluation met what a lenient one would turn into null and a warning."""


def place(text: str, position: int) -> str:
    """The position as `line 2, column 5`, counted from one."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return f"line {line}, column {column}"
