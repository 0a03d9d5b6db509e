"""Modelling in a real browser: draw, check, review, deploy, compare."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.kit import document
from tests.web.console.conftest import STORY, Site, drawn, make_site, served_at, watch

ORDER = STORY["order_fulfilment"].process_id
FILE = "order_fulfilment.bpmn"
MODEL = STORY["order_fulfilment"].files[FILE].read_bytes()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A console with two versions of a process, and an instance of the first."""
    made = make_site(tmp_path_factory.mktemp("modeling"), "order_fulfilment")
    made.start("order_fulfilment", order_id="STUCK", payment_behaviour="down")
    renamed = MODEL.replace(b'name="Reserve stock"', b'name="Hold stock"')
    made.engine.deploy({**STORY["order_fulfilment"].contents(), FILE: renamed})
    with served_at(made):
        yield made


@pytest.fixture
def page(chromium: Browser, served: Site) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=served.url)
    tab = context.new_page()
    wrong = watch(tab)
    yield tab
    context.close()
    assert not wrong


def opened(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.wait_for_selector("#modeler[data-ready]")


def upload(tab: Page, content: bytes) -> None:
    tab.goto("/deploy")
    given = FilePayload(name=FILE, mimeType="text/xml", buffer=content)
    tab.locator("#files").set_input_files(given)
    tab.get_by_role("button", name="Review").click()
    drawn(tab)


def test_a_process_is_drawn_by_keyboard_checked_and_deployed(page: Page, served: Site) -> None:
    opened(page, "/models")
    name = page.evaluate("document.getElementById('modeler').dataset.name")
    assert name == "process.bpmn"
    step, kind = page.get_by_label("Step", exact=True), page.get_by_label("Add after it")
    add = page.get_by_role("button", name="Add", exact=True)
    kind.select_option(label="Service task")
    add.press("Enter")
    expect(page.locator("#model-problems")).to_contain_text("no end event")
    page.get_by_role("button", name="Task definition").or_(
        page.locator("[data-group-id='group-taskDefinition'] .bio-properties-panel-group-header")
    ).first.click()
    page.locator("#bio-properties-panel-taskDefinitionType").click()
    page.keyboard.type("greet")
    page.keyboard.press("Tab")
    kind.select_option(label="End")
    expect(step.locator("option")).to_have_count(2)
    add.press("Enter")
    expect(page.locator("#model-verdict")).to_contain_text("it can be deployed; new here")
    expect(page.locator("#model-problems")).to_contain_text("Nobody serves jobs of type “greet”")
    page.get_by_role("button", name="Review and deploy").press("Enter")
    expect(page.locator("main")).to_contain_text("it becomes version 1")
    page.get_by_role("button", name="Deploy process.bpmn").click()
    expect(page.locator("h1")).to_have_text("New process")
    new = next(one for one in served.engine.processes().items if one.name == "New process")
    assert served.engine.definition(new.key).job_types == ["greet"]


@pytest.mark.parametrize("dialect", ["camunda8", "camunda7"])
def test_a_task_is_added_for_jobs_of_a_type(page: Page, served: Site, dialect: str) -> None:
    opened(page, f"/models?dialect={dialect}")
    page.get_by_label("for jobs of type").fill("validate-order")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Add after it").select_option(label="End")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#model-verdict")).to_contain_text("it can be deployed; new here")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download").click()
    review = served.engine.review({"p.bpmn": got.value.path().read_bytes()})
    assert [(one.kind, one.name) for one in review.reports[0].needed] == [
        ("handler", "validate-order")
    ]


def test_an_edit_of_what_is_deployed_is_the_only_difference(page: Page, served: Site) -> None:
    opened(page, f"/models?process={ORDER}")
    page.locator('[data-element-id="ReserveStock"] .djs-hit').first.click()
    page.locator("[data-group-id='group-general'] .bio-properties-panel-group-header").click()
    page.locator("#bio-properties-panel-name").fill("Set stock aside")
    page.keyboard.press("Tab")
    expect(page.locator("#model-verdict")).to_contain_text("1 element differs")
    page.get_by_role("button", name="Review and deploy").click()
    drawn(page)
    table = page.get_by_role("table", name="What differs in")
    expect(table).to_contain_text("Hold stock → Set stock aside")
    expect(table.locator("tbody tr")).to_have_count(1)
    marked = page.locator('[data-element-id="ReserveStock"]').first
    assert "diff-changed" in (marked.get_attribute("class") or "")


