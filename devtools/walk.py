"""``./dev walk``: how many functions and files one goes through for one thing that happens."""

import json

from . import base, odoo_command, system

RESULT = base.LOG / "walk.json"
HEAD = ("Walk", "Functions", "Files", "Calls", "`mail`: functions", "Files", "Calls")


def walk():
    with odoo_command.installed("walk") as (odoo, database):
        base.step("Walking")
        environ = {"DEV_RESULT": str(RESULT), "DEV_SMTP_PORT": str(system.free_port())}
        odoo.feed("walk", database, base.TOOLS / "walk_inside.py", environ)
    rows = []
    for name, *found in json.loads(RESULT.read_text()):  # found: "file function" -> calls
        counts = ((len(c), len({n.split()[0] for n in c}), sum(c.values())) for c in found)
        rows.append((name, *(number for numbers in counts for number in numbers)))
    print(base.markdown(HEAD, rows, align="---:"), flush=True)
    base.note(f"With the names: {base.shown(RESULT)}")
    return 0
