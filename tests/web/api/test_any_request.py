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
    settings = ApiSettings(
        authority=accounts, guesses=1_000_000, longest_hold=timedelta(milliseconds=20)
    )
    with served(tmp_path, settings) as api:
        api.engine.deploy({"p.bpmn": WHOLE, "short.bpmn": SHORT})
        for number in range(3):
            api.engine.start("p", {"n": number}, business_key=f"A-{number}")
        yield api


def test_schemathesis_finds_nothing(stocked: Served, tmp_path: Path) -> None:
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
        "--phases",
        "examples,fuzzing",
        "--max-examples",
        EXAMPLES,
    ]
    environment = {**os.environ, "NO_PROXY": "*", "no_proxy": "*"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    (tmp_path / "told.txt").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, f"see {tmp_path}/told.txt\n{done.stdout[-6_000:]}"
