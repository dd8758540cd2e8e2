"""What people look at: chatters, the start of the web client, the mailbox, filters, contacts."""

from datetime import datetime, timedelta, timezone
from functools import partial

from . import fill
from .figures import MORE, RATIO, VALUE, Figure
from .probe import Probe
from .stage import PAIRS, Sample

PLAIN = "plain Odoo"
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
    samples = {}
    for _number in range(stage.repeats(PAIRS, 1)):
        with stage.pair(stage.large) as probes:
            for name, (record, count, _recipients) in fill.CHATTERS.items():
                params = {"thread_model": "res.partner", "thread_id": record}
                params["fetch_params"] = {"limit": count}
                asks = requests(probes, "/mail/thread/messages", params)
                for kind, sample in stage.alternate(asks, stage.repeats(11)).items():
                    samples[name, kind] = samples.get((name, kind), Sample([])) + sample
    queries = set()
    for name, (_record, count, _recipients) in fill.CHATTERS.items():
        found = {kind: samples[name, kind] for kind in ("plain", "addon")}
        check(found["addon"].exact("found") == count, "the chatter shows all messages")
        line = f"chatter, {name}"
        yield from compare(line, stage.large, found, more_queries=2, times=1.10)
        plain, addon = found["plain"].median("bytes"), found["addon"].median("bytes")
        yield beside(line, stage.large, "bytes", addon, plain, 1.25)
        queries.add(found["addon"].exact("queries") - found["plain"].exact("queries"))
    apart = max(queries) - min(queries)
    yield Figure("chatter, all alike", stage.large, "queries apart", apart, VALUE, 0)


def web_client(stage):
    """The web client starts, and shows how many failures there are."""
    params = {"fetch_params": ["init_messaging"]}
    for size in stage.sizes:
        found = beside_plain(stage, "/mail/data", params, size, 101)
        yield from compare("web client start", size, found, more_queries=1, times=1.15)


def mailbox(stage):
    """The first page of the mailbox Failed."""
    params = {"fetch_params": {"limit": PAGE}}
    yield from grown(stage, "mailbox Failed, first page", "/mail/failed/messages", params, 3)


def filters(stage):
    """The filters of contacts, beside the one of core for its own failures.

    Core's finds few contacts here; then as many as ours, also with a date.
    """
    with stage.databases.copy("addon", stage.large, "filters") as name:
        with Probe(stage.odoo, name) as probe:
            yield from filters_beside_core(stage, probe)
            probe.ask("fail_messages", login=USER, days=2 * SINCE.days)
        stage.databases.server.sql("VACUUM (ANALYZE)", name)
        since = (datetime.now(timezone.utc) - SINCE).strftime("%Y-%m-%d %H:%M:%S")
        with Probe(stage.odoo, name) as probe:
            yield from filters_beside_core(stage, probe)
            yield from filters_beside_core(stage, probe, since)


def filters_beside_core(stage, probe, since=None):
    """Compare what a list asks for with the filters, and with core's."""
    author = probe.ask("author", login=USER)["found"]
    failed = [("has_error", "=", True), ("author_id", "=", author)]  # as ``message_has_error``
    failed += [("date", ">=", since)] if since else []
    dated = [("mail_tracking_last_date", ">=", since)] if since else []
    domains = {name: [(name, "!=", False), *dated] for name in FILTERS}
    domains["core"] = [("message_ids", "any", failed)]
    call = partial(probe.ask, "call", login=USER, model="res.partner")
    for what, how in LISTED.items():
        asks = {name: partial(call, args=[domain], **how) for name, domain in domains.items()}
        found = stage.alternate(asks, stage.repeats(15))
        numbers = {name: sample.exact("found") for name, sample in found.items()}
        base = found["core"].median("seconds")
        core = f"message_has_error, {numbers['core']:,}"
        for name in FILTERS:
            check(numbers[name] > 0, f"{name} finds something")
            line = f"filter {name}{' since a week' if since else ''}, {what}, {numbers[name]:,}"
            ours = found[name].median("seconds")
            yield beside(line, stage.large, "time", ours, base, 1, name=core)


