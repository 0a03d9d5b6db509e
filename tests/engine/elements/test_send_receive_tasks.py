"""Send and receive tasks: a message goes out; a message comes in (BPMN 2.0.2 §10.3.3)."""

from __future__ import annotations

from engine.starts import start_triggers
from engine.step import Cancelled
from tests.kit import Drive, document, program_of

ROOTS = "<message id='M' name='order' k:correlationKey='=id'/>"


def test_a_send_task_publishes_its_message_with_its_inputs_and_goes_on() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <sendTask id="a" messageRef="M">
        <extensionElements><k:input source="=n" target="count"/></extensionElements></sendTask>
        <userTask id="b"/>
        s -> a -> b
        """,
        ROOTS,
        id=7,
        n=2,
    )
    (published,) = drive.published
    assert (published.kind, published.name, published.key) == ("message", "order", "7")
    assert published.variables == {"count": 2}
    assert drive.at == ["b"]
    assert drive.variables == {"id": 7, "n": 2}


def test_a_send_task_without_a_message_or_with_a_worker_is_a_job() -> None:
    for attributes in ("", "messageRef='M' k:jobType='send'"):
        drive = Drive(
            f"""
            <startEvent id="s"/> <sendTask id="a" {attributes}/> <userTask id="b"/>
            s -> a -> b
            """,
            ROOTS,
            id=7,
        )
        (job,) = drive.subscriptions("job")
        assert job.trigger.name == ("send" if attributes else "a")
        drive.complete("a")
        assert drive.at == ["b"]
        assert not drive.published


RECEIVE = """
<startEvent id="s"/> <receiveTask id="a" messageRef="M"/> <userTask id="b"/>
s -> a -> b
"""


def test_a_receive_task_waits_for_its_message_by_name_and_key() -> None:
    drive = Drive(RECEIVE, ROOTS, id="x-1")
    (wait,) = drive.subscriptions("message")
    assert (wait.trigger.name, wait.trigger.key) == ("order", "x-1")
    drive.complete("a", paid=True)
    assert drive.at == ["b"]
    assert drive.variables == {"id": "x-1", "paid": True}


def test_a_key_that_is_null_is_an_incident_at_the_task() -> None:
    drive = Drive(RECEIVE, ROOTS)
    assert drive.at == ["a"]
    assert "correlation key 'id' of message 'order' is None" in drive.incidents[0]
    drive.assign(id=1)
    drive.retry()
    assert drive.subscriptions("message")[0].trigger.key == "1"


def test_a_receive_task_is_interrupted_by_its_boundary() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <receiveTask id="a" messageRef="M"/> <userTask id="late"/>
        <boundaryEvent id="t" attachedToRef="a"><timerEventDefinition>
          <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        s -> a
        t -> late
        """,
        ROOTS,
        id=1,
    )
    drive.wait(hours=1)
    assert drive.at == ["late"]
    assert not drive.subscriptions("message")


def test_cancelling_withdraws_the_wait() -> None:
    drive = Drive(RECEIVE, ROOTS, id=1)
    drive.give(Cancelled())
    assert not drive.instance.subscriptions


INSTANTIATE = """
<receiveTask id="a" messageRef="M" instantiate="true"/> <userTask id="b"/>
a -> b
"""


def test_an_instantiating_one_starts_the_process_by_its_message() -> None:
    program = program_of(document(INSTANTIATE, "<message id='M' name='order'/>"))
    (trigger,) = start_triggers(program)
    assert (trigger.element, trigger.kind, trigger.name) == ("a", "message", "order")
    drive = Drive(INSTANTIATE, "<message id='M' name='order'/>", start="a", n=1)
    assert drive.at == ["b"]
    assert drive.variables == {"n": 1}
