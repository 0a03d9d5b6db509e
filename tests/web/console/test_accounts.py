"""With accounts, the console asks who is there, and lets everybody do what they may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from engine import Engine
from tests.kit import document
from web.api import ApiSettings
from web.api.guard import Accounts, hash_password
from web.application import create_app

ACCOUNTS = {
    "ana": {"password": hash_password("wolf"), "permissions": ["view"]},
    "ben": {"password": hash_password("gang"), "permissions": ["view", "operate"]},
}


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    with Engine("sqlite://") as engine:
        engine.deploy({"p.bpmn": document("<startEvent id='s'/><endEvent id='e'/>\ns -> e")})
        settings = ApiSettings(authority=Accounts(ACCOUNTS))
        yield create_app(engine, secret_key="s", api_settings=settings).test_client()


def test_nobody_is_asked_for_credentials(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].lower().startswith("basic")
    assert client.get("/instances", auth=("ana", "wrong")).status_code == 401
    with client.get("/static/icon.svg") as icon:  # what makes the page readable
        assert icon.status_code == 200


def test_who_may_view_sees_pages_and_may_not_deploy(client: FlaskClient) -> None:
    assert client.get("/", auth=("ana", "wolf")).status_code == 200
    assert client.get("/processes/p", auth=("ana", "wolf")).status_code == 200
    assert client.get("/deploy", auth=("ana", "wolf")).status_code == 403
    assert client.post("/processes/p/start", auth=("ana", "wolf")).status_code == 403


def test_the_demo_answers_this_machine_only() -> None:
    with Engine("sqlite://") as engine:
        client = create_app(engine, secret_key="s").test_client()
        assert client.get("/").status_code == 200
        away = {"REMOTE_ADDR": "203.0.113.7"}
        assert client.get("/", environ_base=away).status_code == 401
        assert client.get("/", headers={"Host": "console.example.org"}).status_code == 401
