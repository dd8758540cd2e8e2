"""The page ``doc/benchmarks.md``, made from the numbers alone."""

from devtools import base

from . import figures, reasons

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


def write(result):
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text(result))


def text(result):
    """Return the page of what ``./dev bench`` found."""
    found = [figures.from_dict(values) for values in result["figures"]]
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
        missed=missed(found),
        growth=growth(found),
    )


def missed(found):
    """Return why budgets are missed, if any are."""
    sentences = reasons.missed(found)
    lines = ["", "Why not:", "", *(f"- {sentence}" for sentence in sentences), ""]
    return "\n".join(lines) if sentences else ""


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
