"""The records of a step, as one value to keep."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from engine.history import Record
from engine.values import TAG, decode, has_tags, tag

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(list[Record], float_hook=Decimal)


def encode_records(records: Sequence[Record]) -> bytes:
    """The records as JSON, details as `engine.values` writes them."""
    written: list[Any] | None = None
    for place, record in enumerate(records):
        detail = record.detail
        if detail is not None and type(detail) is not str and has_tags(detail):
            if written is None:
                written = list(records)
            written[place] = _tagged(record)
    return _encoder.encode(records if written is None else written)


def _tagged(record: Record) -> tuple[Any, ...]:
    detail = record.detail
    if type(detail) is dict and TAG not in detail:
        detail = {n: tag(v) if has_tags(v) else v for n, v in detail.items()}
    else:
        detail = tag(detail)
    return (
        record.kind,
        record.element,
        record.token,
        record.scope,
        record.subscription,
        detail,
    )


def decode_records(data: bytes) -> list[Record]:
    """What was encoded."""
    if b'"$type"' in data:
        return [Record(*fields) for fields in decode(data)]
    return _decoder.decode(data)
