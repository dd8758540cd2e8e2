"""What sending costs."""

from copy import copy
from functools import partial

from devtools import odoo_command, outcomes, paths, testing

from . import serve
from .figures import MORE, RATIO, VALUE, Figure
from .lines_read import PLAIN, check
from .stage import PAIRS, Sample

MESSAGES = 200
RECIPIENTS = 5
#: Odoo's tests of the numbers of queries that mails cost
CORE_BUDGETS = "/test_mail/tests/test_performance.py"


def queue(stage):
    """Messages are posted and their queue is sent through a real SMTP server."""
    messages = stage.repeats(MESSAGES, 20)
    mails = messages * RECIPIENTS
    plain, addon = Sample([]), Sample([])
    for _number in range(stage.repeats(PAIRS, 1)):
        with serve.smtp_sink() as (port, count), stage.pair(stage.large) as probes:
            asks = {kind: partial(sent, probe, messages, count) for kind, probe in probes.items()}
            for probe in probes.values():
                probe.ask("use_smtp", port=port)
            found = stage.alternate(asks, stage.repeats(2, 3))
        plain, addon = plain + found["plain"], addon + found["addon"]
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


def core_budgets(stage):
    """Odoo's own tests that pin how many queries mails may cost, with and without the addon."""
    if stage.quick or stage.odoo.source.addon("test_mail") is None:
        return  # it takes minutes, and not every Odoo has these tests
    plain = pinned_queries(stage.odoo, "test_mail")
    addon = pinned_queries(stage.odoo, f"test_mail,{paths.ADDON}")
    check(plain.tests.keys() == addon.tests.keys(), "the same tests ran on both sides")
    excess = sum(more for more in outcomes.excess(plain, addon).values() if more > 0)
    yield Figure(
        f"{len(addon.tests)} tests of Odoo's", 0, "queries above plain", excess, VALUE, 200
    )


def pinned_queries(odoo, modules):
    """Run Odoo's tests of query counts beside these modules.

    :rtype: Outcomes
    """
    odoo = copy(odoo)
    odoo.program = (odoo_command.LATE_TESTS,)
    with odoo.throwaway(from_template=False, name="budgets") as database:
        options = testing.test_options(modules, [CORE_BUDGETS])
        _code, log = odoo.run("bench-core-budgets", database, *options)
    found = outcomes.read(log)
    check(found.is_complete, "the tests came to their end")
    return found


LINES = (queue, inbox, core_budgets)
