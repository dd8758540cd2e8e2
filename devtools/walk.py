"""``./dev walk``: how many functions and files one goes through for one thing that happens."""

import json

from . import base, odoo_command, postgres, system

RESULT = base.LOG / "walk.json"
HEAD = ("Walk", "Functions", "Files", "Calls", "`mail`: functions", "Files", "Calls")


def walk():
    """Measure in a throwaway database, and print the table; return the exit status."""
    source = odoo_command.prepare()
    with postgres.server() as server:
        odoo = odoo_command.Odoo(source, server)
        with odoo.throwaway(from_template=True) as database:
            base.step(f"Installing {base.ADDON}")
            odoo.install("walk-install", database, base.ADDON)
            base.step("Walking")
            environ = {"DEV_RESULT": str(RESULT), "DEV_SMTP_PORT": str(system.free_port())}
            code, log = odoo.feed("walk", database, base.TOOLS / "walk_inside.py", environ)
            odoo_command.check("The walks came to no end", code, log)
    rows = [HEAD, ("---", *("---:" for _title in HEAD[1:]))]
    for name, *found in json.loads(RESULT.read_text()):
        rows.append((name, *(number for calls in found for number in numbers(calls))))
    print("\n".join(f"| {' | '.join(map(str, row))} |" for row in rows), flush=True)
    base.note(f"With the names: {base.shown(RESULT)}")
    return 0


def numbers(calls):
    """Return how many functions, files and calls there are in ``{"file function": calls}``."""
    return len(calls), len({name.split()[0] for name in calls}), sum(calls.values())
