"""Decisions and forms in a real browser: seen, drawn, checked, tried, deployed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import EvaluationQuery
from tests.web.console.conftest import STORY, Site, make_site, served_at, watch

LOAN = STORY["loan_underwriting"]
READY = "#modeler[data-ready], [data-island][data-ready]"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A console with a story that decides and asks people, and three instances of it."""
    made = make_site(tmp_path_factory.mktemp("editors"), "loan_underwriting")
    for number in range(3):
        made.start("loan_underwriting", application_id=f"A-{number}")
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
    tab.wait_for_selector(READY)


def test_a_decision_shows_its_hits_and_what_was_recorded(page: Page, served: Site) -> None:
    opened(page, "/decisions/loan-risk")
    expect(page.get_by_role("tab", name="Loan risk")).to_have_attribute("aria-selected", "true")
    rules = page.get_by_role("region", name="Rules of Loan risk")
    expect(rules.get_by_role("row", name="NEEDS_FOUR_EYES")).to_contain_text("3")
    expect(rules.get_by_role("row", name="FRAUD_SUSPECTED")).to_contain_text("never")
    recorded = page.get_by_role("region", name="Recorded evaluations").locator("tbody tr")
    expect(recorded).to_have_count(3)
    recorded.first.get_by_role("link").first.click()
    expect(rules.locator("tr.fired")).to_contain_text("NEEDS_FOUR_EYES")
    expect(page.locator("#result")).to_contain_text("Came to")
    expect(page.get_by_role("region", name="Used by")).to_contain_text("Loan underwriting")


def test_a_decision_is_tried_and_the_rule_that_fired_lights_up(page: Page, served: Site) -> None:
    before = served.engine.evaluations(EvaluationQuery()).total
    opened(page, "/decisions/loan-risk")
    page.get_by_label("Fraud suspected").select_option("false")
    page.get_by_label("Credit score").fill("720")
    page.get_by_label("amount", exact=True).fill("1000")
    page.get_by_label("yearly_income", exact=True).fill("50000")
    page.get_by_role("button", name="Evaluate").click()
    page.wait_for_selector(READY)
    expect(page.locator("#result")).to_contain_text("GOOD_STANDING")
    fired = page.get_by_role("region", name="Rules of Loan risk").locator("tr.fired")
    expect(fired).to_have_count(1)
    expect(fired).to_contain_text("GOOD_STANDING")
    row = page.locator("td[data-row-id=RuleGood]").first
    other = page.locator("td[data-row-id=RuleFraud]").first
    colour = "one => getComputedStyle(one).backgroundColor"
    assert row.evaluate(colour) != other.evaluate(colour)
    assert served.engine.evaluations(EvaluationQuery()).total == before


def test_without_script_a_decision_is_read_and_tried(served: Site) -> None:
    text = served.text("/decisions/loan-risk?v=1")
    assert "&lt; 500" in text
    assert "GOOD_STANDING" in text
    answer = served.post("/decisions/loan-risk", **{"f:fraud_suspected": "true"})
    assert "FRAUD_SUSPECTED" in answer.text
    assert "Comes to" in answer.text
    wrong = served.post("/decisions/loan-risk", **{"f:credit_score": "many"})
    assert wrong.status_code == 422
    assert "is no number" in wrong.text


def test_a_broken_cell_is_found_shown_and_mended(page: Page, served: Site) -> None:
    opened(page, "/models/decision?decision=loan-risk")
    expect(page.locator("#model-verdict")).to_contain_text("nothing has changed")
    cell = page.locator("[data-element-id=RuleScore_score] [contenteditable]").first
    cell.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("1 +")
    page.keyboard.press("Enter")
    problems = page.locator("#model-problems")
    expect(problems).to_contain_text("expected an expression here", timeout=8000)
    page.get_by_role("tab", name="Requirements").click()
    page.get_by_role("button", name="Show RuleScore_score").click()
    expect(page.get_by_role("tab", name="Loan risk")).to_have_attribute("aria-selected", "true")
    marked = page.locator("[data-element-id=RuleScore_score]").first
    assert "none" not in marked.evaluate("one => getComputedStyle(one).boxShadow")
    cell.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("< 510")
    page.keyboard.press("Enter")
    expect(problems).not_to_contain_text("expected an expression here", timeout=8000)
    page.get_by_role("button", name="Undo").click()
    expect(cell).to_have_text("< 51")


def test_a_decision_is_edited_tried_reviewed_and_deployed(page: Page, served: Site) -> None:
    opened(page, "/models/decision?decision=loan-risk")
    cell = page.locator("[data-element-id=RuleScore_score] [contenteditable]").first
    cell.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("< 650")
    page.keyboard.press("Enter")
    expect(page.locator("#model-verdict")).to_contain_text("new version", timeout=8000)
    page.locator("#try-credit_score").fill("640")
    page.locator("#try-fraud_suspected").select_option("false")
    page.get_by_role("button", name="Evaluate").click()
    expect(page.locator("#decision-result")).to_contain_text("SCORE_TOO_LOW")
    expect(page.locator("#decision-result")).to_contain_text("Loan risk: rules 2")
    page.get_by_role("button", name="Review and deploy").click()
    expect(page.locator("main")).to_contain_text("becomes version 2")
    page.get_by_role("button", name="Deploy loan_risk.dmn").click()
    expect(page.locator("h1")).to_have_text("Loan risk")
    answer = served.engine.evaluate("loan-risk", {"credit_score": 640}, is_kept=False)
    assert answer.decision.version == 2
    assert answer.output["reason"] == "SCORE_TOO_LOW"


