"""Every message of the console has its words in every language, and no words are left over."""

from __future__ import annotations

import pytest

from web.console.language import LANGUAGES, SOURCE
from web.translations.__main__ import DOMAINS, complaints


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != SOURCE])
def test_every_message_has_its_words(domain: str, code: str) -> None:
    found = sorted(complaints(domain, code))
    assert not found, "add them, `python -m web.translations` says which:\n" + "\n".join(found)
