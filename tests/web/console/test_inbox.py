"""The inbox: filters and counts, what is done to a task, drafts, comments, many at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine import Actor, Engine, InvalidForm, TaskQuery
from tests.bench.console import counted
from tests.kit import document
from tests.web.console.conftest import Site, make_site

ANA = Actor("ana", "console")
ME = Actor("operator", "console")
TASKS = """<startEvent id='s'/><userTask id='approve' name='Approve' k:dueDate='=due'
 k:candidateGroups='sales' k:priority='=priority'><extensionElements>
<zeebe:formDefinition formId='decide'/></extensionElements></userTask>
<userTask id='after' name='Afterwards' k:assignee='operator'/><endEvent id='e'/>
s -> approve -> after -> e"""
FORM = b"""{"id": "decide", "type": "default", "components": [
 {"type": "textfield", "key": "customer", "label": "Customer", "validate": {"required": true}},
 {"type": "number", "key": "amount", "label": "Amount", "validate": {"max": 100}},
 {"type": "dynamiclist", "path": "lines", "id": "l", "components": [
   {"type": "number", "key": "count", "label": "Count", "validate": {"min": 1}}]}]}"""


@pytest.fixture
def inbox(tmp_path: Path) -> Site:
    made = make_site(tmp_path)
    made.engine.deploy({"p.bpmn": document(TASKS), "decide.form": FORM})
    return made


def begin(site: Site, key: str, hours: int = 5, priority: int = 0) -> int:
    """A new instance's task, due in so many hours."""
    due = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
    started = site.engine.start("p", {"due": due, "priority": priority}, business_key=key)
    return site.engine.tasks(TaskQuery(instance=started.id)).items[0].id


def keys(text: str) -> list[str]:
    """Business keys in the order of the list's rows."""
    return re.findall(r'<span class="sub">([A-Z]-\d)', text)


def test_the_list_is_ordered_and_filtered_by_the_address(inbox: Site) -> None:
    begin(inbox, "A-1", hours=100)
    begin(inbox, "A-2", hours=-3)
    urgent = begin(inbox, "A-3", hours=200, priority=90)
    assert keys(inbox.text("/tasks")) == ["A-2", "A-1", "A-3"]
    assert keys(inbox.text("/tasks?sort=-priority"))[0] == "A-3"
    assert keys(inbox.text("/tasks?sort=created")) == ["A-1", "A-2", "A-3"]
    assert keys(inbox.text("/tasks?q=is:overdue")) == ["A-2"]
    assert keys(inbox.text("/tasks?q=priority:>50")) == ["A-3"]
    inbox.post(f"/tasks/{urgent}/claim")
    assert keys(inbox.text("/tasks?q=is:mine")) == ["A-3"]
    assert keys(inbox.text("/tasks?q=var.priority=90+OR+key:A-1")) == ["A-1", "A-3"]
    text = inbox.text("/tasks")
    for label, count in (("All", 3), ("Mine", 1), ("Unassigned", 2), ("Overdue", 1)):
        assert re.search(rf'{label} <span class="number[^"]*">{count}</span>', text)
    assert "Not understood" in inbox.text("/tasks?q=due:soon")
    assert "No open task fits" in inbox.text("/tasks?q=nothing-like-it")


def test_when_a_task_is_done_the_next_one_opens(inbox: Site) -> None:
    first, second = begin(inbox, "A-1", 1), begin(inbox, "A-2", 2)
    page = inbox.text(f"/tasks/{first}")
    assert f'name="next" value="{second}"' in page
    answer = inbox.post(f"/tasks/{first}/complete", **{"f:customer": "Clara", "next": second})
    following = inbox.engine.tasks(TaskQuery(assignee="operator")).items[0]
    assert answer.location.endswith(f"/tasks/{following.id}"), "what follows there is mine"
    given = {"next": second, "q": "key:A-1 OR key:A-2"}
    answer = inbox.post(f"/tasks/{following.id}/complete", **given)
    assert f"/tasks/{second}?q=" in answer.location
    inbox.engine.complete_task(second, {"customer": "x"})
    rest = inbox.engine.tasks().items[0].id
    answer = inbox.post(f"/tasks/{rest}/complete", next=second)
    assert answer.location.endswith("/tasks")


