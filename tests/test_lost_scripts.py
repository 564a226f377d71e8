"""Redis forgets scripts: when it is told to, and by itself, when many others were run. No command overtakes another."""

from __future__ import annotations

import pytest

from active_users.store.current import get_store
from active_users.store.sharded import ActiveUserStore

from .servers import Server


@pytest.fixture
def store(own_server: Server) -> ActiveUserStore:
    return get_store()


def _log_out(store: ActiveUserStore) -> None:
    """As somebody does who has just opened a page."""
    store.note("ada", "payload")
    store.forget("ada")


@pytest.mark.parametrize("knows_forget", [False, True])
def test_after_a_flush_nobody_is_noted_who_has_been_forgotten(
    store: ActiveUserStore, own_server: Server, knows_forget: bool
) -> None:
    store.note("ada", "payload").result()
    if knows_forget:
        store.forget("ada").result()
    own_server.client.script_flush()
    _log_out(store)
    assert store.count().result() == 0


@pytest.mark.parametrize("name", ["note", "forget"])
def test_a_script_that_was_evicted_is_sent_again_in_its_place(
    store: ActiveUserStore, own_server: Server, name: str
) -> None:
    """A server keeps some 500 scripts, those that were run last."""
    _log_out(store)
    assert store.count().result() == 0
    for number in range(600):
        own_server.client.eval(f"return {number}", 0)
        if number == 400:
            (store.forget if name == "note" else lambda who: store.note(who, "payload"))("somebody else").result()
    evicted = own_server.client.info("memory")["number_of_cached_scripts"]
    assert evicted < 600
    store.forget("somebody else")
    _log_out(store)
    assert store.count().result() == 0


def test_in_a_burst_of_flushes_everybody_is_noted_and_forgotten_in_order(
    store: ActiveUserStore, own_server: Server
) -> None:
    store.note("ada", "payload").result()
    for number in range(300):
        own_server.client.script_flush()
        store.note(f"p{number}", "payload")
        store.forget(f"p{number}")
    assert store.count().result() == 1


def test_a_burst_that_is_sent_at_once_keeps_its_order(store: ActiveUserStore, own_server: Server) -> None:
    store.note("ada", "payload").result()
    store.forget("ada").result()
    own_server.client.script_flush()
    with own_server.scripts_paused():
        for number in range(300):
            store.note(f"p{number}", "payload")
            if number % 2:
                store.forget(f"p{number}")
    assert store.count().result() == 150


def test_a_count_knows_of_the_note_before_it(store: ActiveUserStore, own_server: Server) -> None:
    """Also if the server has lost the script of the note alone."""
    store.note("ada", "payload").result()
    own_server.client.script_flush()
    store.note("bob", "payload")
    assert store.count().result() == 2
    assert store.forget("bob").result() is True
