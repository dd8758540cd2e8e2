"""The page ``doc/benchmarks.md``: what was measured, kept beside it as data, and notes by hand."""

import json

from devtools import base

from . import figures
from .figures import Figure

PAGE = base.ROOT / "doc/benchmarks.md"
DATA = PAGE.with_suffix(".json")
BEGIN = "<!-- ./dev bench --page makes this part of benchmarks.json -->"
END = "<!-- end of what was measured -->"

TEXT = """
Made by `./dev bench --page` on {dates}, of version {versions}; do not edit. {machines}. The load
average was {loads} while it ran.

Each line is done with plain Odoo and with the addon in turn, on databases of 1,000, 100,000 and
1,000,000 recipients of emails (two events each, one in a hundred failed, twenty authors). Numbers
are medians; queries are exact. *Size* counts recipients in the database. {summary}.

{table}
{missed}
## How cost grows

The same with more in the database: medians with the addon, and plain Odoo where there is one.

{growth}
"""
MACHINE = (
    "{processor}, {cores} cores, {memory_gib} GiB, {system}, Python {python}, "
    "PostgreSQL {postgresql}"
)


#: begin of a line's name, measure -> why
REASONS = {
    ("queue of", "time"): (
        "each email leaves a tracking and an event that outlive it, with the foreign keys and the "
        "indexes that lists, clean-up and deletions need."
    ),
    ("queue of", "queries per email"): (
        "the outcome of an email is written in the transaction that marks it as sent, so it "
        "survives whatever happens to the next one: find its trackings and log the events. "
        "Two savepoints around the hooks of other addons keep a mistake there from having an "
        "email sent twice. The states are written for all emails of two seconds together."
    ),
    ("chatter, ", "time"): (
        "the status of each email is a text, a time and a reason for each recipient, which are "
        "fetched in one query and sent along; with many recipients that is a tenth of the whole."
    ),
    ("pixel, ", "hits per second"): (
        "the health check of the server reads and writes nothing. A hit checks the token, looks "
        "for a repetition, logs an event with its indexes and commits, in one statement, and the "
        "cron that counts the opens has the same two cores."
    ),
    ("webhook of", "time"): (
        "besides the events, the states of as many emails are written; of failures also Odoo's "
        "notifications and messages."
    ),
}


def missed(found):
    """Say why, for the figures that missed their budgets: a sentence for each reason."""
    lines = {}
    for figure in (figure for figure in found if figure.passed is False):
        for (line, measure), why in REASONS.items():
            if figure.line.startswith(line) and figure.measure == measure:
                lines.setdefault(why, []).append(figure.line)
    return [f"{'; '.join(names)}: {why}" for why, names in lines.items()]


def renew(measured):
    """Renew the lines that were measured, and keep the others of the page."""
    records = {**json.loads(DATA.read_text()), **measured} if DATA.exists() else measured
    base.write_json(DATA, records)
    PAGE.write_text(page())


def page():
    """Return the page with what its data says, and all that was written around it."""
    return base.put_between(BEGIN, END, text(json.loads(DATA.read_text())), PAGE.read_text())


def text(records):
    """Return the part of the page that is made.

    :param dict records: name of a line -> when, where and what ``./dev bench`` measured
    """
    dated = [
        (Figure(**values), record["date"] + ", quick" * record["quick"])
        for _name, record in sorted(records.items())
        for values in record["figures"]
    ]
    found = [figure for figure, _date in dated]
    rows = [(*row, date) for row, (_, date) in zip(figures.rows(found), dated, strict=True)]
    reasons = [f"- {sentence}" for sentence in missed(found)]
    return TEXT.format(
        dates=span([record["date"] for record in records.values()]),
        versions=", ".join(sorted({record["version"] for record in records.values()})),
        machines="; ".join(sorted({MACHINE.format(**record) for record in records.values()})),
        loads=span([load for record in records.values() for load in record["loads"]]),
        summary=figures.summary(found),
        table=base.markdown((*figures.HEADER, "Date"), rows),
        missed="\n".join(["", "Why not:", "", *reasons, ""]) if reasons else "",
        growth=growth(found),
    )


def span(values):
    """Return the least and the most."""
    least, most = min(values), max(values)
    return f"{least} to {most}" if least != most else f"{least}"


def growth(found):
    """Return the table of the times that were measured at several sizes."""
    times = {}
    for figure in found:
        if figure.measure == "time":
            times.setdefault(figure.line, {})[figure.size] = cell(figure)
    times = {line: cells for line, cells in times.items() if len(cells) > 1}
    sizes = sorted({size for cells in times.values() for size in cells})
    rows = [[line, *(cells.get(size, "") for size in sizes)] for line, cells in times.items()]
    return base.markdown(["What", *(f"{size:,}" for size in sizes)], rows)


def cell(figure):
    plain = f" (plain {figures.shown(figure.base, 'time')})"
    return figures.shown(figure.ours, "time") + plain * (figure.base_name == figures.PLAIN)
