"""What a webhook sends: a CloudEvents 1.0 envelope, signed as Standard Webhooks says."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from typing import Any

from engine.errors import Invalid
from engine.values import encode_bytes
from engine.views import Event

PREFIX = "whsec_"
LEAST, MOST = 24, 64
"""Bytes of a secret (Standard Webhooks 1.0.0, signature scheme)."""
TYPE_PREFIX = "kapellmeister."


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def checked_secret(secret: str) -> str:
    """Raises Invalid for one that is too short to keep anything secret, or is none."""
    try:
        size = len(_key(secret))
    except (ValueError, binascii.Error):
        size = 0
    if not secret.startswith(PREFIX) or not LEAST <= size <= MOST:
        raise Invalid(
            f"secret: '{PREFIX}' and base64 of {LEAST} to {MOST} random bytes would do; "
            "leave it out to have one made"
        )
    return secret


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def signature(secret: str, id: str, timestamp: int, content: bytes) -> str:
    signed = b"%s.%d.%s" % (id.encode(), timestamp, content)
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()


def headers(id: str, timestamp: int, content: bytes, keys: Sequence[str]) -> dict[str, str]:
    """Of one delivery; while a secret is being changed, both sign."""
    signatures = " ".join(signature(key, id, timestamp, content) for key in keys)
    return {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "User-Agent": "kapellmeister",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures,
    }


def envelope(event: Event, source: str) -> dict[str, Any]:
    """The event in CloudEvents' JSON format (structured mode); `sequence` is its position."""
    moment = event.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    made: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": TYPE_PREFIX + event.type,
        "subject": event.subject,
        "time": moment,
        "datacontenttype": "application/json",
        "sequence": event.position,
        "data": dict(event.data),
    }
    if event.correlation_id is not None:
        made["correlationid"] = event.correlation_id
    return made


def content_of(event: Event, source: str) -> bytes:
    return encode_bytes(envelope(event, source))
