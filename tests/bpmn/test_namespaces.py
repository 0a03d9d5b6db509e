"""A prefix means what it means where it stands."""

from __future__ import annotations

from bpmn.namespaces import Namespaces


def test_an_inner_declaration_ends_with_its_element() -> None:
    namespaces = Namespaces()
    namespaces.begin("a", "urn:one", at_root=True)
    namespaces.begin("a", "urn:two", at_root=False)
    assert namespaces.uri("a") == "urn:two"
    assert namespaces.resolved("a:x") == "a1:x"
    namespaces.end("a")
    assert namespaces.resolved("a:x") == "a:x"
    assert namespaces.declared == {"a": "urn:one", "a1": "urn:two"}


def test_a_namespace_declared_twice_keeps_one_prefix() -> None:
    namespaces = Namespaces()
    namespaces.begin("a", "urn:one", at_root=True)
    namespaces.begin("b", "urn:one", at_root=False)
    assert namespaces.declared == {"a": "urn:one"}
    assert namespaces.resolved("b:x") == "a:x"


def test_the_documents_own_namespace_needs_no_prefix() -> None:
    namespaces = Namespaces()
    namespaces.target = "urn:mine"
    namespaces.begin("my", "urn:mine", at_root=True)
    assert namespaces.resolved(" my:x ") == "x"


def test_an_undeclared_prefix_is_part_of_the_name() -> None:
    assert Namespaces().resolved("a:x") == "a:x"
    assert Namespaces().resolved("x") == "x"


def test_a_default_namespace_is_nobodys_prefix() -> None:
    namespaces = Namespaces()
    namespaces.begin("", "urn:one", at_root=True)
    namespaces.begin("", "urn:two", at_root=False)
    assert namespaces.declared == {"": "urn:one"}
    assert namespaces.resolved("x") == "x"
