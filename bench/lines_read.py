"""What people look at: chatters, the start of the web client, the mailbox, filters, contacts."""

from datetime import datetime, timedelta, timezone
from functools import partial

from . import fill
from .figures import MORE, RATIO, VALUE, Figure, Line
from .stage import check

USER = "bench_author_00"
PAGE = 30
LIST = 80
#: What a list counts to before it shows a plus.
COUNT_LIMIT = 10_001
#: What a list asks for: so many records, and how many there are.
LISTED = {
    "first page": {
        "method": "web_search_read",
        "kwargs": {
            "specification": {"display_name": {}, "email": {}},
            "limit": LIST,
            "count_limit": LIST,
        },
    },
    "count": {"method": "search_count", "kwargs": {"limit": COUNT_LIMIT}},
}
SINCE = timedelta(days=7)
FILTERS = (
    "failed_message_ids",
    *(f"mail_tracking_{name}" for name in ("not_opened", "not_answered", "address_bounced")),
)


def chatter(stage):
    """A chatter is opened: one page of its messages, with the status of their emails."""

    def measure(probes):
        for name, (record, count, _recipients) in fill.CHATTERS.items():
            params = {"thread_model": "res.partner", "thread_id": record}
            asked = request("/mail/thread/messages", **params, fetch_params={"limit": count})
            asks = {kind: partial(probe.ask, **asked) for kind, probe in probes.items()}
            line = stage.with_and_without(f"chatter, {name}", stage.repeats(11), asks)
            check(line.ours.of("found") == count, "the chatter shows all messages")
            yield line

    queries = set()
    for line in stage.in_pairs(measure):
        more = line.figure("queries", MORE, 2)
        yield more
        yield line.figure("time", RATIO, 1.10)
        yield line.figure("bytes", RATIO, 1.25)
        queries.add(more.value)
    apart = max(queries) - min(queries)
    yield Figure("chatter, all alike", stage.large, "queries apart", apart, VALUE, 0)


def web_client(stage):
    """The web client starts, and shows how many failures there are."""
    asked = request("/mail/data", fetch_params=["init_messaging"])
    for size in stage.sizes:
        repeats = stage.repeats(101, 11)
        line = stage.beside_plain("web client start", repeats, **asked, size=size)
        yield line.figure("queries", MORE, 1)
        yield line.figure("time", RATIO, 1.15)


def mailbox(stage):
    """The first page of the mailbox Failed."""
    asked = request("/mail/failed/messages", fetch_params={"limit": PAGE})
    yield grown(stage, "mailbox Failed, first page", **asked)


def filters(stage):
    """The filters of contacts, beside the one of core for its own failures.

    Core's finds few contacts here; then as many as ours, also with a date.
    """
    with stage.copy("filters") as probe:
        yield from filters_beside_core(stage, probe)
        probe.ask("reading.fail_messages", login=USER, days=2 * SINCE.days)
        stage.databases.server.sql("VACUUM (ANALYZE)", probe.database)
        since = (datetime.now(timezone.utc) - SINCE).strftime("%Y-%m-%d %H:%M:%S")
        yield from filters_beside_core(stage, probe)
        yield from filters_beside_core(stage, probe, since)


def filters_beside_core(stage, probe, since=None):
    """Compare what a list asks for with the filters, and with core's."""
    author = probe.ask("reading.author", login=USER)
    failed = [("has_error", "=", True), ("author_id", "=", author)]  # as ``message_has_error``
    failed += [("date", ">=", since)] if since else []
    dated = [("mail_tracking_last_date", ">=", since)] if since else []
    domains = {name: [(name, "!=", False), *dated] for name in FILTERS}
    domains["core"] = [("message_ids", "any", failed)]
    call = partial(probe.ask, "web_client.call", login=USER, model="res.partner")
    for what, how in LISTED.items():
        asks = {name: partial(call, args=[domain], **how) for name, domain in domains.items()}
        found = stage.alternate(asks, stage.repeats(15))
        numbers = {name: sample.of("found") for name, sample in found.items()}
        core = f"message_has_error, {numbers['core']:,}"
        for name in FILTERS:
            check(numbers[name] > 0, f"{name} finds something")
            line = f"filter {name}{' since a week' if since else ''}, {what}, {numbers[name]:,}"
            line = Line(line, stage.large, found[name], found["core"], core)
            yield line.figure("time", RATIO, 1)


def last_email(stage):
    """Eighty contacts in a list, with the column *Last email* and without it."""

    def ask(**fields):
        kwargs = {"limit": LIST, "count_limit": LIST, "specification": fields}
        return stage.ask(
            "web_client.call",
            login=USER,
            model="res.partner",
            method="web_search_read",
            args=[[("id", ">", fill.HEAVY + 4)]],
            kwargs=kwargs,
        )

    ours, base = ask(display_name={}, mail_tracking_last_email={}), ask(display_name={})
    name = f"column Last email, {LIST} records"
    line = stage.beside(name, stage.repeats(21), ours, base, "without it")
    check(line.ours.of("found") == LIST, "there is a page")
    yield line.figure("queries", MORE, 2)
    yield line.figure("time", MORE, stage.budget(0.03))


def contact_fields(stage):
    """Score and number of mails of one contact and of eighty."""
    for name, count in (("1 contact", 1), ("80 contacts", LIST)):
        ids = [fill.HEAVY + number for number in range(count)]
        ask = stage.ask("reading.contact_fields", login=USER, ids=ids)
        line = stage.alone(f"contact fields, {name}", ask, stage.repeats(11))
        yield line.figure("queries", VALUE, 2)
        yield line.figure("time")


def contact_form(stage):
    """A contact is read with all fields of its form, as the web client does."""
    asked = {"job": "reading.contact_form", "login": USER, "contact": fill.HEAVY}
    line = stage.beside_plain("contact form", stage.repeats(41, 11), **asked)
    yield line.figure("queries", MORE, 2)
    yield line.figure("time", RATIO, 1.25)


# ------------------------------------------------------------
# HELPERS
# ------------------------------------------------------------


def request(path, **params):
    """Return what to ask for a request of the web client."""
    return {"job": "web_client.request", "login": USER, "path": path, "params": params}


def grown(stage, name, least=1, **asked):
    """Return the time of a request at the largest size beside that at the smallest."""
    base = stage.ask(**asked, size=stage.small)
    at = f"at {stage.small:,}"
    line = stage.beside(name, stage.repeats(21), stage.ask(**asked), base, at)
    check(line.ours.of("found") >= least, f"{name}: something is found")
    return line.figure("time", RATIO, 3)


LINES = (chatter, web_client, mailbox, filters, last_email, contact_fields, contact_form)