def test_requirements_are_drawn_by_keyboard(page: Page, served: Site) -> None:
    opened(page, "/models/decision")
    page.locator("#decision-name").fill("Discount")
    page.locator("#decision-id").fill("discount")
    page.locator("#decision-id").press("Tab")
    expect(page.get_by_role("tab", name="Discount")).to_be_visible()
    page.get_by_label("New element").select_option("expression")
    page.get_by_label("needed by").select_option("discount")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    page.get_by_label("New element").select_option("input")
    page.get_by_label("needed by").select_option("discount")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download").click()
    text = got.value.path().read_text()
    assert text.count("<informationRequirement") == 2
    assert "<literalExpression" in text
    assert "<inputData" in text
    page.get_by_role("button", name="Undo").click()
    with page.expect_download() as got:
        page.get_by_role("button", name="Download").click()
    assert got.value.path().read_text().count("<informationRequirement") == 1


def test_a_draft_outlives_its_tab_and_is_offered(page: Page, served: Site) -> None:
    opened(page, "/models/decision?decision=burden")
    page.locator("#decision-name").fill("Weight of the loan")
    page.locator("#decision-name").press("Tab")
    expect(page.locator("#model-kept")).to_contain_text("draft kept", timeout=8000)
    opened(page, "/models/decision?decision=burden")
    expect(page.locator("#decision-name")).to_have_value("Burden of the loan")
    page.get_by_role("button", name="Continue the draft").click()
    expect(page.locator("#decision-name")).to_have_value("Weight of the loan")
    opened(page, "/models/decision?decision=burden")
    page.get_by_role("button", name="Discard it").click()
    opened(page, "/models/decision?decision=burden")
    expect(page.locator("#model-draft")).to_be_hidden()


def test_a_form_is_seen_with_who_uses_it(page: Page, served: Site) -> None:
    opened(page, "/forms/loan-approval")
    expect(page.locator(".form-preview").get_by_text("Your verdict")).to_be_visible()
    expect(page.get_by_role("region", name="Used by")).to_contain_text("Approve loan, version 1")


def test_a_form_is_drawn_previewed_and_deployed(page: Page, served: Site) -> None:
    opened(page, "/models/form?form=loan-approval")
    expect(page.locator("#model-verdict")).to_contain_text("nothing has changed")
    page.get_by_label("New field").select_option("checkbox")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    expect(page.locator("#model-verdict")).to_contain_text("new version", timeout=8000)
    page.get_by_role("button", name="Preview", exact=True).click()
    preview = page.locator("[data-preview]")
    expect(preview.get_by_role("checkbox")).to_be_visible()
    page.locator("[data-sample]").fill('{"amount": 4711}')
    page.locator("[data-sample]").press("Tab")
    expect(preview.get_by_label("Amount applied for")).to_have_value("4711")
    preview.get_by_label("Why").click()
    preview.get_by_label("Why").press_sequentially("solvent")
    page.keyboard.press("Tab")
    expect(page.locator("[data-sent]")).to_contain_text('"second_comment": "solvent"')
    page.get_by_role("button", name="Review and deploy").click()
    expect(page.locator("main")).to_contain_text("becomes version 2")
    page.get_by_role("button", name="Deploy approval.form").click()
    expect(page.locator("h1")).to_have_text("loan-approval")
    latest = served.engine.form_versions("loan-approval")[0]
    schema = json.loads(served.engine.source(latest.key))
    assert (latest.version, schema["components"][-1]["type"]) == (2, "checkbox")


def test_lists_lead_to_decisions_and_forms(served: Site) -> None:
    assert "/decisions/loan-risk" in served.text("/decisions")
    assert "/forms/loan-approval" in served.text("/forms?q=approval")
    assert "No form has “ghost” in its id" in served.text("/forms?q=ghost")
    assert "No decision has “ghost”" in served.text("/decisions?q=ghost")


def test_addresses_that_mean_nothing_say_so(served: Site) -> None:
    for address in (
        "/decisions/ghost",
        "/decisions/loan-risk?v=99",
        "/models/decision?decision=ghost",
        "/forms/ghost",
        "/models/form?form=ghost",
        "/decisions/file/99999.dmn",
    ):
        served.text(address, 404)


def test_a_refused_file_of_any_kind_is_opened_again(served: Site) -> None:
    for name, content in (("d.dmn", b"<definitions"), ("f.form", b'{"id": "f"}')):
        answer = served.post("/models", **{f"kept:{name}": base64.b64encode(content).decode()})
        assert answer.status_code == 200
        assert name in answer.text
    broken = base64.b64encode(b"{").decode()
    assert served.post("/models", **{"kept:f.form": broken}).status_code == 422
