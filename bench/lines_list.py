"""The list of tracked mails, as the postmaster and as an ordinary user see it."""

from . import fill
from .figures import RATIO
from .lines_read import COUNT_LIMIT, USER, grown
from .stage import check

MODEL = "mail.tracking.email"
#: What the list shows.
NAME = {"fields": {"display_name": {}}}
COLUMNS = {"time": {}, "name": {}, "recipient": {}, "partner_id": NAME, "author_id": NAME}
COLUMNS |= {"state": {}, "error_description": {}}
PAGE = 80
ADDRESS = "contact9@customer9.example"
#: What is grouped -> the method and its arguments, and the bare SQL of the same counts.
GROUPS = {
    "by state": (
        *("web_read_group", [[], ["state"], []]),
        "SELECT state, count(*) {table} GROUP BY state",
    ),
    "by day": (
        *("web_read_group", [[], ["date:day"], []]),
        "SELECT date_trunc('day', date), count(*) {table} GROUP BY 1",
    ),
    "pivot": (
        "formatted_read_grouping_sets",
        [[], [[], ["date:month"], ["state"], ["date:month", "state"]], ["__count"]],
        "SELECT date_trunc('month', date), state, count(*) {table} GROUP BY GROUPING SETS"
        " ((), (date_trunc('month', date)), (state), (date_trunc('month', date), state))",
    ),
}


def lists(stage):
    """First page, search and groups for both users."""
    own = f"author_id = (SELECT partner_id FROM res_users WHERE login = '{USER}')"
    for who, login, where in (("postmaster", fill.POSTMASTER, "TRUE"), ("user", USER, own)):
        asked = {"job": "web_client.call", "login": login, "model": MODEL}
        # what the search view makes of an address
        domain = stage.probe().ask("reading.search_domain", login=login, text=ADDRESS)
        pages = (("first page with count", [], PAGE), ("search by address", domain, 1))
        kwargs = {"limit": PAGE, "count_limit": COUNT_LIMIT}
        for what, domain, least in pages:
            page = {**asked, "method": "web_search_read", "args": [domain, COLUMNS]}
            yield grown(stage, f"list of {who}, {what}", least, **page, kwargs=kwargs)
        limit = {"limit": stage.probe().ask("reading.groups_limit", login=login)}
        for what, (method, args, query) in GROUPS.items():
            kwargs = limit if method == "web_read_group" else {}
            ours = stage.ask(**asked, method=method, args=args, kwargs=kwargs)
            table = f"FROM mail_tracking_email WHERE {where}"
            base = stage.ask("reading.bare_sql", query=query.format(table=table))
            name = f"list of {who}, {what}"
            line = stage.beside(name, stage.repeats(7, 5), ours, base, "bare SQL")
            check(line.ours.of("found") > 0, "there are groups")
            # the smallest tables are counted in less time than a request takes
            yield line.figure("time", RATIO, stage.budget(2))


LINES = (lists,)
