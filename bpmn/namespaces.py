"""Namespace prefixes of one document while it is read, and what they mean for references."""

from __future__ import annotations

__all__ = ["Namespaces"]


class Namespaces:
    """Prefixes in scope, and one unambiguous table of them for the whole document."""

    def __init__(self) -> None:
        self.declared: dict[str, str] = {}
        """Namespace by prefix; what an inner element declares anew gets a prefix of its own."""
        self.target = ""
        """The document's own namespace."""
        self._in_scope: dict[str, list[str]] = {}
        self._prefixes: dict[str, str] = {}

    def begin(self, prefix: str, uri: str, *, at_root: bool) -> None:
        """A declaration on the element that starts next."""
        self._in_scope.setdefault(prefix, []).append(uri)
        if at_root:
            self.declared[prefix] = uri
            if prefix:
                self._prefixes.setdefault(uri, prefix)
        elif prefix and uri not in self._prefixes:
            fresh, number = prefix, 1
            while fresh in self.declared:
                fresh, number = f"{prefix}{number}", number + 1
            self.declared[fresh] = uri
            self._prefixes[uri] = fresh

    def end(self, prefix: str) -> None:
        """The element with that declaration has ended."""
        self._in_scope[prefix].pop()

    def uri(self, prefix: str) -> str:
        """The namespace of a prefix here; empty when it is not declared."""
        uris = self._in_scope.get(prefix)
        return uris[-1] if uris else ""

    def resolved(self, reference: str) -> str:
        """A reference without the prefix of the document's own namespace.

        A prefix that nobody declared is part of the name: expressions contain colons, too.
        """
        reference = reference.strip()
        prefix, colon, local = reference.partition(":")
        uri = self.uri(prefix) if colon else ""
        if not uri:
            return reference
        if uri == self.target:
            return local
        if self.declared.get(prefix) == uri:
            return reference
        return f"{self._prefixes[uri]}:{local}"
