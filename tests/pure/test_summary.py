# Part of mail_tracking. Licence: LGPL-3.
"""What an email counts as: what is unknown is neither yes nor no."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import events as ev
from tools import modes, summary
from tools.events import Event
from tools.summary import Fate, counts_of, delay_of

REPORTS = ("", "success", "failure", "service", "off", "none")
FATES = st.builds(
    Fate,
    state=st.sampled_from(ev.STATES),
    delivery_report=st.sampled_from(REPORTS),
    open_mode=st.sampled_from(["", *modes.MODES]),
    is_opened=st.booleans(),
    is_answered=st.booleans(),
)


def fate(state, **values):
    return Fate(state, "", "", False, False)._replace(**values)


@given(FATES)
def test_a_part_is_no_more_than_its_whole(found):
    counts = counts_of(found)
    assert "emails" in counts
    for part, whole in (
        ("sent", "emails"),
        ("delivery_known", "sent"),
        ("delivered", "delivery_known"),
        ("open_known", "sent"),
        ("opened", "open_known"),
        ("answered", "sent"),
        ("complaints", "sent"),
    ):
        assert part not in counts or whole in counts
    assert not {"failed", "delivered"} <= counts
    assert not {"failed", "complaints"} <= counts
    assert not {"failed", "opened"} <= counts


@pytest.mark.parametrize(
    ("found", "also"),
    [
        (fate(""), set()),
        (fate("error"), {"failed"}),
        (fate("sent"), {"sent"}),
        # nobody reports whether it arrives: neither delivered nor not
        (fate("delivered", delivery_report="failure"), {"sent"}),
        (fate("sent", delivery_report="success"), {"sent", "delivery_known"}),
        (fate("delivered", delivery_report="service"), {"sent", "delivery_known", "delivered"}),
        (fate("opened", delivery_report="service"), {"sent", "delivery_known", "delivered"}),
        (fate("bounced", delivery_report="success"), {"sent", "delivery_known", "failed"}),
        (fate("spam", open_mode="identified"), {"sent", "open_known", "complaints"}),
        # the image cannot be seen, or nothing may be noted of a person
        (fate("opened", open_mode="counted", is_opened=True), {"sent"}),
        (fate("opened", open_mode="off", is_answered=True), {"sent", "answered"}),
        (fate("opened", open_mode="", is_opened=True), {"sent"}),
        (fate("delivered", open_mode="identified"), {"sent", "open_known"}),
        (fate("opened", open_mode="legal", is_opened=True), {"sent", "open_known", "opened"}),
        (fate("bounced", open_mode="identified"), {"sent", "failed"}),
    ],
)
def test_what_an_email_counts_as(found, also):
    assert counts_of(found) == {"emails", *also}


def test_states_of_other_addons_can_be_failures():
    assert "failed" in counts_of(fate("lost"), {*ev.FAILED_STATES, "lost"})


@pytest.mark.parametrize(
    ("seconds", "name"),
    [(-5, "10s"), (0, "10s"), (10, "10s"), (10.5, "1m"), (3600, "1h"), (86400, "1d")],
)
def test_classes_of_delays(seconds, name):
    assert delay_of([Event("sent", 100.0), Event("delivered", 100.0 + seconds)]) == name


def test_a_delay_counts_from_the_first_attempt_to_the_first_delivery():
    events = [
        Event("delivered", 5000.0),
        Event("sent", 1000.0),
        Event("error", 0.0),
        Event("delivered", 4000.0),
        Event("open", 20.0),
    ]
    assert delay_of(events) == "4h"
    assert delay_of(reversed(events)) == "4h"
    assert delay_of([Event("sent", 0.0), Event("delivered", 1e6)]) == "more"


def test_a_delay_is_unknown_without_both_ends_or_without_proof():
    assert delay_of([]) == ""
    assert delay_of([Event("sent", 0.0), Event("open", 9.0)]) == ""
    assert delay_of([Event("delivered", 9.0)]) == ""
    assert delay_of([Event("sent", 0.0), Event("delivered", 9.0, unproven=True)]) == ""


def test_a_key_tells_values_apart():
    day = datetime.date(2026, 1, 1)
    assert summary.key_of((day, "a", None)) == summary.key_of((day, "a", None))
    assert summary.key_of(("a", "b")) != summary.key_of(("a, b",))
    assert summary.key_of(("a", None)) != summary.key_of(("a", ""))
    assert len(summary.key_of(("é" * 9999,))) == 20
