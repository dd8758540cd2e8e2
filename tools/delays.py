# Part of mail_tracking. Licence: LGPL-3.
"""How long deliveries took, out of classes."""

from .summary import LONGER, WITHIN


def numbers_by_class(totals):
    """Return how many deliveries each class has, in the order of their time.

    :param totals: of the daily numbers
    """
    found, before = {}, 0
    for name in WITHIN:
        found[name.removeprefix("within_")] = totals[name] - before
        before = totals[name]
    return {**found, LONGER: totals["delay_known"] - before}


def class_within(numbers, share: float):
    """Return the class within which a share of all are, None where there are none.

    :param dict numbers: class -> how many are in it, in their order
    :param share: 0.5 for the median
    """
    wanted = share * sum(numbers.values())
    reached = 0
    for name, number in numbers.items():
        reached += number
        if number and reached >= wanted:
            return name
    return None