def last_email(stage):
    """Eighty contacts in a list, with the column *Last email* and without it."""
    call = partial(stage.probe("addon", stage.large).ask, "call", login=USER, model="res.partner")
    ask = partial(call, method="web_search_read", args=[[("id", ">", fill.HEAVY + 4)]])
    asks = {
        kind: partial(ask, kwargs={"specification": fields, "limit": LIST, "count_limit": LIST})
        for kind, fields in (
            ("plain", {"display_name": {}}),
            ("addon", {"display_name": {}, "mail_tracking_last_email": {}}),
        )
    }
    found = stage.alternate(asks, stage.repeats(21))
    check(found["addon"].exact("found") == LIST, "there is a page")
    for measure, pick, budget in (("queries", Sample.exact, 2), ("time", Sample.median, 0.03)):
        name = "seconds" if measure == "time" else measure
        ours, base = (pick(found[kind], name) for kind in ("addon", "plain"))
        budget = budget if measure == "queries" else stage.budget(budget)
        line, beside_name = f"column Last email, {LIST} records", "without it"
        yield beside(line, stage.large, measure, ours, base, budget, MORE, beside_name)


def contact_fields(stage):
    """Score and number of mails of one contact and of eighty."""
    probe = stage.probe("addon", stage.large)
    ids = list(range(fill.HEAVY, fill.HEAVY + LIST))
    groups = {"1 contact": ids[:1], "80 contacts": ids}
    ask = partial(probe.ask, "contact_fields", login=USER)
    asks = {name: partial(ask, ids=ids) for name, ids in groups.items()}
    found = stage.alternate(asks, stage.repeats(11))
    for name in groups:
        line, sample = f"contact fields, {name}", found[name]
        yield Figure(line, stage.large, "queries", sample.exact("queries"), VALUE, 2)
        yield Figure(line, stage.large, "time", sample.median("seconds"))


def contact_form(stage):
    """A contact is read with all fields of its form, as the web client does."""
    probes = {kind: stage.probe(kind, stage.large) for kind in ("plain", "addon")}
    values = {"login": USER, "contact": fill.HEAVY}
    asks = {kind: partial(probe.ask, "contact_form", **values) for kind, probe in probes.items()}
    found = stage.alternate(asks, stage.repeats(41, 11))
    yield from compare("contact form", stage.large, found, more_queries=2, times=1.25)


# ------------------------------------------------------------
# HELPERS
# ------------------------------------------------------------


def beside(line, size, measure, ours, base, budget, how=RATIO, name=PLAIN):
    return Figure(line, size, measure, ours, how, budget, base, name)


def beside_plain(stage, path, params, size, repeats, login=USER):
    """Measure a request with and without the addon."""
    probes = {kind: stage.probe(kind, size) for kind in ("plain", "addon")}
    return stage.alternate(requests(probes, path, params, login), stage.repeats(repeats, 11))


def requests(probes, path, params, login=USER):
    """Return functions that measure a request, each in its own process."""
    return {
        kind: partial(probe.ask, "request", login=login, path=path, params=params)
        for kind, probe in probes.items()
    }


def compare(line, size, found, *, more_queries, times):
    """Yield queries and time beside plain Odoo."""
    addon, plain = (found[kind].exact("queries") for kind in ("addon", "plain"))
    yield beside(line, size, "queries", addon, plain, more_queries, MORE)
    addon, plain = (found[kind].median("seconds") for kind in ("addon", "plain"))
    yield beside(line, size, "time", addon, plain, times)


def grown(stage, line, path, params, times, login=USER, least=1):
    """Yield the time of a request at the largest size beside that at the smallest."""
    probes = {size: stage.probe("addon", size) for size in (stage.small, stage.large)}
    found = stage.alternate(requests(probes, path, params, login), stage.repeats(21))
    check(found[stage.large].exact("found") >= least, f"{line}: something is found")
    small, large = (found[size].median("seconds") for size in (stage.small, stage.large))
    yield beside(line, stage.large, "time", large, small, times, name=f"at {stage.small:,}")


def check(condition, what):
    """Make sure that something was measured at all."""
    if not condition:
        raise AssertionError(f"This should hold: {what}.")


LINES = (chatter, web_client, mailbox, filters, last_email, contact_fields, contact_form)
