"""Users, tokens and shared views that the database keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import Actor, Conflict, Engine, Invalid, NotFound
from tests.engine.services.house import Clock

ANA, BEN = Actor("ana", "console"), Actor("ben", "console")


def test_an_account_is_made_changed_and_removed_with_an_audit_of_each(engine: Engine) -> None:
    engine.add_account("ana", "hash", "admin", by=ANA)
    engine.add_account("ben", "hash", "viewer", ["clerks"], by=ANA)
    with pytest.raises(Conflict, match="there is one of this name"):
        engine.add_account("ben", "hash", "viewer")
    changed = engine.change_account("ben", role="operator", groups=["chiefs"], by=ANA)
    assert (changed.role, changed.groups) == ("operator", ["chiefs"])
    engine.remove_account("ben", by=ANA)
    assert list(engine.access().accounts) == ["ana"]
    verbs = sorted(one.verb for one in engine.audit().items)
    assert verbs == ["add_account", "add_account", "change_account", "remove_account"]
    assert all("hash" not in str(one.detail) for one in engine.audit().items)


def test_what_ends_sessions_counts_the_epoch_on(engine: Engine) -> None:
    engine.add_account("ana", "hash", "admin")
    engine.add_account("ben", "hash", "viewer")
    engine.change_account("ben", groups=["clerks"])
    assert engine.access().accounts["ben"].epoch == 1
    engine.change_account("ben", secret="other")
    engine.change_account("ben", role="operator")
    engine.change_account("ben", is_disabled=True)
    assert engine.access().accounts["ben"].epoch == 4


def test_the_last_admin_cannot_lock_themself_out(engine: Engine) -> None:
    engine.add_account("ana", "hash", "admin")
    engine.add_account("ben", "hash", "admin")
    engine.change_account("ben", is_disabled=True)
    for act in (
        lambda: engine.change_account("ana", role="viewer"),
        lambda: engine.change_account("ana", is_disabled=True),
        lambda: engine.remove_account("ana"),
    ):
        with pytest.raises(Conflict, match="only admin"):
            act()
    engine.change_account("ben", is_disabled=False)
    engine.remove_account("ana")
    assert list(engine.access().accounts) == ["ben"]


@pytest.mark.parametrize("name", ["", "two words", "a:b", "x" * 101])
def test_a_name_is_one_word(engine: Engine, name: str) -> None:
    with pytest.raises(Invalid):
        engine.add_account(name, "hash", "viewer")


def test_a_token_is_kept_by_its_hash_until_it_is_revoked(engine: Engine, clock: Clock) -> None:
    made = engine.add_token("robot", "abc", "operator", clock.now + timedelta(days=1), by=ANA)
    assert engine.access().tokens["abc"].view == made
    engine.note_token(made)
    used = engine.access().tokens["abc"].view
    assert used.used == clock.now
    clock.advance(seconds=30)
    engine.note_token(used)
    assert engine.access().tokens["abc"].view.used == clock.now - timedelta(seconds=30)
    assert engine.revoke_token(made.id, by=ANA).revoked == clock.now
    with pytest.raises(Invalid, match="has passed"):
        engine.add_token("robot", "d", "viewer", clock.now)
    with pytest.raises(NotFound):
        engine.revoke_token(1)


def test_a_view_is_ones_own_or_shared_and_one_is_the_default(engine: Engine) -> None:
    engine.save_view("mine", "status:failed", by=ANA)
    shared = engine.save_view("all", "is:incident", is_shared=True, is_default=True, by=ANA)
    assert [one.name for one in engine.saved_views("ben")] == ["all"]
    assert [one.name for one in engine.saved_views("ana")] == ["all", "mine"]
    engine.save_view("other", "is:stalled", is_shared=True, is_default=True, by=BEN)
    assert [one.name for one in engine.saved_views("ana") if one.is_default] == ["other"]
    engine.save_view("mine", "status:running", is_default=True, by=ANA)
    assert [one.query for one in engine.saved_views("ana") if one.name == "mine"] == [
        "status:running"
    ]
    with pytest.raises(Conflict, match="'ana' shares one"):
        engine.save_view("all", "x", is_shared=True, by=BEN)
    with pytest.raises(NotFound):
        engine.remove_view(shared.id, by=BEN)
    engine.remove_view(shared.id, may_all=True, by=BEN)
    assert [one.name for one in engine.saved_views("ben")] == ["other"]
