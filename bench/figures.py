"""What was measured, its budget, and the verdict; no input and no output."""

import statistics
from dataclasses import asdict, dataclass, replace

#: How our number is compared: with another one, or by itself.
RATIO, MORE, VALUE, AT_LEAST = "ratio", "more", "value", "at least"
HEADER = ("What", "Size", "Measure", "Beside", "Base", "Addon", "Result", "Budget", "Verdict")
PLAIN = "plain Odoo"
#: Of these the median is shown; of counts the highest, as they must not vary.
MEDIANS = ("time", "bytes", "posting", "queries per email", "hits per second")

median = statistics.median


@dataclass(frozen=True)
class Figure:
    """One number beside another one.

    ``line`` says what was done, ``measure`` what was counted (a unit), ``base`` is the median
    of what ``base_name`` cost, ``ours`` that of the addon. ``how`` tells what the budget limits:
    their ratio, how much more ours is, or ours alone; a figure that is only told has no budget.
    """

    line: str
    size: int
    measure: str
    ours: float
    how: str = VALUE
    budget: float | None = None
    base: float | None = None
    base_name: str = ""

    @property
    def is_ratio(self):
        return self.how in (RATIO, AT_LEAST)

    @property
    def value(self):
        """The number that the budget limits."""
        if self.is_ratio and self.base is not None:
            return self.ours / self.base if self.base else float(self.ours > 0)
        return self.ours - (self.base or 0) if self.how == MORE else self.ours

    @property
    def passed(self):
        """Whether the budget is met; None where there is none."""
        if self.budget is None:
            return None
        return self.value >= self.budget if self.how == AT_LEAST else self.value <= self.budget

    def as_dict(self):
        """Return what makes the same figure again."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


class Sample:
    """What was measured several times of one thing."""

    def __init__(self, results):
        self.results = results

    def __add__(self, other):
        return Sample(self.results + other.results)

    def values(self, name):
        return [result[name] for result in self.results]

    def of(self, name):
        """Return the number that stands for all."""
        return (median if name in MEDIANS else max)(self.values(name))


@dataclass(frozen=True)
class Line:
    """Something that was measured, alone or in turn with something else."""

    name: str
    size: int
    ours: Sample
    base: Sample | None = None
    base_name: str = ""

    def __add__(self, other):
        return replace(self, ours=self.ours + other.ours, base=self.base + other.base)

    def figure(self, measure, how=VALUE, budget=None):
        """Return one number of it: alone, or beside that of the other thing."""
        beside = () if how == VALUE else (self.base.of(measure), self.base_name)
        return Figure(self.name, self.size, measure, self.ours.of(measure), how, budget, *beside)


def verdict(figure):
    if figure.passed is None:
        return ""
    if figure.passed:
        return "met"
    over = abs(figure.value - figure.budget)
    return f"missed by {f'{over:.2f}' if figure.is_ratio else shown(over, figure.measure)}"


def shown_budget(figure):
    if figure.budget is None:
        return ""
    unit = " ×" if figure.is_ratio else " more" if figure.how == MORE else ""
    number = f"{figure.budget:,g}"
    if figure.measure == "time" and not figure.is_ratio:
        number = f"{figure.budget * 1000:g} ms" if figure.budget < 1 else f"{number} s"
    return f"{'≥' if figure.how == AT_LEAST else '≤'} {number}{unit}"


def shown_value(figure):
    if figure.is_ratio and figure.base is not None:
        return f"{figure.value:.2f} ×"
    return shown(figure.value, figure.measure, "+") if figure.how == MORE else ""


def shown(number, measure, sign=""):
    """Return a measured number with its unit: seconds, bytes or a count."""
    if number is None:
        return ""
    if measure == "time":
        return f"{number * 1000:{sign},.1f} ms" if number < 10 else f"{number:{sign},.1f} s"
    if measure == "bytes":
        return f"{number / 1024:{sign},.1f} KiB"
    if measure == "hits per second":
        return f"{number:{sign},.0f}/s"
    return f"{number:{sign},.2f}".removesuffix(".00")


def rows(figures):
    """Return the lines of the table, each a tuple of texts."""
    return [
        (
            *(figure.line, f"{figure.size:,}", figure.measure, figure.base_name),
            *(shown(figure.base, figure.measure), shown(figure.ours, figure.measure)),
            *(shown_value(figure), shown_budget(figure), verdict(figure)),
        )
        for figure in figures
    ]


def text_table(figures):
    """Return the table for a terminal."""
    lines = [HEADER, *rows(figures)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def summary(figures):
    with_budget = [figure for figure in figures if figure.passed is not None]
    return f"{sum(figure.passed for figure in with_budget)} of {len(with_budget)} budgets met"