def test_a_mistake_is_told_at_the_field_whoever_drew_the_form(inbox: Site) -> None:
    task = begin(inbox, "A-1")
    plain = inbox.post(f"/tasks/{task}/complete", **{"f:customer": "C", "f:amount": "101"})
    assert plain.status_code == 422
    assert "must be at most 100" in plain.text
    drawn = inbox.post(f"/tasks/{task}/complete", values='{"amount": 101, "lines": [{"count": 0}]}')
    assert drawn.status_code == 422
    for said in (
        '"customer":"is required"',
        '"amount":"is 101; 100 or less would do"',
        '"lines.0.count":"is 0; 1 or more would do"',
    ):
        assert said in drawn.text
    assert inbox.engine.task(task).variables.get("amount") is None
    broken = inbox.post(f"/tasks/{task}/complete", values="{")
    assert broken.status_code == 422
    values = '{"customer": "Clara", "amount": 12.5, "lines": [{"count": 2}]}'
    assert inbox.post(f"/tasks/{task}/complete", values=values).status_code == 303
    instance = inbox.engine.instances().items[0].id
    kept = inbox.engine.variables(instance)[0].variables
    assert (kept["customer"], float(kept["amount"]), kept["lines"]) == (
        "Clara",
        12.5,
        [{"count": 2}],
    )


def test_a_draft_is_offered_again_to_its_writer_alone(inbox: Site) -> None:
    task = begin(inbox, "A-1")
    answer = inbox.post(f"/tasks/{task}/draft", **{"f:customer": "Clara", "f:amount": "many"})
    assert answer.status_code == 303
    page = inbox.text(f"/tasks/{task}")
    assert "filled with your draft" in page
    assert 'value="Clara"' in page
    assert "<strong>draft</strong>" in page
    inbox.post(f"/tasks/{task}/draft", values='{"customer": "Nora"}')
    assert 'value="Nora"' in inbox.text(f"/tasks/{task}")
    assert inbox.engine.draft(task, by=ANA) is None
    inbox.post(f"/tasks/{task}/draft", drop="yes")
    assert "Nora" not in inbox.text(f"/tasks/{task}")
    assert inbox.engine.draft(task, by=ME) is None


def test_a_draft_is_kept_quietly_for_the_pages_script(inbox: Site) -> None:
    task = begin(inbox, "A-1")
    inbox.post(f"/tasks/{task}/draft", values="{}")
    data = {"form_token": inbox.token, "values": '{"customer": "Ida"}'}
    headers = {"Accept": "application/json"}
    answer = inbox.client.post(f"/tasks/{task}/draft", data=data, headers=headers)
    assert answer.status_code == 204
    kept = inbox.engine.draft(task, by=ME)
    assert kept is not None
    assert kept.entered == {"values": {"customer": "Ida"}}


def test_a_task_passes_from_one_to_another(inbox: Site) -> None:
    task = begin(inbox, "A-1")
    inbox.post(f"/tasks/{task}/claim", assignee="ben")
    assert inbox.engine.task(task).assignee == "ben"
    assert "Take over" in inbox.text(f"/tasks/{task}")
    assert inbox.post(f"/tasks/{task}/claim").status_code == 409
    inbox.post(f"/tasks/{task}/claim", force="yes")
    assert inbox.engine.task(task).assignee == "operator"
    inbox.post(f"/tasks/{task}/claim", release="yes")
    assert inbox.engine.task(task).assignee is None


def test_dates_and_priority_are_set_in_the_readers_zone(inbox: Site) -> None:
    task = begin(inbox, "A-1")
    sent = {"due_date": "2031-02-03T10:30", "follow_up_date": "", "priority": "70", "zone": "120"}
    assert inbox.post(f"/tasks/{task}/dates", **sent).status_code == 303
    changed = inbox.engine.task(task)
    assert changed.due == datetime(2031, 2, 3, 8, 30, tzinfo=UTC)
    assert (changed.follow_up, changed.priority) == (None, 70)
    wrong = inbox.post(f"/tasks/{task}/dates", due_date="soon")
    assert wrong.status_code == 422
    assert "“soon” is no moment" in wrong.text


def test_a_comment_stands_at_its_task_and_in_the_timeline_as_text(inbox: Site) -> None:
    task = begin(inbox, "A-1")
    said = "<script>alert(1)</script>\nsecond line"
    answer = inbox.post(f"/tasks/{task}/comment", text=said)
    assert answer.location.endswith("#comments")
    shown = "&lt;script&gt;alert(1)&lt;/script&gt;"
    page = inbox.text(f"/tasks/{task}")
    assert f"{shown}<br>second line" in page
    instance = inbox.engine.task(task).instance
    assert shown in inbox.text(f"/instances/{instance}")
    assert "comment" in inbox.text("/activity")
    inbox.post(f"/instances/{instance}/comment", text="of the whole")
    assert "of the whole" in inbox.text(f"/instances/{instance}")
    assert inbox.engine.comments(task=task).total == 1
    assert inbox.post(f"/tasks/{task}/comment", text=" ").status_code == 422


