# Part of mail_tracking. Licence: LGPL-3.
"""The words that databases and other addons hold: others may come, these never change."""

from tools import events as ev

TYPES = "sent error delivered relayed deferral soft_bounce hard_bounce reject open click unsub spam"
FAILED = {"error", "rejected", "spam", "bounced", "soft-bounced"}


def test_event_types():
    assert set(ev.EVENT_TYPES) >= set(TYPES.split())
    for word in TYPES.split():
        assert getattr(ev, word.upper()) == word


def test_states():
    others = {"", "sent", "deferred", "delivered", "opened", "unsub"}
    assert set(ev.STATES) >= FAILED | others
    assert ev.FAILED_STATES >= FAILED and not ev.FAILED_STATES & others
    assert len(set(ev.STATES)) == len(ev.STATES)


def test_kinds_of_opens():
    assert set(ev.OPEN_KINDS) == {"person", "proxy", "unknown", "machine", "self"}
    assert ev.COUNTED_OPEN_KINDS == {"person", "proxy", "unknown"}
