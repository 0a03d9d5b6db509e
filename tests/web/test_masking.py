"""A secret is shown nowhere: not in a page, an answer, an export, a message, a log, a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from engine import AuditQuery, Engine, Invalid, VariableFilter
from engine import InstanceQuery as Query
from tests.kit import document
from tests.web.cli.test_commands import Shell
from web.api import ApiSettings
from web.api.guard import ROLES, Accounts, hash_password
from web.application import create_app

SECRET = "s3cr3t-value"
MODEL = document(
    "<startEvent id='s'/><serviceTask id='t'><extensionElements>"
    "<zeebe:taskDefinition type='work' retries='1'/></extensionElements></serviceTask>"
    "<userTask id='u'/><endEvent id='e'/>\ns -> t -> u -> e"
).replace(b"id='p'", b"id='p' k:masked='note_for, card.*'")
PASSWORD = hash_password("wolf")


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine("sqlite://") as made:
        made.deploy({"p.bpmn": MODEL})
        yield made


@pytest.fixture
def instance(engine: Engine) -> int:
    variables = {
        "db_password": SECRET,
        "order": {"id": "A-1", "Access_Token": SECRET, "lines": [{"iban": SECRET}]},
        "note_for": SECRET,
        "amount": 12,
    }
    started = engine.start("p", variables, business_key="A-1").id
    engine.set_variables(started, {"db_password": f"{SECRET}-2"}, reason="rotated")
    (job,) = engine.activate_jobs(["work"], worker="w", limit=1)
    assert job.variables["db_password"] == f"{SECRET}-2"  # a worker does its work with it
    engine.fail_job(job.id, f"login with {SECRET}-2 was refused", retries=0, worker="w")
    return started


@pytest.fixture
def client(engine: Engine) -> FlaskClient:
    accounts = {
        role: {"password": PASSWORD, "permissions": sorted(permissions)}
        for role, permissions in ROLES.items()
    }
    settings = ApiSettings(authority=Accounts(accounts))
    return create_app(engine, secret_key="s", api_settings=settings).test_client()


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_no_page_shows_a_secret(client: FlaskClient, instance: int, role: str) -> None:
    base = f"/instances/{instance}"
    for address in (
        "/",
        "/instances?cols=db_password,order.Access_Token,note_for",
        base,
        f"{base}?el=t",
        f"{base}?tab=variables",
        f"{base}?tab=variables&name=db_password",
        f"{base}?tab=log",
        f"{base}?tab=json",
        f"{base}?tab=hands",
        f"{base}?tab=timeline",
        f"{base}?at=5",
        "/incidents",
        "/work",
        "/activity",
        "/activity.ndjson",
        "/instances.csv?cols=db_password,order,note_for",
        "/instances.ndjson?cols=db_password,order,note_for",
        "/trace/" + str(instance),
    ):
        answer = client.get(address, auth=(role, "wolf"))
        assert answer.status_code in (200, 404), address
        assert SECRET not in answer.text, address
    assert "••••••" in client.get(f"{base}?tab=variables", auth=(role, "wolf")).text


def test_no_answer_of_the_api_shows_a_secret(client: FlaskClient, instance: int) -> None:
    auth = ("operator", "wolf")
    for path, body in (
        ("/v2/variables/search", {}),
        ("/v2/process-instances/search", {}),
        ("/v2/incidents/search", {}),
        ("/v2/jobs/search", {}),
        ("/v2/audit/search", {}),
        ("/v2/element-instances/search", {}),
        ("/v2/events/search", {"since": "2020-01-01T00:00:00Z"}),
    ):
        answer = client.post(path, json=body, auth=auth)
        assert answer.status_code == 200, (path, answer.text)
        assert SECRET not in answer.text, path
    for path in (
        f"/engine-rest/process-instance/{instance}/variables",
        "/engine-rest/history/variable-instance",
        "/engine-rest/variable-instance",
        f"/v2/process-instances/{instance}",
    ):
        assert SECRET not in client.get(path, auth=auth).text, path
    found = client.post("/v2/variables/search", json={}, auth=auth).json
    assert found is not None
    assert "••••••" in json.dumps(found, ensure_ascii=False)


def test_who_may_reveals_with_a_reason_that_is_kept(
    client: FlaskClient, engine: Engine, instance: int
) -> None:
    reason = {"Reveal-Reason": "the customer called"}
    answer = client.post("/v2/variables/search", json={}, headers=reason, auth=("viewer", "wolf"))
    assert answer.status_code == 403
    answer = client.post("/v2/variables/search", json={}, headers=reason, auth=("admin", "wolf"))
    assert SECRET in answer.text
    scope = engine.variables(instance)[0].id
    address = f"/instances/{instance}/reveal"
    shown = client.get(f"/instances/{instance}?tab=variables", auth=("admin", "wolf")).text
    assert f"{address}?name=db_password" in shown
    plain = client.get(f"/instances/{instance}?tab=variables", auth=("operator", "wolf")).text
    assert address not in plain
    client.get(f"{address}?name=db_password", auth=("admin", "wolf"))
    with client.session_transaction() as session:
        form = {"form_token": session["form_token"], "name": "db_password", "scope": str(scope)}
    assert client.post(address, data=form, auth=("admin", "wolf")).status_code == 422
    given = {**form, "reason": "asked by the police"}
    assert client.post(address, data=given, auth=("operator", "wolf")).status_code == 403
    assert f"{SECRET}-2" in client.post(address, data=given, auth=("admin", "wolf")).text
    lines = engine.audit(AuditQuery(verbs=("reveal",))).items
    assert sorted((one.by.name, one.reason) for one in lines) == [
        ("admin", "asked by the police"),
        ("admin", "the customer called"),
    ]


def test_dots_that_come_back_change_nothing(
    client: FlaskClient, engine: Engine, instance: int
) -> None:
    shown = client.application.extensions["shown"]
    with client.application.test_request_context():
        shown.set_variables(instance, {"db_password": "••••••", "amount": 13}, reason="more")
        values = engine.variables(instance)[0].variables
        assert (values["db_password"], values["amount"]) == (f"{SECRET}-2", 13)
        with pytest.raises(Invalid, match="give the whole value"):
            shown.set_variables(instance, {"order": {"Access_Token": "••••••"}}, reason="x")
        engine.cancel(instance, reason="x")
        again = shown.restart(instance, reason="x", variables={"db_password": "••••••", "n": 1})
    assert engine.variables(again.created)[0].variables["db_password"].startswith(SECRET)


def test_nobody_finds_a_secret_by_asking_who_may_not_see_it(
    client: FlaskClient, instance: int
) -> None:
    query = {"q": f"var.db_password={SECRET}-2"}
    assert client.get("/instances", query_string=query, auth=("viewer", "wolf")).status_code == 422
    assert client.get("/instances", query_string=query, auth=("admin", "wolf")).status_code == 200
    assert Query(variables=(VariableFilter(name="amount", value=12),)).variables


def test_an_admin_says_what_is_secret_over_defaults_and_models(engine: Engine) -> None:
    assert engine.masks.is_masked("DB_Password")
    assert engine.masks.is_masked("note_for")
    assert engine.masks.is_masked("card.number")
    assert not engine.masks.is_masked("amount")
    engine.set_mask("amount")
    engine.set_mask("note_for", False)
    assert engine.masks.is_masked("amount")
    assert not engine.masks.is_masked("note_for")
    origins = {one.pattern: one.origin for one in engine.mask_patterns()}
    assert (origins["amount"], origins["*iban*"], origins["card.*"]) == (
        "admin",
        "default",
        "model",
    )
    engine.clear_mask("amount")
    assert not engine.masks.is_masked("amount")


def test_a_message_of_an_error_keeps_no_secret(engine: Engine, instance: int) -> None:
    (incident,) = engine.incidents().items
    assert incident.message == "login with •••••• was refused"
    assert SECRET not in str(engine.history(instance).items[-1].detail)


def test_a_move_that_failed_keeps_no_secret(engine: Engine) -> None:
    model = document(
        "<startEvent id='s'/><intermediateCatchEvent id='t'><timerEventDefinition>"
        "<timeDuration>=password</timeDuration></timerEventDefinition></intermediateCatchEvent>"
        "<endEvent id='e'/>\ns -> t -> e"
    ).replace(b"id='p'", b"id='parked'")
    engine.deploy({"parked.bpmn": model})
    id = engine.start("parked", {"password": SECRET}).id
    (parked,) = [one for one in engine.history(id).items if one.kind == "parked"]
    assert SECRET not in str(parked.detail)
    assert parked.detail["message"] == engine.instance(id).incidents[0].message


def test_a_terminal_shows_dots_unless_it_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path)
    shell.run("deploy", shell.file("p.bpmn", MODEL))
    id = str(shell.json("start", "p", "-v", f"password={SECRET}")["id"])
    assert SECRET not in shell.run("show", id).output
    assert re.search("password.*••••••", str(shell.json("show", id)))
    assert SECRET in shell.run("--reveal", "support", "show", id).output
