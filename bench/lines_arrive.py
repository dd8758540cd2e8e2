"""What comes back: opened images and webhooks."""

import time
from functools import partial
from itertools import islice

from . import load
from .figures import AT_LEAST, VALUE, Figure, median
from .lines_read import beside, check
from .probe import conflicts_of, server

HITS = 2_000
MAILS = 500
EVENTS = 1_000
HEALTH = "/web/health"
#: The ORM reads and writes so many records by one query.
ORM_BATCH = 100
#: Event and tracking; of a failure notification and message as well.
WRITTEN_TABLES = {"delivered": 2, "hard_bounce": 4}
#: What is loaded in turn: how some paths are loaded so many times each.
ROUNDS = {
    "health": lambda paths, times: paths * times,
    "spread": lambda paths, times: paths * times,
    "bursts": lambda paths, times: [path for path in paths for _time in range(times)],
}
#: After these no other round begins.
SECONDS = 120


def pixel(stage):
    """Images are loaded, sixteen at a time, from a server with two workers."""
    hits, mails = stage.repeats(HITS, 200), stage.repeats(MAILS, 50)
    turns = stage.repeats(3, 1)
    probe = stage.probe("addon", stage.large)
    found = probe.ask("pixels", count=load.CONNECTIONS + 2 * turns * mails)
    # nobody opened them before, in each turn
    paths = iter(found["paths"])
    before = probe.ask("opens", rows=found["rows"])
    rates, failures, sent = {name: [] for name in ROUNDS}, 0, 0
    with server(stage.odoo, stage.database("addon", stage.large)) as (port, log):
        load.hit(port, [HEALTH] * load.CONNECTIONS * 4 + [*islice(paths, load.CONNECTIONS)])
        sent += load.CONNECTIONS
        start = time.monotonic()
        while len(rates["health"]) < turns:
            if time.monotonic() - start > SECONDS:
                break
            for name, arrange in ROUNDS.items():
                own = [*islice(paths, mails)] if name != "health" else [HEALTH] * mails
                rate, failed = load.hit(port, arrange(own, hits // mails))
                rates[name].append(rate)
                failures += failed
                sent += hits // mails * mails if name != "health" else 0
        seconds = seconds_until_counted(probe, found["rows"], sent + before["counted"])
        conflicts = conflicts_of(log)
    after = probe.ask("opens", rows=found["rows"])
    health = median(rates["health"])
    for name in ("spread", "bursts"):
        line, rate = f"pixel, {hits:,} hits on {mails} mails, {name}", median(rates[name])
        budget = stage.budget(0.85)
        yield beside(line, stage.large, "hits per second", rate, health, budget, AT_LEAST, HEALTH)
    line = "pixel, all hits"
    yield Figure(line, stage.large, "serialization errors", conflicts, VALUE, 0)
    yield Figure(line, stage.large, "failed requests", failures, VALUE, 0)
    last = "pixel, from the last hit until all opens are counted"
    yield Figure(last, stage.large, "time", seconds, VALUE, 2)
    lost = sent - (after["events"] - before["events"])
    yield Figure(line, stage.large, "opens lost", abs(lost), VALUE, 0)
    miscounted = abs(sent - (after["counted"] - before["counted"]))
    yield Figure(line, stage.large, "opens not counted", miscounted, VALUE, 0)


def seconds_until_counted(probe, rows, count):
    """Wait for the cron of the server to count so many opens; return how long that took."""
    start = time.monotonic()
    while probe.ask("opens", rows=rows, process=False)["counted"] < count:
        if time.monotonic() - start > SECONDS:
            break
    return time.monotonic() - start


def webhook(stage):
    """A signed request with a thousand events, beside creating the same ones by the ORM."""
    for kind in ("delivered", "hard_bounce"):
        yield from webhook_of(stage, kind)


def webhook_of(stage, kind):
    events = stage.repeats(EVENTS, 200)
    probe = stage.probe("addon", stage.large)
    asks = {"addon": "webhook", "orm": "bare_events"}
    asks = {n: partial(probe.ask, job, count=events, kind=kind) for n, job in asks.items()}
    found = stage.alternate(asks, stage.repeats(7, 3))
    addon = found["addon"]
    check(set(addon.values("status")) == {200}, "the request is taken")
    check(set(addon.values("logged")) == {events}, "each event is logged")
    check(set(addon.values("changed")) == {events}, "each state follows")
    one = probe.ask("webhook", count=1, kind=kind)["queries"]
    line = f"webhook of {events:,} {kind.replace('_', ' ')}"
    tables = WRITTEN_TABLES[kind]
    budget = one + 4 * -(-events // ORM_BATCH) * tables
    yield Figure(line, stage.large, "queries", addon.exact("queries"), VALUE, budget)
    times = addon.median("seconds"), found["orm"].median("seconds")
    yield beside(line, stage.large, "time", *times, stage.budget(3), name="ORM create")


LINES = (webhook, pixel)
