"""Email rules: what they cost when much happens at once."""

from .figures import VALUE, Figure
from .lines_read import check

EVENTS = 10_000
#: The scheduled action serves so many events at once.
BATCH = 100
#: Queries of a batch, and those that twenty authors get their activities by.
QUERIES = 40
QUERIES_ONCE = 200


def rules(stage):
    """A rule over many events, and over hits by machines."""
    events = stage.repeats(EVENTS, 200)
    probe = stage.probe("addon", stage.large)
    found = probe.ask("rule_events", count=events)
    check(found["runs"] == found["messages"], "each message once")
    line = f"a rule over {events:,} events"
    budget = QUERIES_ONCE + QUERIES * events // BATCH
    yield Figure(line, stage.large, "queries", found["queries"], VALUE, budget)
    yield Figure(line, stage.large, "time", found["seconds"], VALUE, stage.budget(60))
    yield Figure(line, stage.large, "activities", found["activities"])
    found = probe.ask("machine_opens", count=events)
    line = f"a rule over {events:,} hits by machines"
    yield Figure(line, stage.large, "queries", found["queries"], VALUE, 0)
    yield Figure(line, stage.large, "reactions", found["awaited"], VALUE, 0)


LINES = (rules,)