def test_upload_tells_what_differs_who_is_missing_and_who_stays(page: Page, served: Site) -> None:
    upload(page, MODEL.replace(b'"validate-order"', b'"validate-ordr"'))
    text = page.inner_text("main")
    assert "becomes version 3" in text
    assert "1 instance stays on the older version" in text
    assert "validate-ordr" in text
    assert "read as Camunda 8" in text
    assert served.engine.latest(ORDER).version == 2


def test_the_same_file_indented_anew_is_said_to_be_unchanged(page: Page, served: Site) -> None:
    latest = served.engine.source(served.engine.latest(ORDER).key)
    upload(page, latest.replace(b">\n", b">\n\n  "))
    assert "unchanged: version 2 stays" in page.inner_text("main")


def test_a_refused_file_is_mended_in_the_modeler(page: Page, served: Site) -> None:
    upload(page, MODEL.replace(b'attachedToRef="ReserveStock"', b'attachedToRef="OrderReceived"'))
    assert "Refused" in page.inner_text("main")
    page.get_by_role("button", name="Open in the modeler").click()
    page.wait_for_selector("#modeler[data-ready]")
    expect(page.locator("#model-verdict")).to_contain_text("from being deployed")
    expect(page.locator(".djs-element.has-error")).not_to_have_count(0)


def test_versions_stand_side_by_side_with_what_differs(page: Page, served: Site) -> None:
    page.goto(f"/processes/{ORDER}")
    page.get_by_role("link", name="Compare versions").click()
    expect(page.locator("[data-island][data-ready]")).to_have_count(2)
    assert page.locator(".djs-element.diff-changed").count() == 2
    assert "Reserve stock → Hold stock" in page.inner_text("main")
    other = page.locator("#diagram .viewport")
    stood = other.get_attribute("transform") or ""
    page.locator("#before .djs-container").hover()
    page.mouse.wheel(0, 200)
    expect(other).not_to_have_attribute("transform", stood)


def test_insights_show_what_was_recorded_as_heat_and_in_tables(page: Page, served: Site) -> None:
    page.goto(f"/processes/{ORDER}")
    page.get_by_role("link", name="Insights").click()
    drawn(page)
    page.get_by_label("Heat shows").select_option(label="Retries")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**heat=retries**")
    drawn(page)
    steps = page.get_by_role("region", name="By step")
    expect(steps.get_by_role("row", name="Authorise payment")).to_contain_text("2")
    hot = page.locator(".djs-element.heat-5")
    assert [one.get_attribute("data-element-id") for one in hot.all()] == ["AuthorisePayment"]
    rows = page.get_by_role("region", name="By version").locator("tbody tr")
    expect(rows).to_have_count(1)
    assert page.locator(".bars .started").count() == 7
    ages = page.get_by_role("region", name="How old the open ones are").locator("tbody tr")
    expect(ages.last.locator("meter")).to_have_attribute("value", "1")


def test_addresses_that_mean_nothing_say_so(served: Site) -> None:
    for address in (
        "/models?process=nothing",
        f"/models?process={ORDER}&v=99",
        "/models?dialect=morse",
        f"/processes/{ORDER}/compare?from=99",
        f"/processes/{ORDER}/insights?v=99",
        "/processes/nothing/insights",
    ):
        served.text(address, 404)


def test_a_file_without_a_diagram_is_not_opened(served: Site) -> None:
    content = base64.b64encode(document("<startEvent id='s'/>")).decode()
    answer = served.post("/models", **{"kept:p.bpmn": content})
    assert answer.status_code == 404
    assert "no diagram in these files" in answer.text
