"""Two instances side by side; one at a glance."""

from __future__ import annotations

from tests.web.console.conftest import Site


def test_two_instances_differ_where_they_went_other_ways(site: Site) -> None:
    stuck = site.start("order_fulfilment", order_id="STUCK", payment_behaviour="down")
    done = site.start("order_fulfilment", order_id="DONE")
    text = site.text(f"/instances/compare?a=STUCK&b={done}")
    assert text.count("data-island=") == 2
    rows = text.split("<tbody>")[1].split("</tr>")
    went = {row.split('scope="row">')[1].split("<")[0]: row for row in rows if 'scope="row"' in row}
    assert "differs" not in went["Validate order"]
    assert "0×" in went["Book carrier"]
    assert "other way" in went["Book carrier"]
    values = text.split("<tbody>")[2]
    assert values.index("order_id") < values.index("the same")
    assert "STUCK" in values
    assert "DONE" in values
    assert "class=differs" not in site.text(f"/instances/compare?a={stuck}&b={stuck}")


def test_two_ticked_rows_lead_to_the_comparison(site: Site) -> None:
    one, other = site.start("order_fulfilment"), site.start("order_fulfilment")
    answer = site.post("/instances/compare", instance=[str(one), str(other)])
    assert answer.headers["Location"] == f"/instances/compare?a={one}&b={other}"
    site.post("/instances/compare", instance=[str(one)])
    assert "Tick two instances" in site.text("/instances")


def test_what_is_not_there_cannot_be_compared(site: Site) -> None:
    assert "no instance has" in site.text("/instances/compare?a=X&b=Y", 404).lower()
    assert "Name two instances" in site.text("/instances/compare")


def test_a_glance_tells_where_an_instance_is_and_why(site: Site) -> None:
    stuck = site.start("order_fulfilment", order_id="STUCK", payment_behaviour="down")
    text = site.text(f"/instances/{stuck}/peek")
    assert "no answer from the card issuer" in text
    assert "has-incident" in text
    assert "<html" not in text
    assert f'data-peek="/instances/{stuck}/peek"' in site.text("/instances")
    assert f'data-peek="/instances/{stuck}/peek"' in site.text("/incidents")
    site.text("/instances/1/peek", 404)
