"""The list of tracked mails, as the postmaster and as an ordinary user see it."""

from functools import partial

from . import fill
from .lines_read import COUNT_LIMIT, USER, beside, check, grown

MODEL = "mail.tracking.email"
#: What the list shows.
NAME = {"fields": {"display_name": {}}}
COLUMNS = {"time": {}, "name": {}, "recipient": {}, "partner_id": NAME, "author_id": NAME}
COLUMNS |= {"state": {}, "error_description": {}}
PAGE = 80
ADDRESS = "contact9@customer9.example"


def lists(stage):
    """First page, search and groups for both users."""
    for who, login, own in (
        ("postmaster", fill.POSTMASTER, "TRUE"),
        ("user", USER, f"author_id = (SELECT partner_id FROM res_users WHERE login = '{USER}')"),
    ):
        # what the search view makes of an address
        searched = stage.probe("addon", stage.large).ask("search_domain", login=login, text=ADDRESS)
        for what, domain, least in (
            ("first page with count", [], PAGE),
            ("search by address", searched["domain"], 1),
        ):
            params = {"model": MODEL, "method": "web_search_read", "args": [domain, COLUMNS]}
            params["kwargs"] = {"limit": PAGE, "count_limit": COUNT_LIMIT}
            path = f"/web/dataset/call_kw/{MODEL}/web_search_read"
            line = f"list of {who}, {what}"
            yield from grown(stage, line, path, params, 3, login=login, least=least)
        yield from groups(stage, who, login, own)


def groups(stage, who, login, own):
    """Groups and the pivot beside the bare SQL of the same counts."""
    table = f"FROM mail_tracking_email WHERE {own}"
    for what, method, args, query in (
        (
            "by state",
            "web_read_group",
            [[], ["state"], []],
            f"SELECT state, count(*) {table} GROUP BY state",
        ),
        (
            "by day",
            "web_read_group",
            [[], ["date:day"], []],
            f"SELECT date_trunc('day', date), count(*) {table} GROUP BY 1",
        ),
        (
            "pivot",
            "formatted_read_grouping_sets",
            [[], [[], ["date:month"], ["state"], ["date:month", "state"]], ["__count"]],
            f"SELECT date_trunc('month', date), state, count(*) {table} GROUP BY GROUPING SETS"
            " ((), (date_trunc('month', date)), (state), (date_trunc('month', date), state))",
        ),
    ):
        probe = stage.probe("addon", stage.large)
        kwargs = {}
        if method == "web_read_group":
            kwargs["limit"] = probe.ask("list_view", login=login)["groups_limit"]
        call = {"login": login, "model": MODEL, "method": method, "args": args, "kwargs": kwargs}
        asks = {
            "sql": partial(probe.ask, "bare_sql", query=query),
            "addon": partial(probe.ask, "call", **call),
        }
        found = stage.alternate(asks, stage.repeats(7, 5))
        check(found["addon"].exact("found") > 0, "there are groups")
        sql, addon = (found[name].median("seconds") for name in ("sql", "addon"))
        line = f"list of {who}, {what}"
        # the smallest tables are counted in less time than a request takes
        yield beside(line, stage.large, "time", addon, sql, stage.budget(2), name="bare SQL")


LINES = (lists,)
