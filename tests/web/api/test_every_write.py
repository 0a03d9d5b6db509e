"""The same request with the same key, ten times at once: one effect, ten equal answers.

Each write that the document has is sent so; one that stands in none of the tables fails the test.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine import SubscriptionQuery
from tests.kit import document
from tests.web.api.kit import Served, served
from tests.web.api.test_searches import GRADE
from web.api.engine_rest.routing import routes
from web.api.guard import hash_password
from web.api.routing import operations

TIMES = 10
PASSWORD = "a long password"
MODEL = document(
    """
    <startEvent id='s'/>
    <serviceTask id='t'><extensionElements><zeebe:taskDefinition type='work' retries='1'/>
    </extensionElements></serviceTask>
    <boundaryEvent id='b' attachedToRef='t'><errorEventDefinition errorRef='err'/></boundaryEvent>
    <userTask id='u'/>
    <intermediateCatchEvent id='m'><messageEventDefinition messageRef='msg'/>
    </intermediateCatchEvent>
    <intermediateCatchEvent id='g'><signalEventDefinition signalRef='sig'/></intermediateCatchEvent>
    <endEvent id='e'/> <endEvent id='f'/>
    s -> t -> u -> m -> g -> e
    b -> f
    """,
    """<error id='err' errorCode='DECLINED'/><signal id='sig' name='Closed'/>
    <message id='msg' name='Paid'><extensionElements><zeebe:subscription correlationKey='=id'/>
    </extensionElements></message>""",
)

CONDITIONAL = document(
    """<startEvent id='s'><conditionalEventDefinition><condition>=stock &lt; 5</condition>
    </conditionalEventDefinition></startEvent> <userTask id='t'/> <endEvent id='e'/>
    s -> t -> e"""
).replace(b"id='p'", b"id='c'")


TIMED = document(
    """<startEvent id='s'/><intermediateCatchEvent id='w'><timerEventDefinition>
    <timeDuration>P1D</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <endEvent id='e'/>
    s -> w -> e"""
).replace(b"id='p'", b"id='t'")


class Ready(NamedTuple):
    """A request, and what it is about."""

    path: str
    body: Any = None
    files: Any = None


class World:
    """A live server, and ways to bring an instance to where a write makes sense."""

    def __init__(self, api: Served) -> None:
        self.api = api
        self.count = 0
        api.engine.deploy({"p.bpmn": MODEL, "c.bpmn": CONDITIONAL, "t.bpmn": TIMED})

    def instance(self) -> str:
        self.count += 1
        return self.api.start(id=f"I-{self.count}")

    def job(self) -> str:
        key = self.instance()
        (found,) = self.api.post("/v2/jobs/search", {"filter": {"processInstanceKey": key}})[
            "items"
        ]
        return str(found["jobKey"])

    def timer(self) -> str:
        id = self.api.engine.start("t").id
        (one,) = self.api.engine.subscriptions(SubscriptionQuery(instance=id)).items
        return str(one.id)

    def claimed(self) -> str:
        self.drain()
        self.instance()
        return str(self.api.one_job()["jobKey"])

    def drain(self) -> None:
        """Leave no job that another activation could get."""
        while self.api.activate(requestTimeout=-1):
            pass

    def failed(self) -> str:
        """The key of a job that is an incident."""
        key = self.claimed()
        body = {"retries": 0, "errorMessage": "no"}
        self.api.post(f"/v2/jobs/{key}/failure", body, expect=204)
        return key

    def at_task(self) -> tuple[str, str]:
        """Instance and key of an open user task."""
        key = self.claimed()
        self.api.post(f"/v2/jobs/{key}/completion", expect=204)
        body = {"sort": [{"field": "creationDate", "order": "DESC"}]}
        found = self.api.post("/v2/user-tasks/search", body)["items"][0]
        return found["processInstanceKey"], found["userTaskKey"]

    def waiting(self) -> str:
        """The correlation key that an instance waits for."""
        _, task = self.at_task()
        self.api.post(f"/v2/user-tasks/{task}/completion", expect=204)
        return f"I-{self.count}"

    def listening(self) -> None:
        body = {"name": "Paid", "correlationKey": self.waiting()}
        self.api.post("/v2/messages/correlation", body)

    def suspended(self) -> str:
        key = self.instance()
        self.api.post(f"/v2/process-instances/{key}/suspension", expect=204)
        return key

    def cancelled(self) -> str:
        key = self.instance()
        self.api.post(f"/v2/process-instances/{key}/cancellation", expect=204)
        return key

    def definition(self, *, fresh: bool = False) -> str:
        return str(self.api.engine.versions(self.process() if fresh else "p")[0].key)

    def process(self) -> str:
        """The id of a process that nothing has been done to."""
        self.count += 1
        id = f"q{self.count}"
        model = document("<startEvent id='s'/><endEvent id='e'/>\ns -> e")
        self.api.engine.deploy({f"{id}.bpmn": model.replace(b"id='p'", f"id='{id}'".encode())})
        return id

    def held_process(self) -> str:
        id = self.process()
        self.api.post("/v2/process-definitions/suspension", {"processDefinitionId": id})
        return id

    def held_definition(self) -> str:
        key = self.definition(fresh=True)
        self.api.post(f"/v2/process-definitions/{key}/suspension", {})
        return key

    def held_type(self) -> str:
        type = self.process()
        self.api.post("/v2/job-types/suspension", {"jobType": type}, expect=204)
        return type

    def override(self) -> Any:
        return {"kind": "job_type", "name": self.process(), "values": {"retries": 5}}

    def overridden(self) -> Any:
        body = self.override()
        self.api.post("/v2/policies", body, expect=204)
        return {"kind": "job_type", "name": body["name"]}

    def batch(self) -> str:
        body = {
            "batchOperationType": "SUSPEND_PROCESS_INSTANCE",
            "processInstanceKeys": [self.instance()],
        }
        return str(self.api.post("/v2/batch-operations", body)["batchOperationKey"])

    def paused(self) -> str:
        key = self.batch()
        self.api.post(f"/v2/batch-operations/{key}/suspension", expect=204)
        return key

    def webhook(self) -> str:
        body = {"url": "https://hooks.example.com/a"}
        return str(self.api.post("/v2/webhooks", body)["webhookKey"])

    def alert_rule(self) -> str:
        return str(self.api.post("/v2/alert-rules", ALERT)["alertRuleKey"])

    def alert(self) -> str:
        return str(self.api.post(f"/v2/alert-rules/{self.alert_rule()}/test")["alertKey"])

    def user(self) -> Any:
        """Somebody new; whoever asks from now on must say who they are, and does."""
        if not self.api.engine.access().accounts:
            self.api.engine.add_account("boss", hash_password(PASSWORD), "admin")
            self.api.http.auth = ("boss", PASSWORD)
        self.count += 1
        return {"username": f"user-{self.count}", "password": PASSWORD, "role": "viewer"}

    def known_user(self) -> str:
        made = self.api.post("/v2/users", self.user())
        return str(made["username"])

    def token(self) -> str:
        return str(self.api.post("/v2/tokens", {"name": self.process()})["tokenKey"])

    def view(self) -> str:
        return str(self.api.post("/v2/views", {"name": self.process()})["viewKey"])

    def masked(self) -> Any:
        body = {"pattern": self.process()}
        self.api.post("/v2/masking-rules", body, expect=204)
        return body

    def facts(self) -> dict[str, int]:
        """How much there is of everything that a write leaves behind."""
        engine = self.api.engine
        page = engine.instances()
        assert page.next_cursor is None
        return {
            "instances": page.total,
            "facts": sum(engine.history(head.id, limit=1).last for head in page.items),
            "open jobs": engine.jobs().total,
            "evaluations": engine.evaluations().total,
            "webhooks": engine.webhooks().total,
            "alert rules": engine.alert_rules().total,
            "alerts": engine.alerts().total,
            "audit": engine.audit().total,
            "batches": engine.batches().total,
            "messages": engine.messages().total,
            "definitions": sum(p.versions for p in engine.processes().items),
        }


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with served(tmp_path) as api:
        yield World(api)


def _fresh_model(world: World) -> Any:
    world.count += 1
    inside = f"<startEvent id='s'/><task id='t{world.count}'/><endEvent id='e'/>"
    model = document(f"{inside}\ns -> t{world.count} -> e").replace(b"'p'", b"'q'")
    return [("resources", ("q.bpmn", model))]


def _waiting_message(world: World) -> Any:
    return {"name": "Paid", "correlationKey": world.waiting()}


def _activation(world: World) -> Any:
    world.drain()
    world.instance()
    return {"type": "work", "worker": "w", "timeout": 60_000, "maxJobsToActivate": 5}


Way = Callable[[World], Ready]
V2: dict[str, Way] = {
    "evaluate_decision": lambda w: (
        w.api.engine.deploy({"grade.dmn": GRADE}),
        Ready(
            "/decision-definitions/evaluation",
            {"decisionDefinitionId": "grade", "variables": {"points": 9}},
        ),
    )[1],
    "create_deployment": lambda w: Ready("/deployments", files=_fresh_model(w)),
    "create_element_instance_variables": lambda w: Ready(
        f"/element-instances/{w.instance()}/variables", {"variables": {"a": 1}}
    ),
    "create_webhook": lambda _: Ready("/webhooks", {"url": "https://hooks.example.com/b"}),
    "update_webhook": lambda w: Ready(f"/webhooks/{w.webhook()}", {"state": "PAUSED"}),
    "delete_webhook": lambda w: Ready(f"/webhooks/{w.webhook()}"),
    "replay_webhook": lambda w: Ready(
        f"/webhooks/{w.webhook()}/replay", {"since": "2026-01-01T00:00:00Z"}
    ),
    "rotate_webhook_secret": lambda w: Ready(f"/webhooks/{w.webhook()}/secret"),
    "create_alert_rule": lambda _: Ready("/alert-rules", ALERT),
    "update_alert_rule": lambda w: Ready(f"/alert-rules/{w.alert_rule()}", {"isEnabled": False}),
    "delete_alert_rule": lambda w: Ready(f"/alert-rules/{w.alert_rule()}"),
    "silence_alert_rule": lambda w: Ready(
        f"/alert-rules/{w.alert_rule()}/silence", {"until": "2099-01-01T00:00:00Z"}
    ),
    "test_alert_rule": lambda w: Ready(f"/alert-rules/{w.alert_rule()}/test"),
    "acknowledge_alert": lambda w: Ready(f"/alerts/{w.alert()}/acknowledgement"),
    "fire_timer": lambda w: Ready(f"/timers/{w.timer()}/firing", {"reason": "now"}),
    "resolve_incident": lambda w: Ready(f"/incidents/{w.failed()}/resolution", {}),
    "activate_jobs": lambda w: Ready("/jobs/activation", _activation(w)),
    "complete_job": lambda w: Ready(f"/jobs/{w.claimed()}/completion", {"variables": {"a": 1}}),
    "fail_job": lambda w: Ready(f"/jobs/{w.claimed()}/failure", {"retries": 0}),
    "throw_job_error": lambda w: Ready(f"/jobs/{w.claimed()}/error", {"errorCode": "DECLINED"}),
    "update_job": lambda w: Ready(
        f"/jobs/{w.claimed()}", {"changeset": {"retries": 5, "timeout": 90_000}}
    ),
    "publish_message": lambda _: Ready(
        "/messages/publication", {"name": "Kept", "correlationKey": "k", "timeToLive": 60_000}
    ),
    "correlate_message": lambda w: Ready("/messages/correlation", _waiting_message(w)),
    "evaluate_conditionals": lambda _: Ready(
        "/conditionals/evaluation", {"variables": {"stock": 3}}
    ),
    "broadcast_signal": lambda w: (w.listening(), Ready("/signals/broadcast", SIGNAL))[1],
    "cancel_process_instance": lambda w: Ready(f"/process-instances/{w.instance()}/cancellation"),
    "abandon_process_instance": lambda w: Ready(
        f"/process-instances/{w.instance()}/abandonment", {"reason": "of no use"}
    ),
    "suspend_process_instance": lambda w: Ready(f"/process-instances/{w.instance()}/suspension"),
    "resume_process_instance": lambda w: Ready(f"/process-instances/{w.suspended()}/resumption"),
    "resolve_process_instance_incidents": lambda w: Ready(
        f"/process-instances/{_of_job(w, w.failed())}/incident-resolution"
    ),
    "modify_process_instance": lambda w: Ready(
        f"/process-instances/{w.instance()}/modification",
        {"moveInstructions": [{"sourceElementId": "t", "targetElementId": "u"}]},
    ),
    "migrate_process_instance": lambda w: Ready(
        f"/process-instances/{w.instance()}/migration",
        {"targetProcessDefinitionKey": w.definition()},
    ),
    "restart_process_instance": lambda w: Ready(f"/process-instances/{w.cancelled()}/restart"),
    "delete_process_instance": lambda w: Ready(f"/process-instances/{w.cancelled()}/deletion"),
    "create_batch_operation": lambda w: Ready(
        "/batch-operations",
        {"batchOperationType": "SUSPEND_PROCESS_INSTANCE", "processInstanceKeys": [w.instance()]},
    ),
    "cancel_process_instances": lambda w: Ready(
        "/process-instances/cancellation", {"processInstanceKeys": [w.instance()]}
    ),
    "resolve_incidents": lambda w: Ready(
        "/process-instances/incident-resolution", {"processInstanceKeys": [w.instance()]}
    ),
    "delete_process_instances": lambda w: Ready(
        "/process-instances/deletion", {"processInstanceKeys": [w.cancelled()]}
    ),
    "migrate_process_instances": lambda w: Ready(
        "/process-instances/migration",
        {
            "processInstanceKeys": [w.instance()],
            "migrationPlan": {"targetProcessDefinitionKey": w.definition()},
        },
    ),
    "modify_process_instances": lambda w: Ready(
        "/process-instances/modification",
        {
            "processInstanceKeys": [w.instance()],
            "moveInstructions": [{"sourceElementId": "t", "targetElementId": "u"}],
        },
    ),
    "suspend_batch_operation": lambda w: Ready(f"/batch-operations/{w.batch()}/suspension"),
    "resume_batch_operation": lambda w: Ready(f"/batch-operations/{w.paused()}/resumption"),
    "cancel_batch_operation": lambda w: Ready(f"/batch-operations/{w.batch()}/cancellation"),
    "suspend_process_definition": lambda w: Ready(
        f"/process-definitions/{w.definition(fresh=True)}/suspension"
    ),
    "resume_process_definition": lambda w: Ready(
        f"/process-definitions/{w.held_definition()}/resumption"
    ),
    "suspend_process": lambda w: Ready(
        "/process-definitions/suspension", {"processDefinitionId": w.process()}
    ),
    "resume_process": lambda w: Ready(
        "/process-definitions/resumption", {"processDefinitionId": w.held_process()}
    ),
    "suspend_job_type": lambda w: Ready("/job-types/suspension", {"jobType": w.process()}),
    "resume_job_type": lambda w: Ready("/job-types/resumption", {"jobType": w.held_type()}),
    "set_policy": lambda w: Ready("/policies", w.override()),
    "clear_policy": lambda w: Ready("/policies/removal", w.overridden()),
    "create_process_instance": lambda _: Ready("/process-instances", {"processDefinitionId": "p"}),
    "create_process_instances": lambda _: Ready(
        "/process-instances/creations", {"processDefinitionId": "p", "items": [{}, {}]}
    ),
    "complete_jobs": lambda w: Ready("/jobs/completions", {"items": [{"jobKey": w.claimed()}]}),
    "complete_user_tasks": lambda w: Ready(
        "/user-tasks/completions", {"items": [{"userTaskKey": w.at_task()[1]}]}
    ),
    "publish_messages": lambda _: Ready(
        "/messages/publications",
        {"items": [{"name": "Kept", "correlationKey": k, "timeToLive": 60_000} for k in "ab"]},
    ),
    "complete_user_task": lambda w: Ready(f"/user-tasks/{w.at_task()[1]}/completion"),
    "assign_user_task": lambda w: Ready(
        f"/user-tasks/{w.at_task()[1]}/assignment", {"assignee": "ada"}
    ),
    "comment_user_task": lambda w: Ready(f"/user-tasks/{w.at_task()[1]}/comments", {"text": "hm"}),
    "comment_process_instance": lambda w: Ready(
        f"/process-instances/{w.instance()}/comments", {"text": "hm"}
    ),
    "save_user_task_draft": lambda w: Ready(
        f"/user-tasks/{w.at_task()[1]}/draft", {"values": {"a": 1}}
    ),
    "delete_user_task_draft": lambda w: Ready(f"/user-tasks/{w.at_task()[1]}/draft"),
    "unassign_user_task": lambda w: Ready(f"/user-tasks/{_assigned(w)}/assignee"),
    "update_user_task": lambda w: Ready(
        f"/user-tasks/{w.at_task()[1]}", {"changeset": {"priority": 80}}
    ),
    "create_user": lambda w: Ready("/users", w.user()),
    "update_user": lambda w: Ready(f"/users/{w.known_user()}", {"role": "operator"}),
    "delete_user": lambda w: Ready(f"/users/{w.known_user()}"),
    "create_token": lambda w: Ready("/tokens", {"name": w.process()}),
    "revoke_token": lambda w: Ready(f"/tokens/{w.token()}"),
    "save_view": lambda _: Ready("/views", {"name": "mine", "query": "is:incident"}),
    "delete_view": lambda w: Ready(f"/views/{w.view()}"),
    "set_masking_rule": lambda _: Ready("/masking-rules", {"pattern": "*diagnosis*"}),
    "clear_masking_rule": lambda w: Ready("/masking-rules/removal", w.masked()),
}
ALERT = {"name": "a", "condition": {"kind": "count", "threshold": 5}}
SIGNAL = {"signalName": "Closed"}
SHOWN_ONCE = re.compile(r'"token":("kap_[\w-]+"|null)')
"""A token is told to the first alone: nobody keeps it, so that nobody can tell it again."""
READS = re.compile(r"/search$|/statistics/|/[a-z-]*check$")
"""Paths of what asks by POST, and writes nothing."""


def _assigned(world: World) -> str:
    _, task = world.at_task()
    body = {"assignee": "ada"}
    world.api.post(f"/v2/user-tasks/{task}/assignment", body, expect=204)
    return task


def _of_job(world: World, job: str) -> str:
    body = {"filter": {"jobKey": job}}
    (found,) = world.api.post("/v2/jobs/search", body)["items"]
    return str(found["processInstanceKey"])


WORKER = {"workerId": "w"}
REST: dict[tuple[str, str], Way] = {
    ("POST", "/external-task/fetchAndLock"): lambda w: (
        _activation(w),
        Ready(
            "/external-task/fetchAndLock",
            {**WORKER, "maxTasks": 5, "topics": [{"topicName": "work", "lockDuration": 60_000}]},
        ),
    )[1],
    ("POST", "/external-task/{id}/complete"): lambda w: Ready(
        f"/external-task/{w.claimed()}/complete", WORKER
    ),
    ("POST", "/external-task/{id}/failure"): lambda w: Ready(
        f"/external-task/{w.claimed()}/failure", {**WORKER, "retries": 0}
    ),
    ("POST", "/external-task/{id}/bpmnError"): lambda w: Ready(
        f"/external-task/{w.claimed()}/bpmnError", {**WORKER, "errorCode": "DECLINED"}
    ),
    ("POST", "/external-task/{id}/unlock"): lambda w: Ready(f"/external-task/{w.claimed()}/unlock"),
    ("PUT", "/job/{id}/retries"): lambda w: Ready(f"/job/{w.claimed()}/retries", {"retries": 4}),
    ("POST", "/process-definition/key/{process}/start"): lambda _: Ready(
        "/process-definition/key/p/start", {"businessKey": "A-1"}
    ),
    ("POST", "/message"): lambda w: Ready(
        "/message",
        {
            "messageName": "Paid",
            "correlationKeys": {"id": {"value": w.waiting()}},
            "resultEnabled": True,
        },
    ),
    ("POST", "/signal"): lambda w: (w.listening(), Ready("/signal", {"name": "Closed"}))[1],
    ("POST", "/condition"): lambda _: Ready("/condition", {"variables": {"stock": {"value": 3}}}),
    ("POST", "/task/{id}/complete"): lambda w: Ready(f"/task/{w.at_task()[1]}/complete", {}),
    ("POST", "/task/{id}/comment/create"): lambda w: Ready(
        f"/task/{w.at_task()[1]}/comment/create", {"message": "hm"}
    ),
    ("DELETE", "/process-instance/{id}"): lambda w: Ready(f"/process-instance/{w.instance()}"),
}
"""The writes of `/engine-rest` whose second time would fail, or have another effect."""


def writes() -> list[str]:
    return sorted(
        name
        for name, one in operations.items()
        if one.method != "GET" and not READS.search(one.path)
    )


def test_every_write_of_the_document_is_tried(world: World) -> None:
    assert set(writes()) == set(V2)
    known = {(one.method, one.path) for one in routes}
    assert set(REST) <= known


def once_and_ten_times(world: World, method: str, base: str, way: Way) -> None:
    """Asserts that ten equal requests at once do as much as one, and are answered alike."""
    changes = []
    for times in (1, TIMES):
        ready = way(world)
        before = world.facts()
        start = threading.Barrier(times)

        def send(_: int, ready: Ready = ready, times: int = times, start: Any = start) -> Any:
            start.wait()
            answer = world.api.http.request(
                method,
                base + ready.path,
                headers={"Idempotency-Key": f"key-of-{times}"},
                **({"files": ready.files} if ready.files else {"json": ready.body or {}}),
            )
            return answer.status_code, SHOWN_ONCE.sub("·", answer.text)

        with ThreadPoolExecutor(times) as pool:
            answers = list(pool.map(send, range(times)))
        assert len(set(answers)) == 1, answers
        assert answers[0][0] in (200, 204), answers[0]
        after = world.facts()
        changes.append({name: after[name] - before[name] for name in after})
    assert changes[0] == changes[1]


@pytest.mark.parametrize("name", sorted(V2))
def test_a_write_of_v2(world: World, name: str) -> None:
    once_and_ten_times(world, operations[name].method, "/v2", V2[name])


@pytest.mark.parametrize(("method", "path"), sorted(REST))
def test_a_write_of_engine_rest(world: World, method: str, path: str) -> None:
    once_and_ten_times(world, method, "/engine-rest", REST[method, path])
