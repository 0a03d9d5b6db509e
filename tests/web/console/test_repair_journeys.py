"""What operators do when something stands still, in a real browser, clicks counted."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import Browser, expect

from engine import AuditQuery, InstanceQuery
from tests.kit import document
from tests.web.console.conftest import STORY, Counted, Site, drawn, make_site
from tests.web.console.screens import FILE, ORDER, tree
from web.server import Server

LATER = (
    "<startEvent id='s'/><userTask id='u' name='Look at it'/><intermediateCatchEvent id='t'>"
    "<timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>"
    "</intermediateCatchEvent><endEvent id='e'/>\ns -> u -> e\ns -> t -> e"
)


def stuck(site: Site, key: str) -> int:
    return site.start("order_fulfilment", order_id=key, payment_behaviour="down")


def test_one_incident_is_mended_in_five_clicks(counted: Counted, served: Site) -> None:
    page, clicks = counted
    id = stuck(served, "ONE")
    page.goto("/")
    page.locator(".cards > li", has_text="card issuer").first.get_by_role("link").click()
    page.get_by_role("link", name="ONE", exact=True).click()
    page.get_by_text("Change…").first.click()
    page.locator("#new-variables").fill('{"payment_behaviour": "accept"}')
    page.locator("#reason-change").fill("another card")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Retry 1 incident").click()
    expect(page.locator("main")).to_contain_text("Tried 1 incident again")
    assert clicks() <= 5
    served.settle()
    expect(page.locator(".head .state").first).to_have_text("Completed", timeout=10_000)
    assert served.engine.instance(id).head.state == "completed"


def test_an_incident_four_calls_deep_is_one_click_from_the_root(
    counted: Counted, served: Site
) -> None:
    page, clicks = counted
    page.goto(f"/instances/{tree(served)}")
    notice = page.locator(".notice.is-incident", has_text="the archive does not answer")
    notice.get_by_role("link").click()
    expect(page.locator(".inspector h2").first).to_have_text("Look it up")
    assert clicks() <= 1


def test_an_instance_is_held_with_its_task_and_its_timer_and_let_go(
    counted: Counted, served: Site
) -> None:
    served.engine.deploy({"later.bpmn": document(LATER).replace(b"id='p'", b"id='later'")})
    id = served.engine.start("later", {}, business_key="HELD").id
    page, clicks = counted
    page.goto(f"/instances/{id}")
    page.get_by_text("Suspend…").click()
    page.locator("#reason-suspend").fill("price check")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1 + .state")).to_have_text("Suspended")
    assert clicks() <= 2
    task = next(one for one in served.engine.tasks().items if one.instance == id)
    assert "Suspended" in served.text(f"/tasks/{task.id}")
    served.skip(hours=3)
    assert served.engine.instance(id).head.state == "active"
    page.get_by_role("button", name="Resume").first.click()
    expect(page.locator("h1 + .state")).not_to_have_text("Suspended")
    assert clicks() <= 3
    (wait,) = [w for t in served.engine.instance(id).tokens for w in t.waits if w.kind == "timer"]
    assert wait.due is not None
    assert 6_900 < (wait.due - served.now()).total_seconds() <= 7_200


def test_abandoning_is_undone_in_time_and_compensates_when_it_is_not(
    counted: Counted, served: Site
) -> None:
    page, clicks = counted
    id = stuck(served, "GIVEN-UP")
    before = served.engine.instance(id)

    def abandon() -> None:
        page.goto(f"/instances/{id}")
        page.get_by_text("Cancel…").click()
        page.get_by_label("Abandon").check()
        page.locator("#reason-cancel").fill("the customer left")
        page.locator("details[open] button.danger").click()
        expect(page.locator(".held")).to_contain_text("It will be abandoned")

    abandon()
    assert clicks() <= 3
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main")).to_contain_text("Taken back: nothing was changed")
    assert clicks() <= 4
    served.skip(seconds=60)
    assert served.engine.instance(id) == before
    abandon()
    served.skip(seconds=11)
    page.reload()
    expect(page.locator(".timeline")).to_contain_text("Undoing Reserve stock")
    (act,) = served.engine.audit(AuditQuery(verbs=("abandon",), instance=id)).items
    assert act.by.name == "operator"
    assert "the customer left" in (act.reason or "")


def test_an_ended_instance_runs_again_on_the_new_version(counted: Counted, served: Site) -> None:
    page, clicks = counted
    id = served.start("order_fulfilment", order_id="AGAIN")
    content = STORY["order_fulfilment"].contents()
    renamed = content[FILE].replace(b'name="Reserve stock"', b'name="Hold stock"')
    served.engine.deploy({**content, FILE: renamed})
    page.goto(f"/instances/{id}")
    page.get_by_text("Run again…").click()
    page.locator("#again").fill('{"quantity": 7}')
    page.locator("#reason-run-again").fill("one more")
    page.locator("details[open] button.primary").click()
    expect(page.locator("main")).to_contain_text("this is the new instance")
    assert clicks() <= 3
    newest = served.engine.instances(InstanceQuery(process_ids=(ORDER,))).items[0]
    assert newest.version == served.engine.latest(ORDER).version
    assert served.engine.variables(newest.id)[0].variables["quantity"] == 7
    expect(page.get_by_role("link", name="Compare both")).to_be_visible()


def test_many_go_on_with_the_next_version_in_five_clicks(counted: Counted, served: Site) -> None:
    page, clicks = counted
    old = document(LATER).replace(b"id='p'", b"id='moved'")
    served.engine.deploy({"moved.bpmn": old})
    ids = [served.engine.start("moved", {}, business_key=f"V-{n}").id for n in range(6)]
    served.engine.deploy({"moved.bpmn": old.replace(b"Look at it", b"Look again")})
    page.goto("/instances?q=process:moved")
    page.get_by_label("All 6 that fit").check()
    page.get_by_role("button", name="Migrate…").click()
    page.locator("#to").select_option(label="version 2")
    page.get_by_role("button", name="Show the effect").click()
    expect(page.get_by_text("6 of 6 tried would work")).to_be_visible()
    page.locator("#why").fill("the new wording")
    page.get_by_label("At most per second").fill("1000")
    page.get_by_role("button", name="Migrate 6", exact=True).click()
    page.wait_for_url("**/batches/*")
    assert clicks() <= 5
    served.skip(seconds=11)
    assert {served.engine.instance(id).head.version for id in ids} == {2}


def test_the_slowest_step_is_two_clicks_away(counted: Counted, served: Site) -> None:
    served.start("order_fulfilment", order_id="HEAT")
    page, clicks = counted
    page.goto(f"/processes/{ORDER}")
    page.get_by_role("link", name="Insights").click()
    drawn(page)
    assert clicks() <= 2
    assert page.locator(".djs-element[class*='heat-']").count() >= 1
    expect(page.get_by_role("region", name="By step").locator("tbody tr").first).to_be_visible()


def test_five_hundred_pasted_ids_say_which_are_unknown(counted: Counted, served: Site) -> None:
    page, clicks = counted
    model = document("<startEvent id='s'/><userTask id='u'/>\ns -> u")
    served.engine.deploy({"plain.bpmn": model.replace(b"id='p'", b"id='plain'")})
    keys = [f"P-{n}" for n in range(500)]
    for key in keys[:488]:
        served.engine.start("plain", {}, business_key=key)
    page.goto("/instances")
    page.get_by_label("Query").fill(" ".join(keys))
    page.keyboard.press("Enter")
    expect(page.locator("h1 + .muted")).to_have_text("488")
    missing = page.locator("details", has_text="12 were not found")
    for key in keys[488:]:
        expect(missing).to_contain_text(key)
    assert clicks() <= 1


def test_a_link_to_what_was_deleted_says_so(counted: Counted, served: Site) -> None:
    answer = served.client.get("/instances/1")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_a_page_recovers_when_its_node_comes_back(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The node dies while the page is open: it is said, and gone again with the next node."""
    site = make_site(tmp_path_factory.mktemp("alone"), "order_fulfilment")
    id = stuck(site, "NODE")
    first = Server(site.client.application)
    serving = threading.Thread(target=first.run, daemon=True)
    serving.start()
    tab = chromium.new_context().new_page()
    tab.goto(f"{first.url.rstrip('/')}/instances/{id}")
    expect(tab.locator("[data-live]")).to_have_attribute("data-state", "live")
    port = int(first.url.rstrip("/").rpartition(":")[2])
    first.stop()
    serving.join(10)
    expect(tab.locator("#stale")).to_contain_text("does not answer", timeout=20_000)
    assert "no answer from the card issuer" in tab.inner_text("main")
    history = site.engine.history(id).last
    second = Server(site.client.application, port=port)
    again = threading.Thread(target=second.run, daemon=True)
    again.start()
    expect(tab.locator("#stale")).to_be_hidden(timeout=20_000)
    assert site.engine.history(id).last == history
    tab.context.close()
    second.stop()
    again.join(10)
    site.engine.close()
