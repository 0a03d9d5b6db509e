"""What `serve` is told about HTTP: options, each with its variable of the environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import click

from web.api import ApiSettings
from web.api.guard import Accounts, Authorities, Authority

F = TypeVar("F", bound=Callable[..., Any])
PREFIX = "KAPELLMEISTER_"

_OPTIONS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("request_threads", {"default": 640, "show_default": True, "type": click.IntRange(8, 4000)},
     "Requests that are served at once, held ones included."),
    ("waiters", {"default": 576, "show_default": True, "type": click.IntRange(1, 3990)},
     "Requests that are held at once (workers, event streams); fewer than the threads."),
    ("longest_hold", {"default": 300.0, "show_default": True, "type": click.FloatRange(1, 1800)},
     "Seconds for which a request is held at the most."),
    ("trusted_proxies", {"default": 0, "show_default": True, "type": click.IntRange(0, 10)},
     "Gateways in front whose forwarded headers are believed."),
    ("rate", {"type": click.FloatRange(0.01)},
     "Requests a second of each client, on the average [default: no limit]."),
    ("origin", {"multiple": True, "default": ("file://",), "show_default": True},
     "A web origin whose pages may call; the desktop Modeler's is file://. Repeatable."),
    ("oidc_issuer", {}, "The OpenID Connect provider whose bearer tokens are taken."),
    ("oidc_audience", {}, "What its tokens for this server name as their audience."),
    ("oidc_client_id", {}, "As whom the console lets people sign in by the provider."),
    ("oidc_client_secret", {}, "Its secret [default: none, a public client]."),
    ("oidc_roles_claim", {"default": "roles", "show_default": True},
     "The claim with the roles, such as realm_access.roles, or scope."),
    ("oidc_roles", {"metavar": "ROLE=PERMISSION+PERMISSION,..."},
     "Permissions by role [default: a role is a permission of its name]."),
    ("oidc_name_claim", {"default": "preferred_username", "show_default": True},
     "The claim that says who it is; sub where there is none."),
    ("oidc_groups_claim", {"default": "groups", "show_default": True},
     "The claim with the groups, of which tasks are offered."),
)  # fmt: skip


def http_options(function: F) -> F:
    """The options, which come as one keyword argument each."""
    for name, more, help in reversed(_OPTIONS):
        settings: dict[str, Any] = {"envvar": PREFIX + name.upper(), **more}
        flag = f"--{name.replace('_', '-')}"
        function = click.option(flag, name, help=help, show_envvar=True, **settings)(function)
    return function


@dataclass(frozen=True, kw_only=True)
class Http:
    """What the options come to."""

    api: ApiSettings
    threads: int
    trusted_proxies: int


def http_of(accounts: Accounts | None, given: dict[str, Any]) -> Http:
    """Raises ClickException for what cannot be."""
    if given["waiters"] > given["request_threads"] - 4:
        raise click.ClickException(
            f"--waiters {given['waiters']} leaves no thread for those who do not wait; at most "
            f"{given['request_threads'] - 4} of {given['request_threads']} --request-threads may"
        )
    settings = ApiSettings(
        authority=_authority(accounts, given),
        requests_per_second=given["rate"],
        origins=frozenset(given["origin"]),
        waiters=given["waiters"],
        longest_hold=timedelta(seconds=given["longest_hold"]),
    )
    return Http(
        api=settings, threads=given["request_threads"], trusted_proxies=given["trusted_proxies"]
    )


def _authority(accounts: Accounts | None, given: dict[str, Any]) -> Authority | None:
    if not given["oidc_issuer"]:
        return accounts
    from web.api.oidc import OidcSettings, Provider, parse_roles

    try:
        settings = OidcSettings(
            issuer=given["oidc_issuer"],
            audience=given["oidc_audience"] or "",
            client_id=given["oidc_client_id"],
            client_secret=given["oidc_client_secret"],
            name_claim=given["oidc_name_claim"],
            roles_claim=given["oidc_roles_claim"],
            groups_claim=given["oidc_groups_claim"],
            roles=parse_roles(given["oidc_roles"] or ""),
        )
    except ValueError as error:
        raise click.ClickException(f"OIDC: {error}") from None
    provider = Provider(settings)
    return provider if accounts is None else Authorities(accounts, provider)
