"""``./dev bench``: measure, print the table, write it down."""

import os
import time

from devtools import base, odoo_command
from devtools.base import Stop

from . import (
    figures,
    lines_arrive,
    lines_list,
    lines_read,
    lines_rules,
    lines_send,
    lines_summary,
    lines_upkeep,
    machine,
    page,
)
from .databases import Databases
from .stage import KINDS, Stage

SIZES = (1_000, 100_000, 1_000_000)
QUICK_SIZES = (1_000,)
FILE = base.DEV / "bench/result.json"
MODULES = (
    lines_read,
    lines_list,
    lines_send,
    lines_upkeep,
    lines_arrive,
    lines_rules,
    lines_summary,
)


def bench(words, quick=False, write_page=False):
    """Measure the lines whose names are given, or all; return the exit status."""
    lines = choose(words)
    with odoo_command.start() as odoo:
        databases = Databases(odoo)
        sizes = QUICK_SIZES if quick else SIZES
        for size in sizes:
            for kind in KINDS:
                databases.template(kind, size)
        with Stage(odoo, databases, sizes, quick=quick) as stage:
            found = measure(stage, lines, write_page)
    print(figures.text_table(found), flush=True)
    print("\n".join([figures.summary(found), *page.missed(found)]), flush=True)
    return 0 if all(figure.passed is not False for figure in found) else 1


def choose(words):
    """Return the functions of the lines with these names."""
    known = {line.__name__: line for module in MODULES for line in module.LINES}
    unknown = sorted(set(words) - set(known))
    if unknown:
        raise Stop(f"There is no line {unknown[0]}: choose from {', '.join(known)}.")
    return [known[word] for word in words] or list(known.values())


def measure(stage, lines, write_page):
    """Measure line by line; note how busy the machine was, and write down what there is."""
    machine_now, records, found = machine.describe(stage.odoo.server), {}, []
    FILE.parent.mkdir(exist_ok=True)
    for line in lines:
        base.step(f"Measuring: {line.__name__}")
        start, loads, measured = time.monotonic(), [load()], []
        for figure in line(stage):
            measured.append(figure)
            base.note("  ".join(filter(None, figures.rows([figure])[0])))
        loads.append(load())
        base.note(f"{time.monotonic() - start:.0f} s, load {loads[-1]}")
        found += measured
        if measured:
            own = {"quick": stage.quick, "loads": loads}
            own["figures"] = [figure.as_dict() for figure in measured]
            records[line.__name__] = {**machine_now, **own}
        base.write_json(FILE, records)
        if write_page:
            page.renew(records)
    return found


def load():
    """Return how busy the machine is."""
    return round(os.getloadavg()[0], 1)
