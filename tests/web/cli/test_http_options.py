"""What `serve` is told about HTTP comes from options, else from the environment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click
import pytest
from click.testing import CliRunner

from web.api.guard import Accounts, Authorities
from web.api.oidc import Provider
from web.cli.http_options import Http, http_of, http_options

ISSUER = ["--oidc-issuer", "https://login.example", "--oidc-audience", "engine"]


def told(*words: str, accounts: Accounts | None = None, **environment: str) -> Http:
    """What the options come to. Raises AssertionError with what the command line was told."""
    found: list[Http] = []

    @click.command()
    @http_options
    def serve(**given: Any) -> None:
        found.append(http_of(accounts, given))

    result = CliRunner().invoke(serve, words, env=environment)
    assert result.exit_code == 0, result.output
    return found[0]


def test_a_node_holds_576_requests_and_has_threads_left() -> None:
    http = told()
    assert (http.threads, http.api.waiters, http.trusted_proxies) == (640, 576, 0)
    assert http.api.longest_hold == timedelta(minutes=5)
    assert http.api.authority is None
    assert http.api.requests_per_second is None


def test_the_environment_says_what_options_do_not() -> None:
    http = told(
        "--waiters",
        "8",
        KAPELLMEISTER_WAITERS="16",
        KAPELLMEISTER_TRUSTED_PROXIES="2",
        KAPELLMEISTER_RATE="50",
        KAPELLMEISTER_ORIGIN="https://a.example https://b.example",
    )
    assert http.api.waiters == 8
    assert http.trusted_proxies == 2
    assert http.api.requests_per_second == 50
    assert http.api.origins == {"https://a.example", "https://b.example"}


def test_waiters_must_leave_threads_for_others() -> None:
    with pytest.raises(AssertionError, match="leaves no thread"):
        told("--waiters", "640")


def test_a_provider_stands_beside_accounts() -> None:
    assert isinstance(told(*ISSUER).api.authority, Provider)
    both = told(*ISSUER, accounts=Accounts({})).api.authority
    assert isinstance(both, Authorities)
    for words in (ISSUER[:2], [*ISSUER, "--oidc-roles", "clerk"]):
        with pytest.raises(AssertionError, match="OIDC: "):
            told(*words)
