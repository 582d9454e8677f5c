"""Read as much of GraphQL as a recorded store needs: one query, its fields and their arguments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'#[^\n]*|"(?:\\.|[^"\\])*"|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|\.\.\.|[{}()\[\]:!$=@]')
_CONSTANTS = {"true": True, "false": False, "null": None}


class QuerySyntaxError(ValueError):
    """The query cannot be read."""


@dataclass
class Field:
    """A field of a query: what it is called in the schema and in the answer."""

    name: str
    alias: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: list["Field"] = field(default_factory=list)


def parse(query: str, variables: dict[str, Any]) -> list[Field]:
    """Return the fields that a query asks for, its variables filled in."""
    tokens = [token for token in _TOKEN.findall(query) if not token.startswith("#")]
    reader = _Reader(tokens, variables)
    reader.skip_to_selection()
    return list(reader.selection())


class _Reader:
    def __init__(self, tokens: list[str], variables: dict[str, Any]) -> None:
        self._tokens = [*tokens, ""]
        self._at = 0
        self._variables = variables

    def skip_to_selection(self) -> None:
        """Go over ``query Name($a: Type!)``; types are the real server's business."""
        if self._peek() == "mutation":
            raise QuerySyntaxError("A recorded store cannot be changed.")
        while self._peek() != "{":
            if not self._take():
                raise QuerySyntaxError("Syntax Error: Expected '{'.")

    def selection(self) -> Iterator[Field]:
        self._expect("{")
        while self._peek() != "}":
            yield self._field()
        self._expect("}")

    def _field(self) -> Field:
        alias = name = self._name()
        if self._peek() == ":":
            self._take()
            name = self._name()
        found = Field(name, alias)
        if self._peek() == "(":
            self._take()
            found.arguments = self._pairs(")")
        if self._peek() == "{":
            found.fields = list(self.selection())
        return found

    def _pairs(self, end: str) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while self._peek() != end:
            name = self._name()
            self._expect(":")
            pairs[name] = self._value()
        self._take()
        return pairs

    def _value(self) -> Any:
        token = self._take()
        if token == "$":
            return self._variables.get(self._name())
        if token == "{":
            return self._pairs("}")
        if token == "[":
            items = []
            while self._peek() != "]":
                items.append(self._value())
            self._take()
            return items
        if token.startswith('"'):
            return token[1:-1]
        if token in _CONSTANTS:
            return _CONSTANTS[token]
        if token.lstrip("-").isdecimal():
            return int(token)
        return token

    def _name(self) -> str:
        token = self._take()
        if not token.isidentifier():
            raise QuerySyntaxError(f"Syntax Error: Expected Name, found {token or '<EOF>'!r}.")
        return token

    def _expect(self, wanted: str) -> None:
        token = self._take()
        if token != wanted:
            raise QuerySyntaxError(f"Syntax Error: Expected {wanted!r}, found {token or '<EOF>'!r}.")

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token
