"""What comes back: opened images and webhooks."""

import time
from itertools import islice

from . import load
from .figures import AT_LEAST, RATIO, VALUE, Figure, Line, Sample
from .probe import conflicts_of, server
from .stage import check

#: Images, and how often each is loaded.
MAILS, TIMES = 500, 4
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
    mails, turns = stage.repeats(MAILS, 50), stage.repeats(3, 1)
    probe = stage.probe()
    found = probe.ask("webhooks.pixels", count=load.CONNECTIONS + 2 * turns * mails)
    before = probe.ask("webhooks.opens", rows=found["rows"])
    with server(stage.odoo, stage.database("addon", stage.large)) as (port, log):
        samples = load_in_turn(port, iter(found["paths"]), mails, turns)
        hits = samples["spread"].values("hits") + samples["bursts"].values("hits")
        sent = load.CONNECTIONS + sum(hits)
        seconds = seconds_until_counted(probe, found["rows"], sent + before["counted"])
        conflicts = conflicts_of(log)
    after = probe.ask("webhooks.opens", rows=found["rows"])
    for name in ("spread", "bursts"):
        what = f"pixel, {mails * TIMES:,} hits on {mails} mails, {name}"
        line = Line(what, stage.large, samples[name], samples["health"], HEALTH)
        yield line.figure("hits per second", AT_LEAST, stage.budget(0.85))
    last = "pixel, from the last hit until all opens are counted"
    yield Figure(last, stage.large, "time", seconds, VALUE, 2)
    counted = {name: after[name] - before[name] for name in after}
    for measure, number in (
        ("serialization errors", conflicts),
        ("failed requests", sum(sum(sample.values("failed")) for sample in samples.values())),
        ("opens lost", abs(sent - counted["events"])),
        ("opens not counted", abs(sent - counted["counted"])),
    ):
        yield Figure("pixel, all hits", stage.large, measure, number, VALUE, 0)


def load_in_turn(port, paths, mails, turns):
    """Load the health check, images, and images in bursts, after some to warm up.

    :param paths: of images that nobody opened; each turn takes others
    """
    load.hit(port, [HEALTH] * load.CONNECTIONS * 4 + [*islice(paths, load.CONNECTIONS)])
    results = {"health": [], "spread": [], "bursts": []}
    start = time.monotonic()
    for _turn in range(turns):
        spread, bursts = [*islice(paths, mails)], [*islice(paths, mails)]
        in_turn = {
            "health": [HEALTH] * mails * TIMES,
            "spread": spread * TIMES,
            "bursts": [path for path in bursts for _time in range(TIMES)],
        }
        for name, requested in in_turn.items():
            rate, failed = load.hit(port, requested)
            found = {"hits per second": rate, "failed": failed, "hits": len(requested)}
            results[name].append(found)
        if time.monotonic() - start > SECONDS:
            break
    return {name: Sample(found) for name, found in results.items()}


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
