"""What sending costs."""

from copy import copy
from dataclasses import replace
from functools import partial

from devtools import base, odoo_command, outcomes, testing

from . import fill
from .figures import MORE, RATIO, VALUE, Figure
from .probe import smtp_sink
from .stage import check

MESSAGES = 200
RECIPIENTS = 5
#: Odoo's tests of the numbers of queries that mails cost
CORE_BUDGETS = "/test_mail/tests/test_performance.py"


def queue(stage):
    """Messages are posted and their queue is sent through a real SMTP server."""
    messages = stage.repeats(MESSAGES, 20)
    mails = messages * RECIPIENTS

    def measure(probes):
        with smtp_sink() as (port, count):
            for probe in probes.values():
                probe.ask("sending.use_smtp", port=port)
            asks = {kind: partial(sent, probe, count) for kind, probe in probes.items()}
            name = f"queue of {messages} x {RECIPIENTS} through SMTP"
            yield stage.with_and_without(name, stage.repeats(2, 3), asks)

    def sent(probe, count):
        """Send once; make sure that all mails arrived."""
        values = {"messages": messages, "recipients": RECIPIENTS}
        found = probe.ask("sending.queue", login=fill.SENDER, **values)
        check(found["left"] == 0, "no mail is left")
        check(count() == mails, "each recipient got a mail")
        return {**found, "queries per email": found["queries"] / mails}

    for line in stage.in_pairs(measure):
        yield line.figure("queries per email", MORE, stage.budget(1.2))
        yield line.figure("time", RATIO, stage.budget(1.25))
        posting = line.figure("posting", RATIO, stage.budget(1.30))
        yield replace(posting, line=f"posting {messages} of them", measure="time")


def inbox(stage):
    """A message notifies somebody in the inbox alone."""
    asked = {"job": "sending.notify_inbox", "login": fill.SENDER}
    line = stage.beside_plain("inbox notification", stage.repeats(11), **asked)
    check(all(line.ours.values("inbox")), "the notification is in the inbox")
    yield line.figure("queries", MORE, 0)
    yield line.figure("time", RATIO)


def core_budgets(stage):
    """Odoo's own tests that pin how many queries mails may cost, with and without the addon."""
    if stage.quick or stage.odoo.source.addon("test_mail") is None:
        return  # it takes minutes, and not every Odoo has these tests
    plain = pinned_queries(stage.odoo, "test_mail")
    addon = pinned_queries(stage.odoo, f"test_mail,{base.ADDON}")
    check(plain.tests.keys() == addon.tests.keys(), "the same tests ran on both sides")
    excess = sum(more for more in outcomes.excess(plain, addon).values() if more > 0)
    line = f"{len(addon.tests)} tests of Odoo's"
    yield Figure(line, 0, "queries above plain", excess, VALUE, 300)


def pinned_queries(odoo, modules):
    """Run Odoo's tests of query counts beside these modules."""
    odoo = copy(odoo)
    odoo.program = (odoo_command.LATE_TESTS,)
    with odoo.throwaway(from_template=False, name="budgets") as database:
        options = testing.test_options(modules, [CORE_BUDGETS])
        _code, log = odoo.run("bench-core-budgets", database, *options)
    found = outcomes.read(log)
    check(found.is_complete, "the tests came to their end")
    return found


LINES = (queue, inbox, core_budgets)
