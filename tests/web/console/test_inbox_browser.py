"""The inbox in a real browser: forms drawn by form-js, keys, drafts; the way from task to task."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import Actor, TaskQuery
from tests.kit import document
from tests.web.console.conftest import COUNT, Site, make_site, served_at, watch

FORM = {
    "type": "default",
    "id": "decide",
    "components": [
        {"type": "text", "id": "f0", "text": "The amount is **{{amount}}**."},
        {
            "type": "textfield",
            "id": "f1",
            "key": "customer",
            "label": "Customer",
            "validate": {"required": True},
        },
        {"type": "number", "id": "f2", "key": "amount", "label": "Amount"},
        {
            "type": "radio",
            "id": "f3",
            "key": "verdict",
            "label": "Verdict",
            "values": [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}],
        },
        {
            "type": "textarea",
            "id": "f4",
            "key": "why",
            "label": "Why not",
            "conditional": {"hide": '=verdict != "no"'},
            "validate": {"required": True},
        },
        {
            "type": "dynamiclist",
            "id": "f5",
            "path": "lines",
            "label": "Lines",
            "isRepeating": True,
            "allowAddRemove": True,
            "defaultRepetitions": 1,
            "components": [
                {"type": "textfield", "id": "f6", "key": "article", "label": "Article"},
                {
                    "type": "select",
                    "id": "f7",
                    "key": "size",
                    "label": "Size",
                    "valuesKey": "sizes",
                },
            ],
        },
    ],
}
TASKS = """<startEvent id='s'/><userTask id='t' name='Decide' k:dueDate='=due'><extensionElements>
<zeebe:formDefinition formId='decide'/></extensionElements></userTask><endEvent id='e'/>
s -> t -> e"""
MARK = """() => [...document.querySelectorAll('.fjs-powered-by')].map((mark) => {
  const link = mark.querySelector('a') ?? mark;
  link.scrollIntoView({block: 'center'});
  const box = link.getBoundingClientRect(), style = getComputedStyle(link);
  const points = [[.1, .1], [.9, .1], [.5, .5], [.1, .9], [.9, .9]].map(([x, y]) =>
    document.elementFromPoint(box.left + box.width * x, box.top + box.height * y));
  return box.width > 20 && box.height > 10 && style.visibility === 'visible'
    && Number(style.opacity) === 1 && box.right <= innerWidth && box.bottom <= innerHeight
    && points.every((one) => one && (one === link || link.contains(one)));
})"""


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = make_site(tmp_path_factory.mktemp("inbox"))
    made.engine.deploy({"p.bpmn": document(TASKS), "decide.form": json.dumps(FORM).encode()})
    with served_at(made):
        yield made


@pytest.fixture
def page(chromium: Browser, inbox: Site) -> Iterator[Page]:
    """A fresh tab over tasks of this test alone, the most urgent due first."""
    for task in inbox.engine.tasks().items:
        inbox.engine.cancel(task.instance, reason="of another test")
    for number in range(3):
        due = (datetime.now(UTC) + timedelta(days=1 + number)).isoformat()
        given = {"due": due, "amount": 12.5, "sizes": [{"label": "Large", "value": 3}]}
        inbox.engine.start("p", given, business_key=f"B-{number}")
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=inbox.url)
    context.add_init_script(f"({COUNT})()")
    tab = context.new_page()
    wrong = watch(tab)
    yield tab
    context.close()
    assert not wrong


def drawn(tab: Page) -> None:
    tab.wait_for_selector("[data-island=form][data-ready]")


def open_first(tab: Page) -> None:
    tab.goto("/tasks")
    tab.locator(".tasklist th a").first.click()
    drawn(tab)


def test_a_task_is_filled_and_sent_by_key_and_the_next_one_opens(page: Page, inbox: Site) -> None:
    open_first(page)
    page.get_by_label("Customer").click()
    page.keyboard.type("Clara")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=“Decide” is done")
    drawn(page)
    expect(page.locator(".pane .facts")).to_contain_text("B-1")
    assert int(page.evaluate("Number(sessionStorage.clicks)")) <= 3
    assert inbox.engine.tasks().total == 2


def test_form_js_asks_what_applies_and_sends_lists_and_values_as_they_are(
    page: Page, inbox: Site
) -> None:
    open_first(page)
    instance = inbox.engine.tasks(TaskQuery(order="due")).items[0].instance
    expect(page.locator(".drawn")).to_contain_text("The amount is 12.5.")
    expect(page.get_by_label("Why not")).to_have_count(0)
    page.get_by_label("Customer").fill("Nora")
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator(".drawn")).to_contain_text("Field is required")
    page.get_by_label("Why not").fill("too late")
    page.get_by_label("Article").fill("Lamp")
    page.get_by_role("button", name="Add new").click()
    page.get_by_label("Article").nth(1).fill("Bulb")
    page.get_by_role("button", name="Complete", exact=True).click()
    page.wait_for_selector("text=“Decide” is done")
    kept = inbox.engine.variables(instance)[0].variables
    assert (kept["customer"], kept["verdict"], kept["why"]) == ("Nora", "no", "too late")
    assert [line["article"] for line in kept["lines"]] == ["Lamp", "Bulb"]


def test_what_the_server_finds_stands_at_the_field(page: Page, inbox: Site) -> None:
    open_first(page)
    page.get_by_label("Customer").fill("Nora")
    # A browser that lets anything pass: what it sends is checked again.
    page.locator("#complete input[name=values]").evaluate(
        "(field) => { field.value = JSON.stringify({customer: 'Nora', verdict: 'maybe'}); "
        "HTMLFormElement.prototype.submit.call(field.form); }"
    )
    page.wait_for_selector("text=Nothing was done")
    drawn(page)
    expect(page.locator(".drawn")).to_contain_text("none of the choices")
    expect(page.get_by_label("Customer")).to_have_value("Nora")
    assert inbox.engine.tasks().total == 3


def test_a_draft_comes_back_in_another_browser(page: Page, inbox: Site) -> None:
    open_first(page)
    page.get_by_label("Customer").fill("Ida")
    expect(page.locator("[data-draft-state]")).to_contain_text("draft kept", timeout=8000)
    page.context.clear_cookies()
    page.goto("/tasks")
    expect(page.locator(".tasklist tr").nth(1)).to_contain_text("draft")
    page.locator(".tasklist th a").first.click()
    drawn(page)
    expect(page.get_by_label("Customer")).to_have_value("Ida")
    page.get_by_role("button", name="Discard the draft").click()
    drawn(page)
    expect(page.get_by_label("Customer")).to_have_value("")


def test_keys_walk_open_and_claim(page: Page, inbox: Site) -> None:
    page.goto("/tasks")
    page.wait_for_selector(".tasklist")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    drawn(page)
    expect(page.locator(".pane .facts")).to_contain_text("B-1")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Give back")).to_be_visible()
    assert inbox.engine.tasks(TaskQuery(assignee="operator")).items[0].business_key == "B-1"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_mark_of_form_js_stays_uncovered(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    open_first(page)
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(MARK) == [True]


def test_the_narrow_inbox_shows_the_list_or_the_task(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/tasks")
    expect(page.locator(".list")).to_be_visible()
    page.locator(".tasklist th a").first.click()
    drawn(page)
    expect(page.locator(".list")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("link", name="‹ All tasks").click()
    expect(page.locator(".list")).to_be_visible()


def test_without_script_the_same_form_is_plain_inputs(chromium: Browser, inbox: Site) -> None:
    inbox.engine.start("p", {"due": "2030-01-01"}, business_key="PLAIN")
    instance = inbox.engine.tasks(TaskQuery(text="PLAIN")).items[0]
    context = chromium.new_context(java_script_enabled=False, base_url=inbox.url)
    tab = context.new_page()
    tab.goto(f"/tasks/{instance.id}")
    tab.get_by_label("Customer").fill("Otto")
    tab.get_by_label("Lines").fill('[{"article": "Lamp"}]')
    tab.get_by_role("button", name="Complete", exact=True).click()
    assert "is done" in tab.inner_text("body")
    kept = inbox.engine.variables(instance.instance)[0].variables
    assert (kept["customer"], kept["lines"]) == ("Otto", [{"article": "Lamp"}])
    context.close()
    inbox.engine.comment("done by hand", instance=instance.instance, by=Actor("ana", "console"))
