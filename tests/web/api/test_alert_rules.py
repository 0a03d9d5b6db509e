"""Alert rules over HTTP: made, tried over the past, told by a signed webhook."""

from __future__ import annotations

from pathlib import Path

from tests.web.api.kit import SERVICE, served

CONDITION = {"kind": "absence", "query": "process:p", "within": "30m"}


def test_a_rule_is_made_evaluated_acknowledged_and_taken_away(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        api.deploy(SERVICE)
        made = api.post("/v2/alert-rules", {"name": "none done", "condition": CONDITION})
        assert made["condition"]["within"] == "PT1800S"
        assert (made["state"], made["every"]) == ("ok", "PT60S")
        api.engine.watch_alerts()
        key = made["alertRuleKey"]
        assert api.call("GET", f"/v2/alert-rules/{key}")["state"] == "firing"
        (alert,) = api.post("/v2/alerts/search", {"filter": {"isOpen": True}})["items"]
        path = f"/v2/alerts/{alert['alertKey']}/acknowledgement"
        assert api.post(path, {"reason": "mine"})["acknowledgedBy"] == "anonymous"
        (rule,) = api.post("/v2/alert-rules/search", {"filter": {"state": "acknowledged"}})["items"]
        assert rule["alertKey"] == alert["alertKey"]
        api.call("DELETE", f"/v2/alert-rules/{key}", expect=204)
        api.call("GET", f"/v2/alert-rules/{key}", expect=404)
        assert api.call("GET", f"/v2/alerts/{alert['alertKey']}")["isOpen"] is False


def test_a_condition_is_tried_before_it_is_watched(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        api.deploy(SERVICE)
        found = api.post("/v2/alert-rules/check", {"condition": CONDITION, "within": "P7D"})
        assert found["holdsNow"] is True
        assert len(found["firings"]) == 1
        lost = api.post("/v2/alert-rules/check", {"condition": {"kind": "node_lost"}})
        assert "not kept" in lost["unknown"]


def test_what_cannot_be_watched_is_told_with_what_would_do(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        for condition, said in (
            ({"kind": "absence"}, "needs a span"),
            ({"kind": "count", "threshold": 1, "query": "status:x"}, "no such status"),
            ({"kind": "absence", "within": "soon"}, "found 'soon'"),
        ):
            body = {"name": "n", "condition": condition}
            refused = api.post("/v2/alert-rules", body, expect=400)
            assert said in refused["detail"]
