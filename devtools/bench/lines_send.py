"""What sending costs."""

from functools import partial

from . import serve
from .figures import MORE, RATIO, Figure
from .lines_read import PLAIN, check

MESSAGES = 200
RECIPIENTS = 5


def queue(stage):
    """Messages are posted and their queue is sent through a real SMTP server."""
    messages = stage.repeats(MESSAGES, 20)
    mails = messages * RECIPIENTS
    with serve.smtp_sink() as (port, count):
        asks = {}
        for kind in ("plain", "addon"):
            probe = stage.probe(kind, stage.large)
            probe.ask("use_smtp", port=port)
            asks[kind] = partial(sent, probe, messages, count)
        found = stage.alternate(asks, stage.repeats(3, 3))
    plain, addon = found["plain"], found["addon"]
    line = f"queue of {messages} x {RECIPIENTS} through SMTP"
    per_mail = [sample.median("queries") / mails for sample in (addon, plain)]
    yield Figure(
        line,
        stage.large,
        "queries per email",
        per_mail[0],
        MORE,
        stage.budget(0.8),
        per_mail[1],
        PLAIN,
    )
    times = [sample.median("seconds") for sample in (addon, plain)]
    yield Figure(line, stage.large, "time", times[0], RATIO, stage.budget(1.10), times[1], PLAIN)


def sent(probe, messages, count):
    """Send once; make sure that all mails arrived."""
    found = probe.ask("send_queue", messages=messages, recipients=RECIPIENTS)
    check(found["left"] == 0, "no mail is left")
    check(count() == messages * RECIPIENTS, "each recipient got a mail")
    return found


def inbox(stage):
    """A message notifies somebody in the inbox alone."""
    asks = {
        kind: partial(stage.probe(kind, stage.large).ask, "notify_inbox")
        for kind in ("plain", "addon")
    }
    found = stage.alternate(asks, stage.repeats(11))
    check(all(found["addon"].values("inbox")), "the notification is in the inbox")
    queries = [found[kind].exact("queries") for kind in ("addon", "plain")]
    yield Figure(
        "inbox notification", stage.large, "queries", queries[0], MORE, 0, queries[1], PLAIN
    )
    times = [found[kind].median("seconds") for kind in ("addon", "plain")]
    yield Figure("inbox notification", stage.large, "time", times[0], RATIO, None, times[1], PLAIN)


LINES = (queue, inbox)
