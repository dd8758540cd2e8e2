"""The daily numbers: counting emails, and reading what was counted."""

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
#: queries of a dashboard
READS = 6


def summary(stage):
    """The scheduled action counts emails, and a dashboard reads the numbers."""
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
    """Read the numbers of a dashboard: of few emails, and of a year of ten million."""
    times = {}
    for size, mails in ((stage.small, 3), (stage.large, stage.repeats(MAILS_A_DAY, 500))):
        probe = stage.probe("addon", size)
        year = probe.ask("fill_year", mails=mails, days=DAYS)
        found = stage.alternate({"year": partial(probe.ask, "read_numbers")}, stage.repeats(15))
        times[year["emails"]] = found["year"].median("seconds")
    line, (few, emails) = "numbers of a dashboard", times
    yield Figure(f"{line}, records of a year", emails, "records", year["records"])
    yield Figure(f"{line}, records of a year", emails, "bytes", year["bytes"])
    yield Figure(line, emails, "queries", found["year"].exact("queries"), VALUE, READS)
    yield beside(line, emails, "time", times[emails], times[few], None, RATIO, f"at {few:,}")


LINES = (summary,)
