"""The daily numbers: counting emails, and opening the dashboard that shows them."""

from dataclasses import replace

from . import fill
from .figures import RATIO, VALUE, Figure
from .stage import check

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
    probe = stage.probe()
    rows = min(COUNTED, stage.large)

    def count(job):
        check(probe.ask("summary.forget_counts", count=rows) == rows, "there is much to count")
        return probe.ask(job)

    line = stage.beside(
        f"counting {rows:,} emails",
        stage.repeats(3, 2),
        lambda: count("summary.count_emails"),
        lambda: count("summary.count_in_sql"),
        "bare SQL",
    )
    yield line.figure("left", VALUE, 0)
    yield line.figure("queries", VALUE, QUERIES * (1 + rows // BATCH))
    yield line.figure("time", RATIO, stage.budget(2))


def backfill(stage):
    """Count all emails, as after an update that brings the numbers."""
    stage.probe().ask("summary.forget_counts", count=stage.large * 2)
    name = "the first update"
    index = stage.alone(f"{name}, index of what is not counted", stage.ask("summary.make_index"))
    yield index.figure("time")
    line = stage.alone(f"{name}, counting all", stage.ask("summary.count_emails"))
    yield line.figure("left", VALUE, 0)
    yield line.figure("time", VALUE, stage.budget(SECONDS))
    yield line.figure("records")


def reading(stage):
    """Open the dashboard: with few emails, with many, and with a year of ten million."""
    few, many = stage.probe(size=stage.small), stage.probe()
    if few is not many:  # those of the other one were just counted
        few.ask("summary.forget_counts", count=stage.small)
        few.ask("summary.count_emails")
    yield from opened(stage, stage.large, stage.budget(READ_TIMES))
    mails = stage.repeats(MAILS_A_DAY, 500)
    year = many.ask("summary.fill_year", login=fill.POSTMASTER, mails=mails, days=DAYS)
    yield Figure("numbers of a year", year["emails"], "records", year["records"])
    yield Figure("numbers of a year", year["emails"], "bytes", year["bytes"])
    yield from opened(stage, year["emails"], None)


def opened(stage, emails, budget):
    """Yield what the dashboard with many emails costs beside the one with few."""
    asked = {"job": "summary.open_dashboard", "login": fill.POSTMASTER}
    few, many = stage.ask(**asked, size=stage.small), stage.ask(**asked)
    name, at = "opening the dashboard, 30 days", f"at {stage.small:,}"
    line = replace(stage.beside(name, stage.repeats(15), many, few, at), size=emails)
    check(line.ours.of("found") >= line.base.of("found") > 0, "the dashboard shows numbers")
    yield line.figure("queries", VALUE, READS)
    yield line.figure("time", RATIO, budget)


LINES = (summary,)
