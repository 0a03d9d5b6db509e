"""The list of instances: its query, facets, columns, views and files."""

from __future__ import annotations

import csv
import io
import json
import re
from urllib.parse import quote

from engine import Actor
from tests.web.console.conftest import STORY, Site

LOAN = STORY["loan_underwriting"].process_id


def keys(text: str) -> set[str]:
    """Business keys in the list of a page."""
    return set(
        re.findall(r'title="\d+">([^<]+)</a>', text.split("<tbody>")[1].split("</tbody>")[0])
    )


def loans(site: Site, *amounts: int) -> list[int]:
    return [
        site.engine.start(LOAN, {"amount": amount, "who": {"land": "DE"}}, business_key=f"L-{n}").id
        for n, amount in enumerate(amounts)
    ]


def test_a_sentence_of_the_query_language_finds_what_it_says(site: Site) -> None:
    one, two, three = loans(site, 10, 2000, 3000)
    site.engine.suspend(one, reason="audit", by=Actor("ana"))
    site.engine.suspend(two, reason="audit", by=Actor("ana"))
    site.engine.cancel(three, reason="enough", by=Actor("ana"))
    sentence = "var.amount>1000 -key:L-9 status:suspended OR status:cancelled"
    assert keys(site.text(f"/instances?q={quote(sentence)}")) == {"L-1", "L-2"}
    other = "(var.amount>2500 OR var.amount<100) -status:cancelled"
    assert keys(site.text(f"/instances?q={quote(other)}")) == {"L-0"}
    assert "is not closed" in site.text("/instances?q=(v:1")


def test_counts_by_status_stand_above_the_list_and_lead_on(site: Site) -> None:
    one, *_ = loans(site, 1, 2, 3)
    site.engine.suspend(one, reason="audit")
    text = site.text("/instances?q=status:suspended")
    assert re.search(r'aria-current=true>Suspended <span class="number">1<', text)
    assert re.search(r'>Running <span class="number">2<', text)
    assert re.search(r'>All <span class="number">3<', text)
    (steps,) = re.findall(r'href="([^"]+step:[^"]+)"', site.text("/instances"))[:1]
    assert len(keys(site.text(steps.replace("&amp;", "&")))) == 3


def test_five_hundred_pasted_keys_are_found_and_the_others_named(site: Site) -> None:
    loans(site, *range(60))
    pasted = "\n".join([f"L-{n}" for n in range(60)] + [f"X-{n}" for n in range(12)])
    text = site.text(f"/instances?q={quote(pasted)}")
    assert "12 were not found" in text
    assert "X-11" in text
    assert "of 60" in text


def test_variables_are_columns_of_the_list_and_of_its_files(site: Site) -> None:
    loans(site, 7, 8)
    asked = "?cols=amount,who.land,nowhere"
    text = site.text(f"/instances{asked}")
    assert '<th scope="col">who.land</th>' in text
    assert ">DE<" in text
    rows = list(csv.DictReader(io.StringIO(site.text(f"/instances.csv{asked}"))))
    assert {row["var.amount"] for row in rows} == {"7", "8"}
    assert {row["var.who.land"] for row in rows} == {"DE"}
    assert {row["var.nowhere"] for row in rows} == {""}
    lines = [json.loads(line) for line in site.text(f"/instances.ndjson{asked}").splitlines()]
    assert {line["var.amount"] for line in lines} == {7, 8}


def test_a_file_holds_the_whole_list_whatever_its_length(site: Site) -> None:
    loans(site, *range(620))
    answer = site.client.get("/instances.csv")
    assert answer.data.startswith("\ufeff".encode())
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 621
    assert len({row[0] for row in rows}) == 621
    few = site.text("/instances.csv?q=var.amount<10")
    assert len(few.splitlines()) == 11


def test_no_cell_is_a_formula(site: Site) -> None:
    site.engine.start(LOAN, {"x": "=1+1"}, business_key="=cmd()")
    (row,) = csv.DictReader(io.StringIO(site.text("/instances.csv?cols=x").lstrip("\ufeff")))
    assert (row["business_key"], row["var.x"]) == ("'=cmd()", "'=1+1")


def test_a_view_is_kept_under_its_name_shared_and_forgotten(site: Site) -> None:
    answer = site.post("/views", name="Held", q="status:suspended", cols="amount")
    assert "q=status:suspended&cols=amount" in answer.headers["Location"].replace("%3A", ":")
    assert "☆ Held" in site.text("/instances")
    (kept,) = site.engine.saved_views("operator")
    assert not kept.is_shared
    site.post("/views", name="Ours", q="is:incident", shared="yes", default="yes")
    opened = site.client.get("/instances")
    assert opened.status_code == 302
    assert opened.headers["Location"].endswith("q=is:incident")
    shown = site.text("/instances?all=1")
    assert "★ Ours" in shown
    assert "Shared by operator" in shown
    assert [one.name for one in site.engine.saved_views("somebody else")] == ["Ours"]
    site.post(f"/views/{kept.id}/remove")
    assert "Held" not in site.text("/instances?all=1")
    assert "name: found none" in site.text(
        site.post("/views", name=" ", q="v:1").headers["Location"]
    )


def test_of_a_query_that_finds_nothing_each_word_is_told_that_excludes_everything(
    site: Site,
) -> None:
    site.start("order_fulfilment", order_id="A-1")
    text = site.text("/instances?q=status:failed+A-1")
    assert "without <code>status:failed</code>" in text
    assert "without <code>A-1</code>" not in text  # there is no failed one either
    assert "without <code>" not in site.text("/instances?q=status:failed+OR+B-1")
