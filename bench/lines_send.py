"""What sending costs."""

from copy import copy
from functools import partial

from devtools import base, odoo_command, outcomes, testing

from .figures import MORE, VALUE, Figure
from .lines_read import beside, check, compare
from .probe import smtp_sink
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
        with smtp_sink() as (port, count), stage.pair(stage.large) as probes:
            asks = {kind: partial(sent, probe, messages, count) for kind, probe in probes.items()}
            for probe in probes.values():
                probe.ask("use_smtp", port=port)
            found = stage.alternate(asks, stage.repeats(2, 3))
        plain, addon = plain + found["plain"], addon + found["addon"]
    line = f"queue of {messages} x {RECIPIENTS} through SMTP"
    per_mail = [sample.median("queries") / mails for sample in (addon, plain)]
    yield beside(line, stage.large, "queries per email", *per_mail, stage.budget(1.2), MORE)
    times = [sample.median("seconds") for sample in (addon, plain)]
    yield beside(line, stage.large, "time", *times, stage.budget(1.25))
    times = [sample.median("posting") for sample in (addon, plain)]
    yield beside(f"posting {messages} of them", stage.large, "time", *times, stage.budget(1.30))


def sent(probe, messages, count):
    """Send once; make sure that all mails arrived."""
    found = probe.ask("send_queue", messages=messages, recipients=RECIPIENTS)
    check(found["left"] == 0, "no mail is left")
    check(count() == messages * RECIPIENTS, "each recipient got a mail")
    return found


def inbox(stage):
    """A message notifies somebody in the inbox alone."""
    probes = {kind: stage.probe(kind, stage.large) for kind in ("plain", "addon")}
    asks = {kind: partial(probe.ask, "notify_inbox") for kind, probe in probes.items()}
    found = stage.alternate(asks, stage.repeats(11))
    check(all(found["addon"].values("inbox")), "the notification is in the inbox")
    yield from compare("inbox notification", stage.large, found, more_queries=0, times=None)


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
