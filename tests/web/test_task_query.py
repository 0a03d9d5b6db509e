"""The query language of tasks: its own words, and the instances' for the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import Candidate, InstanceQuery, TaskQuery, VariableFilter
from web.query import Usually
from web.task_query import Asked, Reader, parse, toggled

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)
ANA = Candidate(user="ana", groups=("sales",))


def asked(text: str) -> Asked:
    return parse(text, "created", Reader(me=ANA, now=NOW, usually=Usually(now=NOW)))


def read(text: str) -> TaskQuery:
    found = asked(text)
    assert found.wrong == []
    return found.query


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", TaskQuery()),
        ("is:mine", TaskQuery(assignee="ana")),
        ("assignee:me", TaskQuery(assignee="ana")),
        ("is:offered", TaskQuery(offered_to=ANA)),
        ("is:unassigned", TaskQuery(unassigned=True)),
        ("is:suspended", TaskQuery(suspended=True)),
        ("is:overdue", TaskQuery(due_before=NOW)),
        ("due:today", TaskQuery(due_after=NOW, due_before=datetime(2026, 11, 22, tzinfo=UTC))),
        ("due:<2d", TaskQuery(due_before=NOW + timedelta(days=2))),
        ("created:>1h", TaskQuery(created_before=NOW - timedelta(hours=1))),
        ("priority:>50", TaskQuery(least_priority=51)),
        ("priority:<=50", TaskQuery(most_priority=50)),
        ("priority:7", TaskQuery(least_priority=7, most_priority=7)),
        ("group:sales,claims", TaskQuery(candidate_groups=("sales", "claims"))),
        ("step:approve", TaskQuery(element="approve")),
        ("send the letter", TaskQuery(text="send the letter")),
        ("-letter", TaskQuery(none_of=(TaskQuery(text="letter"),))),
        ("process:order", TaskQuery(of=InstanceQuery(process_ids=("order",)))),
        ("process:a process:b", TaskQuery(of=InstanceQuery(process_ids=("a", "b")))),
        (
            "var.n>1",
            TaskQuery(
                of=InstanceQuery(variables=(VariableFilter(name="n", operator=">", value=1),))
            ),
        ),
        ("-is:mine", TaskQuery(none_of=(TaskQuery(assignee="ana"),))),
        (
            "is:mine OR is:overdue",
            TaskQuery(any_of=(TaskQuery(assignee="ana"), TaskQuery(due_before=NOW))),
        ),
        (
            "NOT (is:mine step:a)",
            TaskQuery(
                none_of=(TaskQuery(all_of=(TaskQuery(assignee="ana"), TaskQuery(element="a"))),)
            ),
        ),
        (
            "is:mine process:order letter",
            TaskQuery(
                all_of=(
                    TaskQuery(assignee="ana"),
                    TaskQuery(of=InstanceQuery(process_ids=("order",))),
                    TaskQuery(text="letter"),
                )
            ),
        ),
    ],
)
def test_words_become_a_query(text: str, wanted: TaskQuery) -> None:
    assert read(text) == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("due:soon", "a span or a day, as in due:today"),
        ("due:0001-01-01", "that is too far away"),
        ("priority:high", "a number, as in priority:80"),
        ("assignee:", "a name, as in assignee:ana"),
        ("status:gone", "no such status"),
        ("OR is:mine", "it stands between two words"),
        ("is:mine )", "it closes nothing"),
        ("(is:mine", "it is not closed"),
    ],
)
def test_what_is_not_understood_is_told_and_left_out(text: str, says: str) -> None:
    assert any(says in sentence for sentence in asked(text).wrong)


def test_brackets_go_only_so_deep() -> None:
    assert any("at most 20 deep" in said for said in asked("(" * 30 + "is:mine").wrong)


def test_a_word_is_toggled_and_takes_the_place_of_its_group() -> None:
    assert toggled("a is:mine", "is:mine") == "a"
    assert toggled("a is:mine", "is:offered", ("is:mine", "is:offered")) == "a is:offered"
    assert toggled("", "is:mine") == "is:mine"
