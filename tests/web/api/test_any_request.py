"""Whatever is sent, no answer is a server error, and every answer is as the document says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.clients.models import SHORT, WHOLE
from tests.web.api.kit import Served, served
from web import bootstrap
from web.api import ApiSettings
from web.api.guard import Accounts, hash_password

HERE = Path(__file__).resolve().parent
EXAMPLES = os.environ.get("KAPELLMEISTER_FUZZ_EXAMPLES", "5")


@pytest.fixture
def stocked(tmp_path: Path) -> Iterator[Served]:
    accounts = Accounts({"ada": {"password": hash_password("a secret")}})
    settings = ApiSettings(authority=accounts, longest_hold=timedelta(milliseconds=20))
    with served(tmp_path, settings) as api:
        api.engine.deploy({"p.bpmn": WHOLE, "short.bpmn": SHORT})
        for number in range(3):
            api.engine.start("p", {"n": number}, business_key=f"A-{number}")
        yield api


@pytest.mark.parametrize(
    "given",
    [
        ["--phases", "examples,fuzzing", "--max-examples", EXAMPLES],
        # Each member of each body in turn; searches have some four hundred, so one stands for all.
        ["--phases", "coverage", "--exclude-path-regex", "(definitions|jobs|tasks|ances|ubs.*)/s"],
    ],
    ids=["random", "each member"],
)
def test_schemathesis_finds_nothing(stocked: Served, tmp_path: Path, given: list[str]) -> None:
    command = [
        str(bootstrap.BIN / "schemathesis"),
        "--config-file",
        str(HERE / "schemathesis.toml"),
        "run",
        f"{stocked.url}/v2/openapi.json",
        "--auth",
        "ada:a secret",
        "--checks",
        "all",
        "--continue-on-failure",
        "--workers",
        "2",
        "--no-color",
        *given,
    ]
    environment = {**os.environ, "NO_PROXY": "*", "no_proxy": "*"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
