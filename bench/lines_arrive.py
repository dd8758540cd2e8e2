"""What comes back: opened images and webhooks."""

import time
from itertools import islice

from . import load
from .figures import AT_LEAST, RATIO, VALUE, Figure, Line, Sample
from .probe import conflicts_of, server
from .stage import check

HITS = 2_000
MAILS = 500
EVENTS = 1_000
HEALTH = "/web/health"
#: The ORM reads and writes so many records by one query.
ORM_BATCH = 100
#: Event and tracking; of a failure notification and message as well.
WRITTEN_TABLES = {"delivered": 2, "hard_bounce": 4}
#: After these no other round begins.
SECONDS = 120


def pixel(stage):
    """Images are loaded, sixteen at a time, from a server with two workers."""
    mails, times = stage.repeats(MAILS, 50), HITS // MAILS
    turns = stage.repeats(3, 1)
    probe = stage.probe()
    found = probe.ask("webhooks.pixels", count=load.CONNECTIONS + 2 * turns * mails)
    # nobody opened them before, in each turn
    paths = iter(found["paths"])
    before = probe.ask("webhooks.opens", rows=found["rows"])
    results = {"health": [], "spread": [], "bursts": []}
    with server(stage.odoo, stage.database("addon", stage.large)) as (port, log):
        load.hit(port, [HEALTH] * load.CONNECTIONS * 4 + [*islice(paths, load.CONNECTIONS)])
        start = time.monotonic()
        for _turn in range(turns):
            spread, bursts = [*islice(paths, mails)], [*islice(paths, mails)]
            in_turn = {
                "health": [HEALTH] * mails * times,
                "spread": spread * times,
                "bursts": [path for path in bursts for _time in range(times)],
            }
            for name, requested in in_turn.items():
                rate, failed = load.hit(port, requested)
                results[name].append({"hits per second": rate, "failed": failed})
            if time.monotonic() - start > SECONDS:
                break
        sent = load.CONNECTIONS + len(results["spread"]) * 2 * mails * times
        seconds = seconds_until_counted(probe, found["rows"], sent + before["counted"])
        conflicts = conflicts_of(log)
    after = probe.ask("webhooks.opens", rows=found["rows"])
    samples = {name: Sample(result) for name, result in results.items()}
    for name in ("spread", "bursts"):
        name, sample = f"pixel, {mails * times:,} hits on {mails} mails, {name}", samples[name]
        line = Line(name, stage.large, sample, samples["health"], HEALTH)
        yield line.figure("hits per second", AT_LEAST, stage.budget(0.85))
    failures = sum(sum(sample.values("failed")) for sample in samples.values())
    counted = {name: after[name] - before[name] for name in after}
    last = "pixel, from the last hit until all opens are counted"
    yield Figure(last, stage.large, "time", seconds, VALUE, 2)
    for measure, number in (
        ("serialization errors", conflicts),
        ("failed requests", failures),
        ("opens lost", abs(sent - counted["events"])),
        ("opens not counted", abs(sent - counted["counted"])),
    ):
        yield Figure("pixel, all hits", stage.large, measure, number, VALUE, 0)


def seconds_until_counted(probe, rows, count):
    """Wait for the cron of the server to count so many opens; return how long that took."""
    start = time.monotonic()
    while probe.ask("webhooks.opens", rows=rows, process=False)["counted"] < count:
        if time.monotonic() - start > SECONDS:
            break
    return time.monotonic() - start


def webhook(stage):
    """A signed request with a thousand events, beside creating the same ones by the ORM."""
    events = stage.repeats(EVENTS, 200)
    for outcome, tables in WRITTEN_TABLES.items():
        asked = {"count": events, "outcome": outcome}
        ours = stage.ask("webhooks.webhook", **asked)
        base = stage.ask("webhooks.bare_events", **asked)
        name = f"webhook of {events:,} {outcome.replace('_', ' ')}"
        line = stage.beside(name, stage.repeats(7, 3), ours, base, "ORM create")
        check(set(line.ours.values("status")) == {200}, "the request is taken")
        check(set(line.ours.values("logged")) == {events}, "each event is logged")
        check(set(line.ours.values("changed")) == {events}, "each state follows")
        one = stage.probe().ask("webhooks.webhook", count=1, outcome=outcome)["queries"]
        yield line.figure("queries", VALUE, one + 4 * -(-events // ORM_BATCH) * tables)
        yield line.figure("time", RATIO, stage.budget(3))


LINES = (webhook, pixel)
