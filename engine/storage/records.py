"""The records of a step, as one value to keep."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from engine.history import Record
from engine.values import TAG, decode, encode_bytes, has_tags, tag

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(list[Record], float_hook=Decimal)


def encode_records(records: Sequence[Record]) -> bytes:
    """The records as JSON, details as `engine.values` writes them."""
    for record in records:
        detail = record.detail
        if detail is not None and type(detail) is not str and has_tags(detail):
            return b"[" + b",".join(map(_encode_record, records)) + b"]"
    return _encoder.encode(records)


def _encode_record(record: Record) -> bytes:
    detail = record.detail
    if not has_tags(detail):
        return _encoder.encode(record)
    fields = (record.kind, record.element, record.token, record.scope, record.subscription)
    if type(detail) is dict and TAG not in detail:
        tagged = {n: tag(v) if has_tags(v) else v for n, v in detail.items()}
        return _encoder.encode((*fields, tagged))
    return _encoder.encode(fields)[:-1] + b"," + encode_bytes(detail) + b"]"


def decode_records(data: bytes) -> list[Record]:
    """What was encoded."""
    if b'"$type"' in data:
        return [Record(*fields) for fields in decode(data)]
    return _decoder.decode(data)
