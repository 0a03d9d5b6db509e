"""Element instances: each visit of a flow node, from the rows and the recorded history."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict

from engine import (
    HistoryEntry,
    InstanceQuery,
    InstanceView,
    Invalid,
    NotFound,
    Paging,
    instance_of,
)
from web.api.routing import engine, operation
from web.api.search import Conditions, PageAnswer, Search, search_of
from web.api.shapes import TENANT, Key, Moment, key_of, time_of, time_or_none
from web.api.v2.ended import MOST_INSTANCES, facts_of
from web.api.v2.variables import whole

State = Literal["ACTIVE", "COMPLETED", "TERMINATED"]
ENDS: dict[str, State] = {"left": "COMPLETED", "merged": "COMPLETED", "cancelled": "TERMINATED"}


class ElementInstance(TypedDict):
    processDefinitionId: str | None
    startDate: Moment
    endDate: Moment | None
    elementId: str
    elementName: str
    type: str
    state: State
    hasIncident: bool
    tenantId: str
    elementInstanceKey: Key
    processInstanceKey: Key
    rootProcessInstanceKey: Key | None
    processDefinitionKey: Key | None
    incidentKey: Key | None


class ElementInstances(TypedDict):
    items: list[ElementInstance]
    page: PageAnswer


ElementSearch = search_of(ElementInstance)


@operation(
    "POST",
    "/element-instances/search",
    "view",
    body=ElementSearch,
    answer=ElementInstances,
    example={"filter": {"processInstanceKey": "4503599627370496", "state": "ACTIVE"}},
)
def search_element_instances(body: Search) -> Any:
    """Find the visits of flow nodes, in their order within each instance

    Of the instances that the filter names by `processInstanceKey` or `elementInstanceKey`; else of
    all of a `processDefinitionId` or `processDefinitionKey`, or of those where `elementId` with
    `state` ACTIVE is: a hundred at the most.
    """
    wanted = body.conditions()
    keys = wanted.any("processInstanceKey") or wanted.any("elementInstanceKey")
    if keys:
        ids = list(dict.fromkeys(instance_of(key_of(key, "element instance")) for key in keys))
    else:
        ids = _matching(wanted)
    return whole([item for id in ids for item in visits_of(id)], body)


def _matching(wanted: Conditions) -> list[int]:
    """The instances whose elements are meant, newest first."""
    is_active = wanted.one("state") == "ACTIVE"
    definition = wanted.one("processDefinitionKey")
    query = InstanceQuery(
        process_ids=wanted.any("processDefinitionId") or (),
        definition=None if definition is None else key_of(definition, "process definition"),
        element=wanted.one("elementId") if is_active else None,
        states=("active",) if is_active else (),
        has_incidents=wanted.one("hasIncident") or None,
    )
    page = engine().instances(query, Paging(limit=MOST_INSTANCES))
    if page.total > MOST_INSTANCES:
        raise Invalid(
            f"filter: the history of {page.total:,} instances would have to be read, more than "
            f"{MOST_INSTANCES}; name one by processInstanceKey, or narrow them down"
        )
    return [head.id for head in page.items]


@operation("GET", "/element-instances/{key}", "view", answer=ElementInstance)
def get_element_instance(key: str) -> ElementInstance:
    """One visit of a flow node, or an instance as the visit of its process"""
    id = key_of(key, "element instance")
    for item in visits_of(instance_of(id)):
        if item["elementInstanceKey"] == str(id):
            return item
    raise NotFound(f"element instance {id}: there is none")


def visits_of(id: int) -> list[ElementInstance]:
    """The visits of flow nodes in an instance, its own first; none without such an instance."""
    try:
        view = engine().instance(id)
    except NotFound:
        return []
    definition = engine().definition(view.head.definition)
    visits = _Visits(view, definition.elements, definition.kinds)
    for fact in facts_of(id):
        visits.take(fact)
    return visits.items


class _Visits:
    """The visits of an instance, as its history is read."""

    def __init__(self, view: InstanceView, names: Any, kinds: Any) -> None:
        self._head = view.head
        self._names, self._kinds = names, kinds
        self._incidents = {i.element: i.id for i in view.incidents}
        self._by_token: dict[int, ElementInstance] = {}
        ended: State = "COMPLETED" if view.head.state == "completed" else "TERMINATED"
        process = self._item(
            str(view.head.id),
            view.head.process_id,
            view.head.process_name or view.head.process_id,
            "PROCESS",
            time_of(view.head.started),
        )
        process["endDate"] = time_or_none(view.head.ended)
        process["state"] = "ACTIVE" if view.head.state == "active" else ended
        process["hasIncident"] = view.head.incidents > 0
        self.items = [process]

    def _item(self, key: str, element: str, name: str, type: str, since: str) -> ElementInstance:
        return ElementInstance(
            processDefinitionId=self._head.process_id,
            startDate=since,
            endDate=None,
            elementId=element,
            elementName=name,
            type=type,
            state="ACTIVE",
            hasIncident=False,
            tenantId=TENANT,
            elementInstanceKey=key,
            processInstanceKey=str(self._head.id),
            rootProcessInstanceKey=str(self._head.root),
            processDefinitionKey=str(self._head.definition),
            incidentKey=None,
        )

    def take(self, fact: HistoryEntry) -> None:
        if fact.token is None or fact.element is None:
            return
        if fact.kind == "entered":
            name = self._names.get(fact.element) or fact.element
            kind = type_name(self._kinds.get(fact.element))
            item = self._item(str(fact.token), fact.element, name, kind, time_of(fact.at))
            self._by_token[fact.token] = item
            self.items.append(item)
            if fact.element in self._incidents:
                item["hasIncident"] = True
                item["incidentKey"] = str(self._incidents[fact.element])
        elif fact.kind in ENDS and fact.token in self._by_token:
            item = self._by_token[fact.token]
            item["endDate"], item["state"] = time_of(fact.at), ENDS[fact.kind]
            item["hasIncident"], item["incidentKey"] = False, None


KINDS = {
    "Transaction": "SUB_PROCESS",
    "ComplexGateway": "UNKNOWN",
    "GlobalTask": "TASK",
}


def type_name(kind: str | None) -> str:
    """`ServiceTask` as this API spells it: `SERVICE_TASK`."""
    if kind is None:
        return "UNKNOWN"
    if kind in KINDS:
        return KINDS[kind]
    return "".join(f"_{c}" if c.isupper() else c.upper() for c in kind).lstrip("_")
