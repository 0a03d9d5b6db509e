"""A page costs the same number of statements however long its list is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import Engine
from engine.services import masks
from tests.bench.console import addresses, client_of, counted, fill


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Engine]]:
    """The same console over few instances and over many more."""
    made = []
    for instances, incidents in ((300, 60), (700, 180)):
        folder: Path = tmp_path_factory.mktemp("cost")
        engine = Engine(f"sqlite:///{folder}/engine.db")
        engine.migrate()
        fill(engine, instances, incidents)
        made.append(engine)
    yield made
    for engine in made:
        engine.close()


def test_a_page_costs_the_same_number_of_statements_however_long_its_list(
    engines: list[Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is secret is read every few seconds, whatever page is asked for.
    monkeypatch.setattr(masks, "FRESH", 3600.0)
    counts: list[dict[str, int]] = []
    for engine in engines:
        client, found = client_of(engine), {}
        for place, page in enumerate(addresses(engine)):
            client.get(page)  # models are read and laid out once
            with counted(engine) as statements:
                assert client.get(page).status_code == 200, page
            found[f"{place} {page.split('?')[0].rstrip('0123456789')}"] = len(statements)
        counts.append(found)
    few, many = (list(found.values()) for found in counts)
    assert few == many, [
        (page, one, other)
        for page, one, other in zip(counts[0], few, many, strict=True)
        if one != other
    ]
    assert max(few) < 60
