# Part of mail_tracking. Licence: LGPL-3.
"""Within which class of delays most deliveries are."""

import pytest

from tools.delays import class_within


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
    assert class_within(classes, 0.5) == median
    assert class_within(classes, 0.95) == most
