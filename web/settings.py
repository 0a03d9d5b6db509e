"""What a server is told: by options, else by `KAPELLMEISTER_...` variables, else by defaults."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

DATABASE = "KAPELLMEISTER_DATABASE"
DEFAULT_DATABASE = "sqlite:///var/kapellmeister.db"


def database_url(given: str | None = None) -> str:
    """The database to use; a plain path means SQLite. The folder of a SQLite file is made."""
    url = given or os.environ.get(DATABASE) or DEFAULT_DATABASE
    if "://" not in url:
        url = f"sqlite:///{url}"
    if url.startswith("sqlite:///") and url != "sqlite:///:memory:":
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    return url


def policy_settings() -> dict[str, Any]:
    """The policy file that KAPELLMEISTER_POLICIES names, as the engine's setting."""
    found = os.environ.get("KAPELLMEISTER_POLICIES")
    return {"policy_file": Path(found)} if found else {}


def webhook_settings() -> dict[str, Any]:
    """Of the engine: whom its webhooks may call, and whether Python scripts of models run
    (KAPELLMEISTER_PYTHON_SCRIPTS=1). KAPELLMEISTER_WEBHOOK_HOSTS (`a.example
    *.b.example`; none: any public host), KAPELLMEISTER_WEBHOOK_PRIVATE=1 (also by http, and private
    addresses), KAPELLMEISTER_EVENT_SOURCE (a URI). KAPELLMEISTER_MASKED
    (`*password* iban`) says which variables are secret, in the place of the defaults."""
    found: dict[str, Any] = {
        "webhook_hosts": os.environ.get("KAPELLMEISTER_WEBHOOK_HOSTS", "").split(),
        "webhook_private": os.environ.get("KAPELLMEISTER_WEBHOOK_PRIVATE") == "1",
    }
    if os.environ.get("KAPELLMEISTER_PYTHON_SCRIPTS") == "1":
        found["python_scripts"] = True
    if source := os.environ.get("KAPELLMEISTER_EVENT_SOURCE"):
        found["event_source"] = source
    if names := os.environ.get("KAPELLMEISTER_MASKED"):
        found["masked"] = names.split()
    return found


def secret_key(folder: Path) -> str:
    """The key that signs the console's sessions: from KAPELLMEISTER_SECRET_KEY, or made once and
    kept in `folder`, readable by its owner only. There is no default key."""
    if found := os.environ.get("KAPELLMEISTER_SECRET_KEY"):
        return found
    file = folder / "secret-key"
    folder.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
    return file.read_text().strip()
