"""Tasks are found by who may do them, by their dates and by their instances."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import Engine, InstanceQuery, Invalid, Paging, VariableFilter
from engine.storage import schema as t
from engine.views import Actor, Candidate, TaskQuery
from tests.engine.services.house import Clock, deploy

TASKS = """<startEvent id='s'/><parallelGateway id='g'/>
<userTask id='a' name='Approve' k:candidateGroups='sales' k:priority='70' k:dueDate='=due'/>
<userTask id='b' name='Book' k:candidateUsers='ana' k:priority='20'/>
s -> g -> a
g -> b"""


@pytest.fixture
def opened(engine: Engine, clock: Clock) -> Engine:
    """Two instances, an hour apart: of the first the approval is late, of the second it is not."""
    deploy(engine, TASKS)
    engine.start("p", {"due": "2030-01-01T08:00:00Z", "n": 1}, business_key="A-1")
    clock.advance(hours=1)
    engine.start("p", {"due": "2030-01-01T20:00:00Z", "n": 2}, business_key="A-2")
    return engine


def found(engine: Engine, **asked: object) -> list[tuple[str | None, str]]:
    query = TaskQuery(**asked)  # type: ignore[arg-type]
    return [(one.business_key, one.element) for one in engine.tasks(query).items]


def test_tasks_are_ordered_by_due_date_priority_or_age(opened: Engine) -> None:
    late, soon = ("A-1", "a"), ("A-2", "a")
    others = [("A-1", "b"), ("A-2", "b")]
    assert found(opened, order="due") == [late, soon, *others]
    assert found(opened, order="-priority") == [late, soon, *others]
    assert found(opened, order="created")[:2] in ([late, others[0]], [others[0], late])
    assert found(opened, order="-created")[0][0] == "A-2"
    with pytest.raises(Invalid, match="order: found 'name'"):
        found(opened, order="name")


def test_a_list_in_any_order_is_read_on_from_its_cursor(opened: Engine) -> None:
    for order in ("due", "-priority", "-created"):
        query = TaskQuery(order=order)  # type: ignore[arg-type]
        whole = [one.id for one in opened.tasks(query).items]
        first = opened.tasks(query, Paging(limit=3))
        rest = opened.tasks(query, Paging(limit=3, cursor=first.next_cursor))
        assert [one.id for one in first.items + rest.items] == whole


def test_tasks_are_found_by_their_due_date_as_it_is_now(opened: Engine, clock: Clock) -> None:
    assert found(opened, due_before=clock.now) == [("A-1", "a")]
    assert found(opened, due_after=clock.now) == [("A-2", "a")]
    late = opened.tasks(TaskQuery(due_before=clock.now)).items[0].id
    opened.update_task(late, {"due_date": clock.now + timedelta(days=9)})
    assert found(opened, due_before=clock.now) == []
    opened.update_task(late, {"due_date": None})
    assert found(opened, due_after=clock.now) == [("A-2", "a")]


def test_tasks_are_offered_to_candidates_until_somebody_has_them(opened: Engine) -> None:
    ana = Candidate(user="ana", groups=("sales", "claims"))
    assert len(found(opened, offered_to=ana)) == 4
    assert {e for _, e in found(opened, offered_to=Candidate(user="ana"))} == {"b"}
    assert {e for _, e in found(opened, offered_to=Candidate(groups=("sales",)))} == {"a"}
    assert found(opened, offered_to=Candidate(user="ben")) == []
    opened.claim(opened.tasks(TaskQuery(element="b")).items[0].id, "ben")
    assert len(found(opened, offered_to=ana)) == 3


def test_tasks_are_found_by_their_instances_and_by_none_of_it(opened: Engine) -> None:
    second = InstanceQuery(variables=(VariableFilter(name="n", operator=">", value=1),))
    assert {key for key, _ in found(opened, of=second)} == {"A-2"}
    only = TaskQuery(any_of=(TaskQuery(element="a"), TaskQuery(of=second)))
    assert len(found(opened, all_of=(only,))) == 3
    assert found(opened, all_of=(only,), none_of=(TaskQuery(of=second),)) == [("A-1", "a")]
    assert found(opened, least_priority=70, text="a-2") == [("A-2", "a")]


def test_a_held_instance_says_why_with_its_tasks(opened: Engine) -> None:
    held = opened.instances(InstanceQuery(business_keys=("A-1",))).items[0].id
    opened.suspend(held, reason="price list", by=Actor("ben", "console"))
    items = opened.tasks(TaskQuery(suspended=True)).items
    assert {one.instance for one in items} == {held}
    assert {(one.suspension.by, one.suspension.reason) for one in items if one.suspension} == {
        ("ben", "price list")
    }
    assert all(one.suspension is None for one in opened.tasks(TaskQuery(suspended=False)).items)


def test_the_figures_are_those_of_one_person(opened: Engine, clock: Clock) -> None:
    ana = Candidate(user="ana", groups=("sales",))
    opened.claim(opened.tasks(TaskQuery(element="b")).items[0].id, "ana")
    figures = opened.task_figures(ana, now=clock.now, until=clock.now + timedelta(hours=11))
    assert (figures.total, figures.mine, figures.offered, figures.unassigned) == (4, 1, 3, 3)
    assert (figures.overdue, figures.due_today, figures.suspended) == (1, 1, 0)
    assert figures.processes == {"p": 4}
    assert figures.assignees == ["ana"]
    nobody = opened.task_figures(Candidate(), now=clock.now, until=clock.now)
    assert (nobody.mine, nobody.offered, nobody.due_today) == (0, 0, 0)


def test_a_loaded_task_is_as_it_was_written(opened: Engine) -> None:
    with opened._shell.store.reading() as connection:
        due = connection.execute(sa.select(t.subscription.c.due)).scalars().all()
    assert sum(value is not None for value in due) == 2
    opened._shell.cache.clear()
    for one in opened.tasks().items:
        opened.complete_task(one.id)
    assert opened.tasks().total == 0
