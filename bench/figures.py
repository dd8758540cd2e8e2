"""What was measured, its budget, and the verdict; no input and no output."""

import statistics
from dataclasses import asdict, dataclass

#: How our number is compared: with another one, or by itself.
RATIO, MORE, VALUE, AT_LEAST, TOLD = "ratio", "more", "value", "at least", "told"


@dataclass(frozen=True)
class Figure:
    """One number beside another one.

    ``line`` says what was done, ``measure`` what was counted (a unit), ``base`` is the median
    of what ``base_name`` cost, ``ours`` that of the addon. ``how`` tells what the budget limits:
    their ratio, how much more ours is, or ours alone; a figure that is only told has none.
    """

    line: str
    size: int
    measure: str
    ours: float
    how: str = TOLD
    budget: float | None = None
    base: float | None = None
    base_name: str = ""
    note: str = ""

    @property
    def value(self):
        """Return the number that the budget limits.

        :rtype: float
        """
        if self.how in (RATIO, AT_LEAST) and self.base is not None:
            return self.ours / self.base if self.base else float(self.ours > 0)
        if self.how == MORE:
            return self.ours - (self.base or 0)
        return self.ours

    @property
    def passed(self):
        """Tell whether the budget is met; None where there is none.

        :rtype: bool | None
        """
        if self.budget is None:
            return None
        if self.how == AT_LEAST:
            return self.value >= self.budget
        return self.value <= self.budget

    def as_dict(self):
        """Return all of it for JSON.

        :rtype: dict
        """
        return {**asdict(self), "value": self.value, "passed": self.passed}


def from_dict(values):
    """Return the figure that ``as_dict`` wrote.

    :param dict values: out of JSON
    :rtype: Figure
    """
    return Figure(**{key: value for key, value in values.items() if key not in ("value", "passed")})


def median(numbers):
    """Return the median of what was measured several times.

    :param numbers: at least one number
    :rtype: float
    """
    return statistics.median(numbers)


def spread(numbers):
    """Return how far the middle half of the numbers lies apart, beside their median.

    :param numbers: at least one number
    :rtype: float
    """
    numbers = sorted(numbers)
    if len(numbers) < 3 or not median(numbers):
        return 0.0
    quarter = len(numbers) // 4
    return (numbers[-1 - quarter] - numbers[quarter]) / median(numbers)


def verdict(figure):
    """Return what is printed of a figure's budget.

    :rtype: str
    """
    if figure.passed is None:
        return ""
    if figure.passed:
        return "met"
    over = abs(figure.value - figure.budget)
    if figure.how in (RATIO, AT_LEAST):
        return f"missed by {over:.2f}"
    return f"missed by {over:,.2f}".removesuffix(".00")


def shown_budget(figure):
    """Return a budget in words and numbers.

    :rtype: str
    """
    if figure.budget is None:
        return ""
    number = f"{figure.budget:,g}"
    sign = "≥" if figure.how == AT_LEAST else "≤"
    if figure.how in (RATIO, AT_LEAST):
        return f"{sign} {number} ×"
    return f"{sign} {number}{' more' if figure.how == MORE else ''}"


def shown_value(figure):
    """Return the number that a budget limits, as one reads it.

    :rtype: str
    """
    if figure.how in (RATIO, AT_LEAST) and figure.base is not None:
        return f"{figure.value:.2f} ×"
    if figure.how == MORE:
        return f"{figure.value:+,.2f}".removesuffix(".00")
    return ""


def shown(number, measure):
    """Return a measured number with its unit.

    :param number: seconds, bytes or a count; None where nothing was measured
    :param str measure: what it is
    :rtype: str
    """
    if number is None:
        return ""
    if measure == "time":
        return f"{number * 1000:,.1f} ms" if number < 10 else f"{number:,.1f} s"
    if measure == "bytes":
        return f"{number / 1024:,.1f} KiB"
    if measure == "hits per second":
        return f"{number:,.0f}/s"
    return f"{number:,.2f}".removesuffix(".00")


HEADER = ("What", "Size", "Measure", "Beside", "Base", "Addon", "Result", "Budget", "Verdict")


def rows(figures):
    """Return the lines of the table, each a tuple of texts.

    :param figures: list of ``Figure``
    :rtype: list[tuple]
    """
    return [
        (
            figure.line,
            f"{figure.size:,}",
            figure.measure,
            figure.base_name,
            shown(figure.base, figure.measure),
            shown(figure.ours, figure.measure),
            shown_value(figure),
            shown_budget(figure),
            verdict(figure),
        )
        for figure in figures
    ]


def text_table(figures):
    """Return the table for a terminal.

    :param figures: list of ``Figure``
    :rtype: str
    """
    lines = [HEADER, *rows(figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def summary(figures):
    """Return how many budgets are met.

    :param figures: list of ``Figure``
    :rtype: str
    """
    with_budget = [figure for figure in figures if figure.passed is not None]
    met = sum(figure.passed for figure in with_budget)
    return f"{met} of {len(with_budget)} budgets met"
