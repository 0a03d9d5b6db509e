"""Addresses and forms that nobody means well with: an answer in words, never a mistake of ours."""

from __future__ import annotations

import pytest

from engine import InstanceQuery
from tests.web.console.conftest import STORY, Site

HUGE = "9" * 30
LONG = "x" * 5000
ORDER = STORY["order_fulfilment"].process_id
ADDRESSES = [
    f"/instances?offset={HUGE}",
    "/instances?offset=-1",
    "/instances?offset=²",
    f"/instances/{HUGE}",
    "/instances/-1",
    f"/tasks/{HUGE}",
    f"/definitions/{HUGE}.bpmn",
    f"/instances?q={HUGE}",
    f"/instances?q=id:{HUGE}",
    f"/instances?q=root:{HUGE}",
    f"/instances?q=v:{HUGE}",
    f"/instances?q=var.a>{HUGE}",
    "/instances?q=var.a>1e999",
    "/instances?q=var.a=NaN",
    "/instances?q=var.=1",
    "/instances?q=var.a.b..c~%25",
    "/instances?q='var.a=\"\\ud800\"'",
    f"/instances?q=started:<{HUGE}d",
    "/instances?q=started:0001-01-01",
    "/instances?q=started:9999-12-31",
    "/instances?q=%00",
    "/instances?q=%ff",
    "/instances?q=step:%00",
    f"/instances?q={'a:' * 500}",
    f"/instances?q={'%20'.join(['x'] * 3000)}",
    "/instances?sort=evil",
    "/processes?q=%25",
    f"/processes?q={LONG}",
    "/processes/%00",
    f"/processes/{LONG}",
    f"/processes/{ORDER}?v={HUGE}",
    f"/processes/{ORDER}?el=<x>",
    "/incidents?q=%25&process=%27",
    "/incidents?process=%00",
    "/tasks?sort=evil&q=%00",
    f"/find?q={HUGE}",
    "/find?q=%00",
    "/find?q=²",
    "/static/../pages/home.py",
]
FORMS = [
    ("/instances/ID/variables", {"variables": '{"a": 1e999999}', "reason": "r"}),
    ("/instances/ID/variables", {"variables": '{"a": NaN}', "reason": "r"}),
    ("/instances/ID/variables", {"variables": "[" * 5000, "reason": "r"}),
    ("/instances/ID/variables", {"variables": '{"a":' * 3000 + "1" + "}" * 3000, "reason": "r"}),
    ("/instances/ID/variables", {"variables": '{"\\ud800": 1}', "reason": "r"}),
    ("/instances/ID/variables", {"variables": '{"a": "\\u0000"}', "reason": "r\0"}),
    ("/instances/ID/variables", {"variables": "{}", "reason": "r", "scope": HUGE}),
    ("/incidents/retry", {"incident": HUGE}),
    ("/incidents/retry", {"incident": "1", "instance": HUGE}),
    (f"/tasks/{HUGE}/complete", {}),
    (f"/instances/{HUGE}/cancel", {"reason": "r"}),
    ("/processes/nope/start", {}),
    (f"/processes/{ORDER}/start", {"business_key": LONG * 2, "f:order_id": "a"}),
    (f"/processes/{ORDER}/start", {"business_key": "\0", "f:order_id": "\0"}),
    (f"/processes/{ORDER}/start", {"f:order_id": "a", "f:quantity": "1e400"}),
    (f"/processes/{ORDER}/start", {"f:order_id": "a", "f:quantity": HUGE * 200}),
    (f"/processes/{ORDER}/start", {"f:order_id": "a", "f:quantity": "1", "key": LONG}),
    ("/deploy", {"action": "check", "kept:x.bpmn": "!!"}),
    ("/deploy", {"action": "check", "kept:../../x.bpmn": "PGE+"}),
    ("/deploy", {"action": "deploy", "kept:x.exe": "PGE+"}),
    ("/preferences", {"theme": "evil"}),
]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address[:40])
def test_no_address_breaks_a_page(site: Site, address: str) -> None:
    answer = site.client.get(address)
    assert answer.status_code < 500
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(("address", "values"), FORMS)
def test_no_form_breaks_a_command(site: Site, address: str, values: dict[str, str]) -> None:
    id = site.start("order_fulfilment", payment_behaviour="down")
    answer = site.post(address.replace("ID", str(id)), **values)
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    assert site.engine.instances(InstanceQuery(states=("active",))).items[-1].id == id
