"""What keeps a database in order: clean-up, deletions, reminders, updates of the addon."""

import time
from dataclasses import replace

from devtools import base

from .figures import MORE, RATIO, VALUE, Figure
from .stage import check

ROWS = 100_000
TABLES = ("mail_tracking_email", "mail_tracking_event", "mail_message", "mail_notification")


def clean_up(stage):
    """The cron deletes rows that are older than the administrator wants."""
    rows = stage.repeats(ROWS, 500)
    probe = stage.probe()

    def delete(job):
        check(probe.ask("upkeep.make_old", count=rows) == rows, "there are old rows")
        return probe.ask(job)

    line = stage.beside(
        f"clean-up of {rows:,} rows",
        stage.repeats(2, 2),
        lambda: delete("upkeep.clean_up"),
        lambda: delete("upkeep.bare_delete"),
        "bare DELETE",
    )
    yield line.figure("left after one run", VALUE, 0)
    yield line.figure("time", RATIO, stage.budget(2))


def deletions(stage):
    """Mails, messages and contacts are deleted, to which our rows refer."""
    for model in ("mail.mail", "mail.message", "res.partner"):
        scans = stage.probe().ask("upkeep.unlink_scans", model=model)
        yield Figure(f"deletion of {model}", stage.large, "scans of our tables", scans, VALUE, 0)


def reminders(stage):
    """The scheduled action looks for reminders that are due; there are many, and none is."""
    rows = stage.repeats(ROWS, 100)
    name, ask = f"reminders, {rows:,} waiting", stage.ask("reminders.remind")
    empty = stage.alone(name, ask, stage.repeats(11))
    check(stage.probe().ask("reminders.make", count=rows) == rows, "reminders wait")
    line = stage.alone(name, ask, stage.repeats(11))
    stage.probe().ask("reminders.drop")
    line = replace(line, base=empty.ours, base_name="none waiting")
    yield line.figure("queries", MORE, 0)
    yield line.figure("time", RATIO, stage.budget(2))


def update(stage):
    """The addon is updated: no table and no index is written anew."""
    server = stage.odoo.server
    with stage.databases.copy("addon", stage.large, "update") as database:
        before = files(server, database)
        start = time.monotonic()
        stage.odoo.install("bench-update", database, base.ADDON, option="update")
        seconds = time.monotonic() - start
        after = files(server, database)
    changed = sum(before[name] != after.get(name) for name in before)
    line = "update of the addon"
    yield Figure(line, stage.large, "tables and indexes rewritten", changed, VALUE, 0)
    yield Figure(line, stage.large, "time", seconds)


def files(server, database):
    """Return the files of tables and their indexes: a rewritten one gets another."""
    names = ", ".join(f"'{table}'" for table in TABLES)
    query = (
        "SELECT relname, relfilenode FROM pg_class WHERE oid IN (SELECT indexrelid FROM"
        f" pg_index WHERE indrelid::regclass::text IN ({names})) OR relname IN ({names})"
    )
    return dict(server.sql(query, database))


LINES = (clean_up, deletions, reminders, update)
