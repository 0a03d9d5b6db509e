"""Taking an instance to another version of its process."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from engine import ElementMapping, Invalid, MigrationPlan
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import Count, GivenKey, Key, Shape, Text, key_of, text_of
from web.api.v2.process_instances.effects import EffectAnswer, shown
from web.api.v2.process_instances.shapes import BY_API, id_of


class Mapping(Shape):
    source_element_id: Text
    target_element_id: Text | None = None
    """None: what waits at it is withdrawn, where it is an event beside the flow."""


class MigrationRequest(Shape):
    target_process_definition_key: GivenKey
    mapping_instructions: list[Mapping] = Field(default_factory=list)
    """What is not said is found by the same id and kind."""
    update_elements: list[Text] = Field(default_factory=list)
    """Events of the target whose timers, message names and keys are read anew."""
    operation_reference: Count | None = None
    reason: str | None = None


class PlanCheck(Shape):
    source_process_definition_key: GivenKey
    target_process_definition_key: GivenKey
    mapping_instructions: list[Mapping] = Field(default_factory=list)
    update_elements: list[Text] = Field(default_factory=list)
    process_instance_keys: list[GivenKey] | None = None
    """By default the first active ones of the source."""


class Mapped(TypedDict):
    sourceElementId: str
    targetElementId: str | None
    origin: str
    elementName: str | None
    kind: str
    active: int
    problem: str | None


class PlanProblem(TypedDict):
    elementId: str | None
    message: str
    remedy: str | None


class CheckedPlan(TypedDict):
    elements: list[Mapped]
    problems: list[PlanProblem]
    instances: int
    targetProcessDefinitionKey: Key | None


EXAMPLE = {
    "targetProcessDefinitionKey": "2251799813685250",
    "mappingInstructions": [{"sourceElementId": "check", "targetElementId": "approve"}],
    "reason": "the new law",
}


@operation(
    "POST",
    "/process-instances/{key}/migration",
    "operate",
    body=MigrationRequest,
    example=EXAMPLE,
)
def migrate_process_instance(key: str, body: MigrationRequest) -> None:
    """Let an instance go on with another version

    Everything active needs a target; what has none is told at once, in `problems`.
    """
    engine().migrate_instance(
        id_of(key),
        plan_of(body),
        reason=(body.reason or "").strip() or BY_API,
        by=actor(),
        idempotency_key=idempotency_key(),
    )


@operation(
    "POST",
    "/process-instances/{key}/migration/check",
    "view",
    body=MigrationRequest,
    answer=EffectAnswer,
    example=EXAMPLE,
)
def check_process_instance_migration(key: str, body: MigrationRequest) -> EffectAnswer:
    """What a migration would do, found by doing it without effect"""
    plan = plan_of(body)
    return shown(
        engine().migrate_instance(id_of(key), plan, reason=BY_API, by=actor(), dry_run=True)
    )


@operation(
    "POST",
    "/process-definitions/migration/check",
    "view",
    body=PlanCheck,
    answer=CheckedPlan,
    example={
        "sourceProcessDefinitionKey": "2251799813685249",
        "targetProcessDefinitionKey": "2251799813685250",
    },
)
def check_migration_plan(body: PlanCheck) -> CheckedPlan:
    """A plan, filled in, against both definitions and running instances"""
    plan = MigrationPlan(
        source=key_of(body.source_process_definition_key, "process definition"),
        target=key_of(body.target_process_definition_key, "process definition"),
        mapping=_mapping(body.mapping_instructions),
        update=list(body.update_elements),
    )
    given = body.process_instance_keys
    ids = None if given is None else [key_of(key, "process instance") for key in given]
    if ids is not None and len(ids) > 1_000:
        raise Invalid("processInstanceKeys: at most 1,000 are looked at")
    check = engine().migration_check(plan, ids)
    return CheckedPlan(
        elements=[
            Mapped(
                sourceElementId=one.source,
                targetElementId=one.target,
                origin=one.origin,
                elementName=one.name,
                kind=one.kind,
                active=one.active,
                problem=one.problem,
            )
            for one in check.elements
        ],
        problems=[
            PlanProblem(elementId=p.element, message=p.message, remedy=p.remedy)
            for p in check.problems
        ],
        instances=check.instances,
        targetProcessDefinitionKey=text_of(plan.target),
    )


def plan_of(body: MigrationRequest) -> MigrationPlan:
    return MigrationPlan(
        target=key_of(body.target_process_definition_key, "process definition"),
        mapping=_mapping(body.mapping_instructions),
        update=list(body.update_elements),
    )


def _mapping(given: list[Mapping]) -> list[ElementMapping]:
    return [
        ElementMapping(source=one.source_element_id, target=one.target_element_id) for one in given
    ]
