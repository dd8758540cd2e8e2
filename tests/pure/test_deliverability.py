# Part of mail_tracking. Licence: LGPL-3.
"""What emails count as: parts that fit together, and shares of what can be known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import deliverability, modes
from tools import events as ev

STATES = st.sampled_from([state for state in ev.STATES if state != ev.WAITING])
REPORTS = st.sampled_from(["success", "failure", "service", "off", "none", False])
MODES = st.sampled_from([*modes.MODES, False])


@given(STATES, REPORTS, MODES, st.tuples(st.booleans(), st.booleans()))
def test_the_parts_fit_together(state, report, mode, facts):
    found = deliverability.measure(state, report)
    assert tuple(found) == deliverability.NUMBERS
    reactions = deliverability.measure_reactions(state, mode, *facts)
    assert tuple(reactions) == deliverability.REACTIONS
    found |= reactions
    assert found["sent"]
    assert found["failed"] != found["taken"]
    for part, whole in (
        ("delivered", "known"),
        ("delivered", "arrived"),
        ("complaints", "arrived"),
        ("arrived", "taken"),
        ("unknown", "taken"),
        ("opened", "visible"),
        ("visible", "taken"),
        ("answered", "taken"),
    ):
        assert found[whole] or not found[part], (part, whole)
    assert found["failed"] + found["unknown"] + (found["known"] and found["taken"]) == 1


@pytest.mark.parametrize(
    ("state", "report", "numbers"),
    [
        (ev.ERROR, False, {"sent", "failed"}),
        (ev.BOUNCED, "success", {"sent", "failed", "known"}),
        (ev.SENT, "none", {"sent", "unknown", "taken"}),
        (ev.SENT, "failure", {"sent", "unknown", "taken"}),
        (ev.SENT, "service", {"sent", "known", "taken"}),
        (ev.DEFERRED, "success", {"sent", "known", "taken"}),
        (ev.DELIVERED, "success", {"sent", "arrived", "known", "delivered", "taken"}),
        # it arrived, and yet says nothing of the others that this server took
        (ev.OPENED, "none", {"sent", "arrived", "unknown", "taken"}),
        (ev.SPAM, "service", {"sent", "arrived", "known", "delivered", "taken", "complaints"}),
    ],
)
def test_what_is_unknown_is_no_failure_and_no_delivery(state, report, numbers):
    found = deliverability.measure(state, report)
    assert {name for name, is_part in found.items() if is_part} == numbers


def test_opens_count_among_those_that_may_be_known():
    for mode in modes.MODES:
        found = deliverability.measure_reactions(ev.OPENED, mode, True, True)
        assert found["opened"] == found["visible"] == (mode in modes.PERSONAL)
        assert found["answered"]
    bounced = deliverability.measure_reactions(ev.BOUNCED, modes.IDENTIFIED, True, True)
    assert not any(bounced.values())


@pytest.mark.parametrize(
    ("numbers", "median", "most"),
    [
        ([0, 0, 0], None, None),
        ([1, 0, 0], "a", "a"),
        ([50, 45, 5], "a", "b"),
        ([49, 45, 6], "b", "c"),
        ([0, 0, 7], "c", "c"),
        ([95, 0, 5], "a", "a"),
    ],
)
def test_the_class_within_which_a_share_is(numbers, median, most):
    classes = list(zip("abc", numbers, strict=True))
    assert deliverability.within(classes, 0.5) == median
    assert deliverability.within(classes, 0.95) == most
