"""The page ``doc/benchmarks.md``, made from the numbers alone."""

from devtools import paths

from . import figures, reasons

PAGE = paths.ROOT / "doc/benchmarks.md"

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
    """Write the page.

    :param dict result: what ``./dev bench`` found
    :return: its path
    """
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text(result))
    return PAGE


def text(result):
    """Return the page.

    :param dict result: what ``./dev bench`` found
    :rtype: str
    """
    found = [figures.from_dict(values) for values in result["figures"]]
    return TEXT.format(
        date=result["date"],
        machine=(
            f"{result['processor']}, {result['cores']} cores, {result['memory_gib']} GiB, "
            f"{result['system']}, Python {result['python']}, PostgreSQL {result['postgresql']}"
        ),
        loads=span(result["loads"]),
        summary=figures.summary(found) + only(result.get("only")),
        table=markdown(figures.HEADER, figures.rows(found)),
        missed=missed(found),
        growth=growth(found),
    )


def missed(found):
    """Return why budgets are missed, if any are.

    :rtype: str
    """
    sentences = reasons.missed(found)
    lines = ["", "Why not:", "", *(f"- {sentence}" for sentence in sentences), ""]
    return "\n".join(lines) if sentences else ""


def only(words):
    """Return which lines were chosen, where not all were.

    :rtype: str
    """
    return f", of these lines only: {', '.join(words)}" if words else ""


def span(loads):
    """Return the least and the most of the load averages.

    :rtype: str
    """
    if not loads:
        return "not noted"
    return f"{min(loads):.1f} to {max(loads):.1f}" if len(loads) > 1 else f"{loads[0]:.1f}"


def markdown(header, rows):
    """Return a table in Markdown.

    :param header: texts
    :param rows: lists of texts
    :rtype: str
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def growth(found):
    """Return the table of the times that were measured at several sizes.

    :param found: list of ``Figure``
    :rtype: str
    """
    sizes = sorted({figure.size for figure in found})
    times = {}
    for figure in found:
        if figure.measure == "time":
            times.setdefault(figure.line, {})[figure.size] = figure
    rows = []
    for line, by_size in times.items():
        if len(by_size) > 1:
            cells = [cell(by_size.get(size)) for size in sizes]
            rows.append([line, *cells])
    return markdown(["What", *(f"{size:,}" for size in sizes)], rows)


def cell(figure):
    """Return one time of the table of growth.

    :rtype: str
    """
    if figure is None:
        return ""
    ours = figures.shown(figure.ours, "time")
    if figure.base is None:
        return ours
    return f"{ours} (plain {figures.shown(figure.base, 'time')})"
