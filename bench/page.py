"""The page ``doc/benchmarks.md``, made from the numbers alone."""

from devtools import base

from . import figures

PAGE = base.ROOT / "doc/benchmarks.md"

TEXT = """\
# What it costs

Made by `./dev bench --page` on {date}; do not edit. {machine}. The load average was {loads}
while it ran.

Each line is done with plain Odoo and with the addon in turn, on databases of 1,000, 100,000 and
1,000,000 recipients of emails (two events each, one in a hundred failed, twenty authors). Numbers
are medians; queries are exact. *Size* counts recipients in the database. {summary}.

{table}
{missed}
## How cost grows

The same with more in the database: medians with the addon, and plain Odoo where there is one.

{growth}
"""


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
    for figure in found:
        for (line, measure), why in REASONS.items():
            is_meant = figure.line.startswith(line) and figure.measure == measure
            if is_meant and figure.passed is False:
                lines.setdefault(why, []).append(figure.line)
    return [f"{'; '.join(names)}: {why}" for why, names in lines.items()]


def write(result):
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text(result))


def text(result):
    """Return the page of what ``./dev bench`` found."""
    found = [figures.from_dict(values) for values in result["figures"]]
    reasons = [f"- {sentence}" for sentence in missed(found)]
    only = ", ".join(result.get("only") or ())
    return TEXT.format(
        date=result["date"],
        machine=(
            f"{result['processor']}, {result['cores']} cores, {result['memory_gib']} GiB, "
            f"{result['system']}, Python {result['python']}, PostgreSQL {result['postgresql']}"
        ),
        loads=span(result["loads"]),
        summary=figures.summary(found) + (f", of these lines only: {only}" if only else ""),
        table=markdown(figures.HEADER, figures.rows(found)),
        missed="\n".join(["", "Why not:", "", *reasons, ""]) if reasons else "",
        growth=growth(found),
    )


def span(loads):
    """Return the least and the most of the load averages."""
    if not loads:
        return "not noted"
    return f"{min(loads):.1f} to {max(loads):.1f}" if len(loads) > 1 else f"{loads[0]:.1f}"


def markdown(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def growth(found):
    """Return the table of the times that were measured at several sizes."""
    sizes = sorted({figure.size for figure in found})
    times = {}
    for figure in found:
        if figure.measure == "time":
            times.setdefault(figure.line, {})[figure.size] = figure
    rows = [
        [line, *(cell(by_size.get(size)) for size in sizes)]
        for line, by_size in times.items()
        if len(by_size) > 1
    ]
    return markdown(["What", *(f"{size:,}" for size in sizes)], rows)


def cell(figure):
    if figure is None:
        return ""
    beside = f" (plain {figures.shown(figure.base, 'time')})" if figure.base is not None else ""
    return figures.shown(figure.ours, "time") + beside
