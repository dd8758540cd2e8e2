# Part of mail_tracking. Licence: LGPL-3.
"""How long deliveries took, out of classes."""


def class_within(classes, share: float):
    """Return the class within which a share of all are, None where there are none.

    :param classes: pairs of a class and how many are in it, in their order
    :param share: 0.5 for the median
    """
    wanted = share * sum(number for _name, number in classes)
    reached = 0
    for name, number in classes:
        reached += number
        if number and reached >= wanted:
            return name
    return None
