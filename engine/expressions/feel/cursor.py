"""Where the parser is in a FEEL text: tokens, names (DMN 1.5 §10.3.1.4) and types (rule 66)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from engine.expressions.feel.builtins import BUILTINS
from engine.expressions.feel.errors import FeelSyntaxError
from engine.expressions.feel.lexer import string_value, tokens_of
from engine.expressions.feel.names import FOLLOWING_WORDS, KnownNames, joined
from engine.expressions.feel.syntax import TypeName

MAXIMAL_TEXT = 100_000
MAXIMAL_DEPTH = 60


@cache
def _built_in_names() -> KnownNames:
    return KnownNames(BUILTINS)


class Cursor:
    """A position among the tokens of one text."""

    def __init__(self, text: str, known: Iterable[str]) -> None:
        if len(text) > MAXIMAL_TEXT:
            raise FeelSyntaxError(
                text, MAXIMAL_TEXT, text[:20], f"at most {MAXIMAL_TEXT} characters are allowed"
            )
        self.text = text
        self.tokens = tokens_of(text)
        self.index = 0
        self.known = KnownNames(known, _built_in_names())
        self.late: set[str] = set()
        self.depth = 0

    # --- tokens ---

    def at(self, value: str, ahead: int = 0) -> bool:
        index = self.index + ahead
        if index >= len(self.tokens):
            return False
        token = self.tokens[index]
        return token.value == value and token.kind in {"symbol", "name"}

    def take(self, value: str) -> bool:
        if self.at(value):
            self.index += 1
            return True
        return False

    def another(self, closer: str) -> bool:
        """Whether a comma comes next. Raises FeelSyntaxError for a comma before the closer."""
        if not self.take(","):
            return False
        if self.at(closer):
            raise self.error("take away the comma, or write one more after it")
        return True

    def expect(self, value: str) -> None:
        if not self.take(value):
            raise self.error(f"expected '{value}' here")

    def expect_end(self) -> None:
        if self.tokens[self.index].kind != "end":
            raise self.error("expected an operator or the end of the expression")

    def error(self, remedy: str, index: int | None = None) -> FeelSyntaxError:
        token = self.tokens[self.index if index is None else index]
        culprit = token.value or "end of text"
        if token.value == '"':
            remedy = "close the string with a quotation mark"
        return FeelSyntaxError(self.text, token.start, culprit, remedy)

    # --- names ---

    def name(self) -> str:
        """The longest known name; else all words up to one that can follow an operand."""
        first = self.index
        token = self.tokens[first]
        if token.kind == "quoted":
            self.index += 1
            return token.value[1:-1]
        if token.kind != "name":
            raise self.error("expected a name here")
        length = self.known.match(self.tokens, first) or 1
        while (following := self.tokens[first + length]).kind in {
            "name",
            "number",
        } and following.value not in FOLLOWING_WORDS:
            length += 1
        self.index = first + length
        return joined(self.tokens[first : self.index])

    def segment(self) -> str:
        if self.tokens[self.index].kind == "string":
            raise self.error("expected a name after the dot, without quotation marks")
        return self.name()

    def declared_name(self, closers: frozenset[str]) -> str:
        """A new name: everything up to one of these symbols or words."""
        first = self.index
        token = self.tokens[first]
        if token.kind == "string":
            self.index += 1
            return string_value(self.text, token)
        if token.kind == "quoted":
            self.index += 1
            return token.value[1:-1]
        if token.kind != "name":
            raise self.error("expected a name here")
        while self.tokens[self.index].kind != "end":
            if self.tokens[self.index].value in closers:
                return joined(self.tokens[first : self.index])
            self.index += 1
        self.index = first
        raise self.error(f"expected one of {', '.join(sorted(closers))} after this name")

    def parameter_name(self) -> str | None:
        """The name before a colon, when the argument has one."""
        end = self.index
        while self.tokens[end].kind in {"name", "number", "quoted"} or (
            end > self.index and self.tokens[end].value in {"-", "+", "/", "'", "*"}
        ):
            end += 1
        if end == self.index or self.tokens[end].value != ":":
            return None
        return self.declared_name_and(":")

    def declared_name_and(self, closer: str) -> str:
        name = self.declared_name(frozenset({closer}))
        self.expect(closer)
        return name

    # --- types ---

    def type_name(self) -> TypeName:
        self.depth += 1
        if self.depth > MAXIMAL_DEPTH:
            raise self.error(f"types nested deeper than {MAXIMAL_DEPTH} levels")
        name = self.type_words()
        arguments: list[TypeName] = []
        members: list[tuple[str, TypeName]] = []
        result = None
        if self.take("<"):
            while not self.at(">"):
                if name == "context":
                    member = self.declared_name_and(":")
                    members.append((member, self.type_name()))
                else:
                    arguments.append(self.type_name())
                if not self.another(">"):
                    break
            self.expect(">")
        if name == "function" and self.take("->"):
            result = self.type_name()
        self.depth -= 1
        return TypeName(name, tuple(arguments), tuple(members), result)

    def type_words(self) -> str:
        first = self.index
        for words in (
            ("date", "and", "time"),
            ("days", "and", "time", "duration"),
            ("years", "and", "months", "duration"),
        ):
            if all(self.at(word, offset) for offset, word in enumerate(words)):
                self.index += len(words)
                return " ".join(words)
        name = self.name()
        while self.at(".") and self.tokens[self.index + 1].kind == "name":
            self.index += 1
            name = f"{name}.{self.name()}"
        if self.index == first:
            raise self.error("expected the name of a type")
        return name


def parse_type(text: str) -> TypeName:
    """A type as it is written. Raises FeelSyntaxError."""
    parser = Cursor(text, ())
    name = parser.type_name()
    parser.expect_end()
    return name
