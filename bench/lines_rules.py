"""Email rules and incidents: what they cost when much happens at once."""

from functools import partial

from . import fill
from .figures import VALUE
from .stage import check

EVENTS = 10_000
#: The scheduled action serves so many events at once.
BATCH = 100
#: Queries of a batch, and those that twenty authors get their activities by.
QUERIES = 40
QUERIES_ONCE = 200
FAILED = 5_000
MAILS_A_DAY = 2_740
DAYS = 365


def rules(stage):
    """A rule over many events, and over hits by machines."""
    events = stage.repeats(EVENTS, 200)
    ask = stage.ask("rules.failures", count=events)
    line = stage.alone(f"a rule over {events:,} failures", ask)
    check(line.ours.of("runs") == line.ours.of("messages"), "each message once")
    yield line.figure("queries", VALUE, QUERIES_ONCE + QUERIES * events // BATCH)
    yield line.figure("time", VALUE, stage.budget(60))
    yield line.figure("activities")
    ask = stage.ask("rules.machine_opens", count=events)
    line = stage.alone(f"a rule over {events:,} hits by machines", ask)
    yield line.figure("queries", VALUE, 0)
    yield line.figure("reactions", VALUE, 0)


def incidents(stage):
    """The check for incidents, with the numbers of a year; then while a server fails."""
    with stage.copy("incidents") as probe:
        mails = stage.repeats(MAILS_A_DAY, 50)
        probe.ask("summary.fill_year", login=fill.POSTMASTER, mails=mails, days=DAYS)
        probe.ask("incidents.prepare")
        ask = partial(probe.ask, "incidents.check")
        line = stage.alone("a check for incidents, nothing is wrong", ask, stage.repeats(15))
        yield line.figure("incidents", VALUE, 0)
        yield line.figure("queries")
        yield line.figure("time", VALUE, stage.budget(0.05))
        failed = stage.repeats(FAILED, 200)
        probe.ask("incidents.fail", count=failed)
        name = f"a check for incidents, {failed:,} emails failed"
        line = stage.alone(name, ask, stage.repeats(15))
        check(line.ours.of("incidents") > 0, "an incident is found")
        yield line.figure("queries")
        yield line.figure("time")


LINES = (rules, incidents)
