"""The daily numbers: counting emails, and opening the dashboard that shows them."""

from functools import partial

from .figures import RATIO, VALUE, Figure
from .lines_read import beside, check

COUNTED = 100_000
#: A year of ten million emails.
MAILS_A_DAY = 27_000
DAYS = 365
#: emails between two commits, and the queries that such a batch takes
BATCH = 1_000
QUERIES = 14
SECONDS = 300
#: queries of the dashboard, and how much longer it may take with a thousand times the emails
READS, READ_TIMES = 8, 1.5


def summary(stage):
    """The scheduled action counts emails, and the dashboard reads the numbers."""
    yield from counting(stage)
    yield from backfill(stage)
    yield from reading(stage)


def counting(stage):
    """Count the newest emails, beside one statement that does the least."""
    probe = stage.probe("addon", stage.large)
    rows = min(COUNTED, stage.large)

    def count(job):
        check(probe.ask("forget_counts", count=rows)["found"] == rows, "there is much to count")
        return probe.ask(job)

    asks = {"addon": partial(count, "count_emails"), "sql": partial(count, "count_in_sql")}
    found = stage.alternate(asks, stage.repeats(3, 2))
    line = f"counting {rows:,} emails"
    yield Figure(line, stage.large, "left", found["addon"].exact("left"), VALUE, 0)
    budget = QUERIES * (1 + rows // BATCH)
    yield Figure(line, stage.large, "queries", found["addon"].exact("queries"), VALUE, budget)
    times = found["addon"].median("seconds"), found["sql"].median("seconds")
    yield beside(line, stage.large, "time", *times, stage.budget(2), name="bare SQL")


def backfill(stage):
    """Count all emails, as after an update that brings the numbers."""
    probe = stage.probe("addon", stage.large)
    probe.ask("forget_counts", count=stage.large * 2)
    line = "the first update"
    index = probe.ask("make_index")["seconds"]
    yield Figure(f"{line}, index of what is not counted", stage.large, "time", index)
    found = probe.ask("count_emails")
    line = f"{line}, counting all"
    yield Figure(line, stage.large, "left", found["left"], VALUE, 0)
    yield Figure(line, stage.large, "time", found["seconds"], VALUE, stage.budget(SECONDS))
    yield Figure(line, stage.large, "records", found["records"])


def reading(stage):
    """Open the dashboard: with few emails, with many, and with a year of ten million."""
    few, many = (stage.probe("addon", size) for size in (stage.small, stage.large))
    if few is not many:  # those of the other one were just counted
        few.ask("forget_counts", count=stage.small)
        few.ask("count_emails")
    line = "opening the dashboard, 30 days"
    asks = {"few": partial(few.ask, "open_dashboard"), "many": partial(many.ask, "open_dashboard")}
    found = stage.alternate(asks, stage.repeats(15))
    yield from opened(line, stage.large, found, stage, stage.budget(READ_TIMES))
    year = many.ask("fill_year", mails=stage.repeats(MAILS_A_DAY, 500), days=DAYS)
    found = stage.alternate(asks, stage.repeats(15))
    yield Figure("numbers of a year", year["emails"], "records", year["records"])
    yield Figure("numbers of a year", year["emails"], "bytes", year["bytes"])
    yield from opened(line, year["emails"], found, stage, None)


def opened(line, size, found, stage, budget):
    few, many = found["few"], found["many"]
    check(many.exact("found") >= few.exact("found") > 0, "the dashboard shows numbers")
    yield Figure(line, size, "queries", many.exact("queries"), VALUE, READS)
    times = many.median("seconds"), few.median("seconds")
    yield beside(line, size, "time", *times, budget, RATIO, f"at {stage.small:,}")


LINES = (summary,)
