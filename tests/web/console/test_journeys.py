"""What operators come to do, from where they begin to where they see it done, in how many clicks.

A click is one press of the pointer, of Enter or of a shortcut; typing counts as none.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from engine import Actor, Answer, IncidentQuery, InstanceQuery
from tests.kit import document
from tests.web.console.conftest import Counted, Site, drawn

PAID = """<message id='paid' name='paid'><extensionElements>
<zeebe:subscription correlationKey='=order'/></extensionElements></message>"""
WAITS = """<startEvent id='s' name='Begun'/><parallelGateway id='g'/>
<serviceTask id='charge' name='Charge' k:jobType='charge-card'/>
<intermediateCatchEvent id='c' name='Paid'><messageEventDefinition messageRef='paid'/>
</intermediateCatchEvent>
<serviceTask id='m' name='Ship' k:jobType='ship'><multiInstanceLoopCharacteristics>
<extensionElements><zeebe:loopCharacteristics inputCollection='=items' inputElement='item'/>
</extensionElements></multiInstanceLoopCharacteristics></serviceTask>
<endEvent id='e' name='Done'/>
s -> g -> charge -> e
g -> c
g -> m"""


@pytest.fixture(scope="module")
def stories(served: Site) -> dict[str, int]:
    """Instances to come across."""
    served.engine.deploy({"p.bpmn": document(WAITS, PAID)})
    items = list(range(500))
    waits = served.engine.start(
        "p", {"order": "W-1", "items": items, "amount": 1200}, business_key="W-1"
    )
    jobs = served.engine.activate_jobs(["ship"], worker="w", limit=500, wait=timedelta(0))
    failing = jobs.pop(316)
    served.engine.fail_job(failing.id, "address unknown", retries=0, worker="w")
    for part in range(0, len(jobs), 250):
        done = [Answer(id=job.id, worker="w") for job in jobs[part : part + 250]]
        assert served.engine.complete_jobs(done) == [None] * len(done)
    served.engine.set_variables(
        waits.id, {"amount": 1300}, reason="new price", by=Actor("ana", "console")
    )
    down = [
        served.start("order_fulfilment", order_id=f"D-{n}", payment_behaviour="down")
        for n in range(6)
    ]
    return {"waits": waits.id, "down": down[0]}


def test_from_home_to_the_error_of_one_failing_instance(
    counted: Counted, served: Site, stories: dict[str, int]
) -> None:
    page, clicks = counted
    served.start("order_fulfilment", order_id="D-9", payment_behaviour="down")
    page.goto("/")
    card = page.locator(".cards > li", has_text="no answer from the card issuer").first
    expect(card).to_contain_text(re.compile(r"\d+ incidents?: no answer"))
    card.get_by_role("link").click()
    expect(page.get_by_text("no answer from the card issuer").first).to_be_visible()
    assert clicks() <= 2


def test_a_whole_group_is_repaired_one_first_then_the_rest(
    counted: Counted, served: Site, stories: dict[str, int]
) -> None:
    page, clicks = counted
    for number in range(6):
        served.start("order_fulfilment", order_id=f"G-{number}", payment_behaviour="down")
    rest = served.engine.incidents(IncidentQuery(text="card issuer")).total - 1
    page.goto("/incidents")
    row = page.locator("section[aria-labelledby=groups] tr", has_text="card issuer")
    row.get_by_role("link").first.click()
    page.get_by_text("Retry one first…").click()
    page.get_by_label("Reason").fill("the issuer is back")
    page.locator("details[open] button.primary").click()
    page.wait_for_selector("#verdict")
    served.is_healed = True
    served.settle()
    expect(page.locator("#verdict")).to_contain_text("Healed: it went on", timeout=8000)
    before = clicks()
    page.get_by_role("button", name=f"Retry the other {rest}…").click()
    expect(page.get_by_text(f"{rest} of {rest} tried would work")).to_be_visible()
    page.get_by_label("At most per second").fill("1000")
    page.get_by_role("button", name=f"Retry {rest}", exact=True).click()
    page.wait_for_url("**/batches/*")
    served.settle()
    served.is_healed = False
    expect(page.locator("[aria-label='By what became of them']")).to_contain_text(f"Done {rest}")
    expect(page.get_by_text("Ended, completed")).to_have_count(rest, timeout=8000)
    assert clicks() - before <= 5
    words = served.engine.incidents(IncidentQuery(text="card issuer"))
    assert words.total == 0


def test_a_pasted_business_key_opens_its_instance(
    counted: Counted, stories: dict[str, int]
) -> None:
    page, clicks = counted
    page.goto("/tasks")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("W-1")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/instances/{stories['waits']}")
    assert clicks() <= 2


def test_the_palette_leads_to_pages_and_to_what_this_page_offers(
    counted: Counted, stories: dict[str, int]
) -> None:
    page, _ = counted
    page.goto(f"/instances/{stories['waits']}")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("susp")
    page.keyboard.press("Enter")
    expect(page.locator("#reason-suspend")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("nowhere")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("timers")
    page.keyboard.press("Enter")
    page.wait_for_url("**/timers")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_a_sentence_finds_the_same_in_another_browser(
    counted: Counted, chromium: Browser, served: Site, stories: dict[str, int]
) -> None:
    page, clicks = counted
    page.goto("/instances")
    page.get_by_label("Query").fill("var.amount>1000 -key:X-1 status:suspended OR is:incident")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=var*")
    assert clicks() <= 1
    expect(page.locator("h1 + .muted")).to_have_text("1")
    other = chromium.new_context(base_url=served.url).new_page()
    other.goto(page.url)
    expect(other.locator("h1 + .muted")).to_have_text("1")
    other.context.close()


def test_a_pasted_column_of_keys_becomes_one_line(
    counted: Counted, stories: dict[str, int]
) -> None:
    page, _ = counted
    page.goto("/instances")
    page.get_by_label("Query").focus()
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData('text', 'W-1\\nD-0\\r\\nNOBODY\\n');
          document.activeElement.dispatchEvent(
            new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    assert page.get_by_label("Query").input_value() == "W-1 D-0 NOBODY"
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 was not found")).to_be_visible()


def test_a_value_leads_to_all_instances_with_it(counted: Counted, stories: dict[str, int]) -> None:
    page, clicks = counted
    page.goto(f"/instances/{stories['waits']}")
    page.get_by_role("link", name="W-1", exact=True).last.click()
    page.wait_for_url("**/instances?q=*")
    expect(page.locator("h1 + .muted")).to_have_text("1")
    assert clicks() <= 1


def test_why_it_waits_is_there_without_a_click(counted: Counted, stories: dict[str, int]) -> None:
    page, clicks = counted
    page.goto(f"/instances/{stories['waits']}")
    why = page.locator("section[aria-labelledby=why]")
    expect(why).to_contain_text("Waits for message “paid” with key “W-1”")
    expect(why).to_contain_text("No worker for “charge-card”")
    assert clicks() == 0


def test_the_failed_iteration_of_many_is_one_click_away(
    counted: Counted, stories: dict[str, int]
) -> None:
    page, clicks = counted
    page.goto(f"/instances/{stories['waits']}")
    drawn(page)
    page.locator(".timeline").get_by_role("link", name="Ship 317").click()
    page.wait_for_url("**pass=*")
    expect(page.locator(".inspector .chip[aria-current]")).to_have_text("#317")
    expect(page.locator(".inspector section[aria-labelledby=variables]")).to_contain_text("316")
    assert clicks() <= 1


def test_a_token_is_moved_in_eight_keys(
    counted: Counted, served: Site, stories: dict[str, int]
) -> None:
    id = served.engine.start("p", {"order": "K-1", "items": []}, business_key="K-1").id
    page, _ = counted
    page.goto(f"/instances/{id}")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("modify")
    page.keyboard.press("Enter")
    page.wait_for_url("**/modify*")
    drawn(page)
    for key in ("End", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**el=e*")
    expect(page.locator(".inspector h2")).to_have_text("Done")
    page.keyboard.press("m")
    expect(page.locator("#effect")).to_contain_text("It would work.")
    page.keyboard.press("s")
    page.keyboard.insert_text("charged by hand")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/instances/{id}")
    expect(page.locator(".held")).to_contain_text("Its tokens will be moved")
    served.skip(seconds=11)
    assert "charge" not in served.engine.instance(id).head.elements
    page.reload()
    expect(page.locator(".timeline")).to_contain_text("charged by hand")


def test_a_moment_is_two_clicks_away_and_a_link(
    counted: Counted, served: Site, stories: dict[str, int]
) -> None:
    page, clicks = counted
    page.goto(f"/instances/{stories['down']}")
    drawn(page)
    line = page.locator(".steps > li", has_text="Authorise payment").first
    line.locator(".when a").click()
    expect(page.locator(".scrubber")).to_contain_text("came to Authorise payment")
    page.get_by_label("One fact back").click()
    expect(page.locator(".scrubber")).to_contain_text("Reserve stock")
    assert clicks() <= 2
    expect(page.locator("section[aria-labelledby=variables]")).to_contain_text("reservation_id")
    stands = page.locator('[data-element-id="AuthorisePayment"]').first
    assert "has-" not in (stands.get_attribute("class") or "")
    told = page.locator(".scrubber").inner_text()
    page.reload()
    drawn(page)
    assert page.locator(".scrubber").inner_text() == told


def test_the_moment_is_dragged(counted: Counted, stories: dict[str, int]) -> None:
    page, _ = counted
    page.goto(f"/instances/{stories['down']}")
    drawn(page)
    page.locator("[data-scrub]").fill("4")
    expect(page.locator(".scrubber")).to_contain_text("fact 4 of")
    assert "at=4" in page.url
    page.get_by_role("link", name="Back to now").click()
    expect(page.locator(".scrubber")).to_contain_text("now, after")


def test_who_changed_an_amount_is_three_clicks_away(
    counted: Counted, stories: dict[str, int]
) -> None:
    page, clicks = counted
    page.goto(f"/instances/{stories['waits']}")
    page.get_by_role("link", name="amount", exact=True).click()
    row = page.locator("tbody tr").first
    for part in ("1200", "1300", "ana", "new price"):
        expect(row).to_contain_text(part)
    assert clicks() <= 3


def test_two_who_change_one_variable_do_not_overwrite_each_other(
    counted: Counted, served: Site, stories: dict[str, int]
) -> None:
    page, _ = counted
    id = stories["waits"]
    page.goto(f"/instances/{id}")
    page.get_by_text("Change…").click()
    page.locator("#new-variables").fill('{"note": "mine"}')
    served.engine.set_variables(id, {"note": "hers"}, reason="x", by=Actor("ana", "console"))
    page.locator("#reason-change").fill("mine")
    page.locator("details[open] button.primary").click()
    expect(page.locator("details.menu[open]").first).to_contain_text("note was changed by ana")
    assert served.engine.variables(id)[0].variables["note"] == "hers"


def test_a_message_is_matched_before_it_is_sent(
    counted: Counted, served: Site, stories: dict[str, int]
) -> None:
    id = served.engine.start("p", {"order": "M-1", "items": []}, business_key="M-1").id
    page, clicks = counted
    page.goto("/messages")
    page.get_by_label("Name").fill("paid")
    page.get_by_label("Correlation key").fill("M-1")
    page.keyboard.press("Enter")
    expect(page.locator("#match")).to_contain_text("M-1")
    page.get_by_role("button", name="Publish “paid”").click()
    page.wait_for_url(f"**/instances/{id}")
    assert clicks() <= 3


def test_a_list_is_exported_in_two_clicks(
    counted: Counted, served: Site, stories: dict[str, int]
) -> None:
    page, clicks = counted
    page.goto("/instances")
    page.get_by_text("Export…").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_bytes()
    assert text.startswith("\ufeff".encode())
    assert len(text.splitlines()) == 1 + served.engine.instances(InstanceQuery()).total
    assert clicks() <= 2


def test_the_call_behind_a_button_is_what_the_form_says(
    counted: Counted, stories: dict[str, int]
) -> None:
    page, _ = counted
    page.goto(f"/instances/{stories['waits']}")
    page.get_by_text("Suspend…").click()
    page.locator("#reason-suspend").fill("it's late")
    page.locator("details[open] details.api summary").click()
    shown = page.locator("details[open] [data-curl]")
    expect(shown).to_contain_text("""{"reason":"it'\\''s late"}""")
    expect(shown).to_contain_text(f"/v2/process-instances/{stories['waits']}/suspension")
    expect(shown).to_contain_text("Idempotency-Key")


def test_rows_are_walked_and_ticked_by_keys(counted: Counted, stories: dict[str, int]) -> None:
    page, _ = counted
    page.goto("/instances")
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("tbody tr").nth(1).locator("input")).to_be_checked()
    page.get_by_role("button", name="Suspend…").click()
    expect(page.locator("h1")).to_contain_text("Suspend 1")
