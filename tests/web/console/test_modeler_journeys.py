"""Whoever draws processes: from where they begin to where they see it done, in how many clicks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from engine import InstanceQuery, TaskQuery
from processes.order_fulfilment import handlers
from tests.kit import document
from tests.web.console.conftest import COUNT, STORY, Site, drawn, make_site, served_at, watch

ORDER = STORY["order_fulfilment"].process_id
FILE = "order_fulfilment.bpmn"
MODEL = STORY["order_fulfilment"].files[FILE].read_bytes()
Counted = tuple[Page, Callable[[], int]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A console of an engine with handlers of its own."""
    made = make_site(tmp_path_factory.mktemp("drawing"), "order_fulfilment")
    made.engine.handlers.include(type(made.engine.handlers).of(handlers))
    with served_at(made):
        yield made


@pytest.fixture
def counted(chromium: Browser, served: Site) -> Iterator[Counted]:
    """A fresh tab that counts clicks."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=served.url)
    context.add_init_script(f"({COUNT})()")
    tab = context.new_page()
    wrong = watch(tab)
    yield tab, lambda: int(tab.evaluate("Number(sessionStorage.clicks) || 0"))
    context.close()
    assert not wrong


def upload(tab: Page, content: bytes) -> None:
    tab.goto("/deploy")
    given = FilePayload(name=FILE, mimeType="text/xml", buffer=content)
    tab.locator("#files").set_input_files(given)
    tab.get_by_role("button", name="Review").click()


def test_a_file_with_errors_is_shown_with_them_and_not_stored(
    counted: Counted, served: Site
) -> None:
    page, clicks = counted
    latest = served.engine.latest(ORDER).version
    broken = MODEL.replace(b'attachedToRef="ReserveStock"', b'attachedToRef="OrderReceived"')
    broken = broken.replace(b'type="validate-order"', b'type=""', 1)
    upload(page, broken)
    drawn(page)
    assert clicks() <= 1
    expect(page.locator("#verdict")).to_contain_text("Refused")
    expect(page.locator(".djs-element.has-error")).not_to_have_count(0)
    expect(page.get_by_role("button", name="Deploy order")).to_have_count(0)
    assert served.engine.latest(ORDER).version == latest


def test_a_changed_file_is_compared_and_deployed(counted: Counted, served: Site) -> None:
    page, clicks = counted
    latest = served.engine.latest(ORDER).version
    upload(page, MODEL.replace(b'name="Reserve stock"', b'name="Hold stock"'))
    expect(page.get_by_role("table", name="What differs in")).to_contain_text("Hold stock")
    page.get_by_role("button", name=f"Deploy {FILE}").click()
    expect(page.locator(".flashes")).to_contain_text(f"version {latest + 1}")
    assert clicks() <= 2


def test_the_same_file_indented_anew_makes_no_version(counted: Counted, served: Site) -> None:
    page, clicks = counted
    latest = served.engine.latest(ORDER)
    upload(page, served.engine.source(latest.key).replace(b">\n", b">\n   "))
    expect(page.locator("main")).to_contain_text(f"unchanged: version {latest.version} stays")
    assert clicks() <= 1
    assert served.engine.latest(ORDER).version == latest.version


def test_a_process_is_drawn_by_templates_simulated_deployed_and_started(
    counted: Counted, served: Site
) -> None:
    page, clicks = counted
    page.goto("/models")
    page.wait_for_selector("#modeler[data-ready]")
    kind, add = (
        page.get_by_label("Add after it"),
        page.get_by_role("button", name="Add", exact=True),
    )
    page.get_by_label("for jobs of type").fill("validate-order")
    add.click()
    kind.select_option(label="User task")
    add.click()
    kind.select_option(label="End")
    add.click()
    expect(page.locator("#model-verdict")).to_contain_text("it can be deployed; new here")
    expect(page.locator("#model-problems")).to_have_text("")
    page.get_by_text("Token Simulation").click()
    page.locator(".bts-context-pad[title='Trigger Event']").first.click()
    expect(page.locator(".bts-notification, .bts-log .bts-entry").first).to_be_attached()
    page.get_by_text("Token Simulation").click()
    page.get_by_role("button", name="Review and deploy").click()
    page.get_by_role("button", name="Deploy process.bpmn").click()
    expect(page.locator("h1")).to_have_text("New process")
    page.get_by_role("link", name="Start an instance").click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/instances/*")
    assert clicks() <= 20
    new = next(one for one in served.engine.processes().items if one.name == "New process")
    assert served.engine.definition(new.key).job_types == ["validate-order"]
    assert served.engine.instances(InstanceQuery(definition=new.key)).total == 1
    source = served.engine.source(new.key).decode()
    assert 'modelerTemplate="kapellmeister.validate-order"' in source


def test_a_draft_that_was_deployed_is_forgotten(counted: Counted) -> None:
    page, _ = counted
    page.goto("/models")
    page.wait_for_selector("#modeler[data-ready]")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Add after it").select_option(label="End")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#model-kept")).to_contain_text("draft kept", timeout=8000)
    page.goto("/models")
    page.wait_for_selector("#modeler[data-ready]")
    page.get_by_role("button", name="Continue the draft").click()
    expect(page.get_by_label("Step", exact=True).locator("option")).to_have_count(3)
    expect(page.locator("#model-verdict")).to_contain_text("it can be deployed", timeout=8000)
    page.get_by_role("button", name="Review and deploy").click()
    page.get_by_role("button", name="Deploy process.bpmn").click()
    page.wait_for_url("**/processes/*")
    page.goto("/models")
    page.wait_for_selector("#modeler[data-ready]")
    expect(page.locator("#model-draft")).to_be_hidden()


@pytest.mark.parametrize("dialect", ["camunda8", "camunda7"])
def test_a_template_is_chosen_by_what_it_does(counted: Counted, dialect: str) -> None:
    page, _ = counted
    page.goto(f"/models?dialect={dialect}")
    page.wait_for_selector("#modeler[data-ready]")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Template…").click()
    search = page.get_by_label("Find a template by name or purpose")
    search.fill("set the goods")
    expect(page.locator("#model-templates li")).to_have_count(1)
    search.press("Enter")
    expect(page.locator("#model-templates")).to_be_hidden()
    expect(page.locator("#model-panel")).to_contain_text("reserve-stock")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download").click()
    assert "reserve-stock" in got.value.path().read_text()


def test_own_templates_are_loaded_from_files_and_stay(counted: Counted, tmp_path: Path) -> None:
    page, _ = counted
    page.goto("/models")
    page.wait_for_selector("#modeler[data-ready]")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Template…").click()
    binding = {"type": "zeebe:taskDefinition", "property": "type"}
    template = {
        "$schema": "https://unpkg.com/@camunda/zeebe-element-templates-json-schema/resources/schema.json",
        "name": "Send a postcard",
        "id": "own.postcard",
        "appliesTo": ["bpmn:ServiceTask"],
        "properties": [{"type": "Hidden", "value": "send-postcard", "binding": binding}],
    }
    file = tmp_path / "postcard.json"
    file.write_text(json.dumps(template))
    page.locator("#model-template-files").set_input_files(file)
    expect(page.locator("#model-templates")).to_contain_text("Loaded postcard.json.")
    file.write_text("{")
    page.locator("#model-template-files").set_input_files(file)
    expect(page.locator("#model-templates")).to_contain_text("postcard.json is no JSON")
    page.reload()
    page.wait_for_selector("#modeler[data-ready]")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Template…").click()
    page.get_by_role("button", name="Send a postcard").click()
    problems = page.locator("#model-problems")
    expect(problems).to_contain_text("Nobody serves jobs of type “send-postcard”", timeout=8000)


def test_a_type_that_nearly_fits_is_pointed_at(counted: Counted) -> None:
    page, _ = counted
    page.goto("/models")
    page.wait_for_selector("#modeler[data-ready]")
    page.get_by_label("for jobs of type").fill("validate_order")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#model-problems")).to_contain_text("“validate-order” is served.")


def test_expressions_complete_the_variables_that_the_engine_knows(counted: Counted) -> None:
    page, _ = counted
    page.goto(f"/models?process={ORDER}")
    page.wait_for_selector("#modeler[data-ready]")
    step = page.get_by_label("Step", exact=True)
    step.select_option(label="Carrier arrives (intermediate catch event)")
    page.locator("[data-group-id='group-timer'] .bio-properties-panel-group-header").click()
    page.locator("[data-group-id='group-timer'] .cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("pickup")
    offered = page.locator(".cm-tooltip-autocomplete")
    expect(offered).to_contain_text("pickup_in")  # what a handler answers
    expect(offered).to_contain_text("pickup_delay")  # a field of the start form


def test_many_are_migrated_one_first_then_the_rest(counted: Counted, served: Site) -> None:
    page, clicks = counted
    old = """<startEvent id='s'/><userTask id='check' name='Check'/><userTask id='gone' name='Old'/>
