"""Decision requirement graphs (DMN 1.5 §6.3): decisions, inputs, knowledge, services."""

from __future__ import annotations

from typing import Annotated, ClassVar

from bpmn.dmn.model.base import (
    DmnElement,
    ElementReference,
    InformationItem,
    NamedElement,
)
from bpmn.dmn.model.expressions import Expression, FunctionDefinition
from bpmn.model.base import Child, Role

__all__ = [
    "Artifact",
    "Association",
    "AuthorityRequirement",
    "BusinessKnowledgeModel",
    "Decision",
    "DecisionService",
    "DrgElement",
    "ElementCollection",
    "Group",
    "InformationRequirement",
    "InputData",
    "KnowledgeRequirement",
    "KnowledgeSource",
    "OrganizationUnit",
    "PerformanceIndicator",
    "TextAnnotation",
]

Links = tuple[ElementReference, ...]


class DrgElement(NamedElement, frozen=True, kw_only=True):
    """§6.3.4: a node of the requirement graph."""

    ABSTRACT: ClassVar[bool] = True


class InformationRequirement(DmnElement, frozen=True, kw_only=True):
    """§6.3.9: needs the result of a decision, or an input."""

    required_decision: Role[ElementReference | None] = None
    required_input: Role[ElementReference | None] = None


class KnowledgeRequirement(DmnElement, frozen=True, kw_only=True):
    """§6.3.10: may invoke a business knowledge model or a decision service."""

    required_knowledge: Role[ElementReference | None] = None


class AuthorityRequirement(DmnElement, frozen=True, kw_only=True):
    """§6.3.11: who or what stands behind it."""

    required_decision: Role[ElementReference | None] = None
    required_input: Role[ElementReference | None] = None
    required_authority: Role[ElementReference | None] = None


class Decision(DrgElement, frozen=True, kw_only=True):
    """§6.3.6."""

    question: Role[str] = ""
    allowed_answers: Role[str] = ""
    variable: Role[InformationItem | None] = None
    information_requirements: Annotated[
        tuple[InformationRequirement, ...], Child("informationRequirement")
    ] = ()
    knowledge_requirements: Annotated[
        tuple[KnowledgeRequirement, ...], Child("knowledgeRequirement")
    ] = ()
    authority_requirements: Annotated[
        tuple[AuthorityRequirement, ...], Child("authorityRequirement")
    ] = ()
    supported_objectives: Annotated[Links, Child("supportedObjective")] = ()
    impacted_performance_indicators: Annotated[Links, Child("impactedPerformanceIndicator")] = ()
    decision_makers: Annotated[Links, Child("decisionMaker")] = ()
    decision_owners: Annotated[Links, Child("decisionOwner")] = ()
    using_processes: Annotated[Links, Child("usingProcess")] = ()
    using_tasks: Annotated[Links, Child("usingTask")] = ()
    expression: Expression | None = None


class InputData(DrgElement, frozen=True, kw_only=True):
    """§6.3.7."""

    variable: Role[InformationItem | None] = None


class BusinessKnowledgeModel(DrgElement, frozen=True, kw_only=True):
    """§6.3.8: a function that decisions invoke by name."""

    variable: Role[InformationItem | None] = None
    encapsulated_logic: Role[FunctionDefinition | None] = None
    knowledge_requirements: Annotated[
        tuple[KnowledgeRequirement, ...], Child("knowledgeRequirement")
    ] = ()
    authority_requirements: Annotated[
        tuple[AuthorityRequirement, ...], Child("authorityRequirement")
    ] = ()


class DecisionService(DrgElement, frozen=True, kw_only=True):
    """§6.3.12 and §10.4: decisions that are invoked together, as a function of their inputs."""

    variable: Role[InformationItem | None] = None
    output_decisions: Annotated[Links, Child("outputDecision")] = ()
    encapsulated_decisions: Annotated[Links, Child("encapsulatedDecision")] = ()
    input_decisions: Annotated[Links, Child("inputDecision")] = ()
    input_data: Annotated[Links, Child("inputData")] = ()


class KnowledgeSource(DrgElement, frozen=True, kw_only=True):
    """§6.3.13."""

    location_u_r_i: str = ""
    type: Role[str] = ""
    owner: Role[ElementReference | None] = None
    authority_requirements: Annotated[
        tuple[AuthorityRequirement, ...], Child("authorityRequirement")
    ] = ()


class ElementCollection(NamedElement, frozen=True, kw_only=True):
    """§6.3.5."""

    drg_elements: Annotated[Links, Child("drgElement")] = ()


class BusinessContextElement(NamedElement, frozen=True, kw_only=True):
    """§6.3.14."""

    ABSTRACT: ClassVar[bool] = True


class PerformanceIndicator(BusinessContextElement, frozen=True, kw_only=True):
    """§6.3.14."""

    impacting_decisions: Annotated[Links, Child("impactingDecision")] = ()


class OrganizationUnit(BusinessContextElement, frozen=True, kw_only=True):
    """§6.3.14."""

    decisions_made: Annotated[Links, Child("decisionMade")] = ()
    decisions_owned: Annotated[Links, Child("decisionOwned")] = ()


class Artifact(DmnElement, frozen=True, kw_only=True):
    """§6.3.15."""

    ABSTRACT: ClassVar[bool] = True


class TextAnnotation(Artifact, frozen=True, kw_only=True):
    """§6.3.15."""

    text_format: str = "text/plain"
    text: Role[str] = ""


class Association(Artifact, frozen=True, kw_only=True):
    """§6.3.15."""

    association_direction: str = "None"
    source_ref: Role[ElementReference | None] = None
    target_ref: Role[ElementReference | None] = None


class Group(Artifact, frozen=True, kw_only=True):
    """§6.3.15."""

    name: str = ""
