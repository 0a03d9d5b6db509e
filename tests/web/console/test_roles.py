"""What one may not do is not offered, and not done."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine import Engine, TaskQuery
from tests.kit import document
from web.api import ApiSettings
from web.api.guard import ROLES, Accounts, hash_password
from web.application import create_app

FORM = re.compile(r'<form\b[^>]*method="post"[^>]*action="([^"]*)"')
LINK = re.compile(r'<a\b[^>]*href="(/[^"]*)"')
PASSWORD = hash_password("wolf")
MODEL = document(
    "<startEvent id='s'/><userTask id='u'/><serviceTask id='t'><extensionElements>"
    "<zeebe:taskDefinition type='work' retries='1'/></extensionElements></serviceTask>"
    "<intermediateCatchEvent id='c'><timerEventDefinition><timeDuration>PT1H</timeDuration>"
    "</timerEventDefinition></intermediateCatchEvent><endEvent id='e'/>\n"
    "s -> u -> e\ns -> t -> e\ns -> c -> e"
)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine("sqlite://") as made:
        made.deploy({"p.bpmn": MODEL})
        made.start("p", {"password": "x"})
        (job,) = made.activate_jobs(["work"], worker="w", limit=1)
        made.fail_job(job.id, "broken", retries=0, worker="w")
        yield made


@pytest.fixture
def client(engine: Engine) -> FlaskClient:
    accounts = {
        role: {"password": PASSWORD, "permissions": sorted(permissions)}
        for role, permissions in ROLES.items()
    }
    settings = ApiSettings(authority=Accounts(accounts))
    return create_app(engine, secret_key="s", api_settings=settings).test_client()


def _asked(app: Flask, address: str, method: str) -> str:
    path = address.partition("?")[0].partition("#")[0]
    endpoint, _ = app.url_map.bind("localhost").match(path, method=method)
    found: str = app.extensions["console.permissions"].get(endpoint, "anyone")
    return found


@pytest.mark.parametrize("role", list(ROLES))
def test_no_role_is_offered_what_it_may_not_do(
    client: FlaskClient, engine: Engine, role: str
) -> None:
    (instance,) = engine.instances().items
    (task,) = engine.tasks(TaskQuery()).items
    offered = set()
    for address in (
        "/",
        "/instances",
        f"/instances/{instance.id}",
        f"/instances/{instance.id}?el=t",
        f"/instances/{instance.id}?el=c",
        "/incidents",
        "/tasks",
        f"/tasks/{task.id}",
        "/work",
        "/messages",
        "/timers",
        "/activity",
        "/batches",
        "/processes",
        "/processes/p",
        "/processes/p/compare",
        "/processes/p/insights",
        "/alerts",
        *(["/admin"] if "admin" in ROLES[role] else []),
    ):
        answer = client.get(address, auth=(role, "wolf"))
        assert answer.status_code == 200, address
        forms = {(one, "POST") for one in FORM.findall(answer.text)}
        links = {(one, "GET") for one in LINK.findall(answer.text) if "/static/" not in one}
        for target, method in forms | links:
            asked = _asked(client.application, target, method)
            assert asked == "anyone" or asked in ROLES[role], (address, target)
            offered.add(asked)
    assert offered - {"anyone"} == ROLES[role]


def test_what_is_sent_all_the_same_is_refused(client: FlaskClient, engine: Engine) -> None:
    (instance,) = engine.instances().items
    address = f"/instances/{instance.id}/cancel"
    assert client.post(address, auth=("viewer", "wolf")).status_code == 403
    assert engine.instance(instance.id).head.state == "active"
