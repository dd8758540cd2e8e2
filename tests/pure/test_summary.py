# Part of mail_tracking. Licence: LGPL-3.
"""What an email counts as: what is unknown is neither yes nor no."""

import datetime
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import events as ev
from tools import modes, summary
from tools.events import Event
from tools.summary import EmailStatus, counts_of, delay_of

REPORTS = ("", "success", "failure", "service", "off", "none")
FATES = st.builds(
    EmailStatus,
    state=st.sampled_from(ev.STATES),
    delivery_report=st.sampled_from(REPORTS),
    open_mode=st.sampled_from(["", *modes.MODES]),
    is_opened=st.booleans(),
    is_answered=st.booleans(),
    delay=st.sampled_from(["", *summary.DELAYS, summary.LONGER]),
)
SENT = {"tried", "sent"}
KNOWN = {*SENT, "delivery_known"}
ARRIVED = {*SENT, "arrived"}


def status(state, **values):
    return EmailStatus(state, "", "", False, False, "")._replace(**values)


@given(FATES)
def test_a_part_is_no_more_than_its_whole(found):
    counts = counts_of(found)
    assert "emails" in counts
    for part, whole in (
        ("tried", "emails"),
        ("sent", "tried"),
        ("arrived", "tried"),
        ("unknown", "tried"),
        ("delivered", "arrived"),
        ("refused", "failed"),
        ("delay_known", "arrived"),
        ("within_1d", "delay_known"),
        ("within_10s", "within_1m"),
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
    if "tried" in counts and found.delivery_report not in summary.REPORTING:
        assert len({"arrived", "unknown", "failed"} & counts) == 1


@pytest.mark.parametrize(
    ("found", "also"),
    [
        (status(""), set()),
        (status("error"), {"tried", "failed"}),
        (status("sent"), SENT | {"unknown"}),
        (status("deferred"), SENT | {"unknown"}),
        # nobody reports whether it arrives: neither delivered nor not
        (status("delivered", delivery_report="failure"), SENT | {"arrived"}),
        (status("sent", delivery_report="success"), KNOWN),
        (status("delivered", delivery_report="service"), KNOWN | {"arrived", "delivered"}),
        (status("opened", delivery_report="service"), KNOWN | {"arrived", "delivered"}),
        (status("bounced", delivery_report="success"), KNOWN | {"failed", "refused"}),
        (status("rejected"), SENT | {"failed"}),
        (status("spam", open_mode="identified"), ARRIVED | {"open_known", "complaints"}),
        # the image cannot be seen, or nothing may be noted of a person
        (status("opened", open_mode="counted", is_opened=True), ARRIVED),
        (status("opened", open_mode="off", is_answered=True), ARRIVED | {"answered"}),
        (status("opened", open_mode="", is_opened=True), ARRIVED),
        (status("delivered", open_mode="identified"), ARRIVED | {"open_known"}),
        (status("opened", open_mode="legal", is_opened=True), ARRIVED | {"open_known", "opened"}),
        (status("bounced", open_mode="identified"), SENT | {"failed", "refused"}),
        # how long it took counts where it arrived
        (status("delivered", delay="4h"), ARRIVED | {"delay_known", "within_4h", "within_1d"}),
        (status("delivered", delay="more"), ARRIVED | {"delay_known"}),
        (status("bounced", delay="1m"), SENT | {"failed", "refused"}),
    ],
)
def test_what_an_email_counts_as(found, also):
    assert counts_of(found) == {"emails", *also}


@given(st.lists(FATES))
def test_totals_are_those_of_each(found):
    counts = [counts_of(each) for each in found]
    bits = Counter(map(summary.to_bits, counts))
    totals = dict(zip(summary.COUNTS, summary.totals_of(bits), strict=True))
    assert totals == {name: sum(name in each for each in counts) for name in summary.COUNTS}


def test_states_of_other_addons_can_be_failures():
    assert "failed" in counts_of(status("lost"), {*ev.FAILED_STATES, "lost"})


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