<endEvent id='e'/>
s -> check -> gone -> e"""
    new = """<startEvent id='s'/><userTask id='verify' name='Check'/><endEvent id='e'/>
s -> verify -> e"""
    served.engine.deploy({"m.bpmn": document(old).replace(b"id='p'", b"id='moving'")})
    many = [served.engine.start("moving", {}).id for _ in range(214)]
    for id in many[:2]:
        task = served.engine.tasks(TaskQuery(instance=id)).items[0]
        served.engine.complete_task(task.id, {})
    served.engine.deploy({"m.bpmn": document(new).replace(b"id='p'", b"id='moving'")})
    page.goto("/processes/moving")
    page.get_by_role("link", name="Migrate instances").click()
    expect(page.get_by_label("Where Check goes on")).to_have_value("verify")
    expect(page.locator("#verdict")).to_contain_text("would go on")
    page.get_by_label("Reason").fill("the old step is no more")
    page.get_by_role("button", name="Migrate one first").click()
    served.engine.run_due()
    page.reload()
    expect(page.locator("main")).to_contain_text("The first one goes on with version 2.")
    page.get_by_label("At most per second").fill("1000")
    page.get_by_role("button", name="Migrate the 213 that are left").click()
    page.wait_for_url("**/batches/*")
    assert clicks() <= 5
    batch = served.engine.batches().items[0]
    for _ in range(100):
        served.engine.run_due()
        batch = served.engine.batch(batch.id)
        if not batch.left:
            break
    assert (batch.total, batch.done, batch.skipped + batch.failed) == (213, 211, 2)
    page.reload()
    expect(page.locator("main")).to_contain_text("gone")
