# Part of mail_tracking. Licence: LGPL-3.
"""Within which class of delays most deliveries are."""

import pytest

from tools.delays import class_within, numbers_by_class
from tools.summary import COUNTS, DELAYS, LONGER


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
    classes = dict(zip("abc", numbers, strict=True))
    assert class_within(classes, 0.5) == median
    assert class_within(classes, 0.95) == most


def test_classes_are_what_the_totals_within_a_time_have_more():
    totals = dict.fromkeys(COUNTS, 0) | {"within_4h": 5, "within_1d": 9, "delay_known": 10}
    found = numbers_by_class(totals)
    assert list(found) == [*DELAYS, LONGER]
    assert {name: number for name, number in found.items() if number} == {
        "4h": 5,
        "1d": 4,
        "more": 1,
    }
