"""What people look at: chatters, the start of the web client, the mailbox, filters, contacts."""

from functools import partial

from . import fill
from .figures import MORE, RATIO, VALUE, Figure
from .stage import PAIRS, Sample

PLAIN = "plain Odoo"
USER = "bench_author_00"
PAGE = 30
LIST = 80
#: What a list counts to before it shows a plus.
COUNT_LIMIT = 10_001
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
    """The filters of contacts, beside the one of core for its own failures."""
    call = partial(stage.probe("addon", stage.large).ask, "call", login=USER, model="res.partner")
    core = [("message_has_error", "=", True)]
    page = {"specification": {"display_name": {}, "email": {}}, "limit": LIST}
    for name in FILTERS:
        for what, method, kwargs in (
            ("count", "search_count", {"limit": COUNT_LIMIT}),
            ("first page", "web_search_read", {**page, "count_limit": LIST}),
        ):
            domains = {"core": core, "addon": [(name, "!=", False)]}
            ask = partial(call, method=method, kwargs=kwargs)
            asks = {kind: partial(ask, args=[domain]) for kind, domain in domains.items()}
            found = stage.alternate(asks, stage.repeats(15))
            check(found["addon"].exact("found") > 0, f"{name} finds something")
            ours, base = (found[kind].median("seconds") for kind in ("addon", "core"))
            # thousands that match take longer to count than the few failures of core
            budget = None if what == "count" and name in FILTERS[1:] else 1
            line = f"filter {name}, {what}"
            yield beside(line, stage.large, "time", ours, base, budget, name="message_has_error")


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