def test_a_paused_instances_task_says_why_it_cannot_be_done(inbox: Site) -> None:
    task = begin(inbox, "A-1")
    instance = inbox.engine.task(task).instance
    inbox.engine.suspend(instance, reason="the wrong price list", by=ANA)
    row = inbox.text("/tasks")
    assert 'class="held"' in row
    assert "the wrong price list" in row
    page = inbox.text(f"/tasks/{task}")
    assert "held by ana" in page
    assert ">Complete<" not in page
    sent = {"f:customer": "Clara"}
    assert inbox.post(f"/tasks/{task}/complete", **sent).status_code == 409


def test_many_are_claimed_and_each_result_is_told(inbox: Site) -> None:
    tasks = [begin(inbox, f"A-{n}") for n in range(3)]
    inbox.engine.claim(tasks[0], "ben")
    asked = inbox.post("/tasks/bulk", kind="claim", task=tasks)
    assert "2 of 3 tried would work" in asked.text
    assert "is claimed by &#39;ben&#39;" in asked.text
    assert inbox.engine.task(tasks[1]).assignee is None, "a preview does nothing"
    begin(inbox, "A-9")
    targets = ",".join(map(str, tasks))
    made = inbox.post("/tasks/bulk", kind="claim", targets=targets, run="yes")
    inbox.settle()
    page = inbox.text(made.location)
    assert re.search(r'Done <span class="number">2<', page)
    assert re.search(r'Skipped <span class="number">1<', page)
    assert inbox.engine.tasks(TaskQuery(assignee="operator")).total == 2


def test_many_are_assigned_dated_and_completed_alike(inbox: Site) -> None:
    tasks = [begin(inbox, f"A-{n}") for n in range(3)]
    targets = ",".join(map(str, tasks))
    first = inbox.post("/tasks/bulk", kind="assign", q="", all="yes")
    assert targets.count(",") == 2
    assert "Assign: 3 tasks" in first.text
    run = {"targets": targets, "run": "yes"}
    inbox.post("/tasks/bulk", kind="assign", assignee="ben", **run)
    inbox.post("/tasks/bulk", kind="dates", priority="33", due_date="2031-01-01T00:00", **run)
    inbox.settle()
    assert {(one.assignee, one.priority) for one in inbox.engine.tasks().items} == {("ben", 33)}
    nothing = inbox.post("/tasks/bulk", kind="dates", targets=targets)
    assert nothing.status_code == 422
    assert "Set at least one" in nothing.text
    wrong = inbox.post("/tasks/bulk", kind="complete", targets=targets, values='{"amount": 1}')
    assert "0 of 3 tried would work" in wrong.text
    assert "is required" in wrong.text
    inbox.post("/tasks/bulk", kind="complete", values='{"customer": "all"}', **run)
    inbox.settle()
    assert {one.element for one in inbox.engine.tasks().items} == {"after"}


def test_different_user_tasks_share_no_form(inbox: Site) -> None:
    one, other = begin(inbox, "A-1"), begin(inbox, "A-2")
    inbox.engine.complete_task(other, {"customer": "x"})
    answer = inbox.post("/tasks/bulk", kind="complete", all="yes")
    assert answer.status_code == 422
    assert "different user tasks" in answer.text
    assert inbox.engine.task(one)


def test_nothing_chosen_leads_back(inbox: Site) -> None:
    answer = inbox.post("/tasks/bulk", kind="claim", q="is:mine")
    assert (answer.status_code, answer.location) == (303, "/tasks?q=is:mine")
    assert inbox.post("/tasks/bulk", kind="burn").status_code == 422


def test_a_page_costs_the_same_however_many_tasks_there_are(inbox: Site) -> None:
    def cost(engine: Engine, address: str) -> int:
        inbox.text(address)
        with counted(engine) as statements:
            inbox.text(address)
        return len(statements)

    first = begin(inbox, "A-0", -1)
    few = [cost(inbox.engine, at) for at in ("/tasks", "/tasks?q=var.n>1", f"/tasks/{first}")]
    for number in range(1, 70):
        begin(inbox, f"A-{number}", number)
    many = [cost(inbox.engine, at) for at in ("/tasks", "/tasks?q=var.n>1", f"/tasks/{first}")]
    assert [there - here for here, there in zip(few, many, strict=True)] == [1, 0, 1], (
        "what is counted past one page"
    )
    assert max(many) < 40


def test_completing_by_the_engine_is_held_against_the_form(inbox: Site) -> None:
    task = begin(inbox, "A-1")
    with pytest.raises(InvalidForm):
        inbox.engine.complete_task(task, {}, checks_form=True)
