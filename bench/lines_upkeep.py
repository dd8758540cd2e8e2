"""What keeps a database in order: clean-up, deletions elsewhere, updates of the addon."""

import time
from functools import partial

from devtools import base

from .figures import VALUE, Figure
from .lines_read import beside, check

ROWS = 100_000
TABLES = ("mail_tracking_email", "mail_tracking_event", "mail_message", "mail_notification")


def clean_up(stage):
    """The cron deletes rows that are older than the administrator wants."""
    rows = min(ROWS, stage.repeats(ROWS, 500))
    probe = stage.probe("addon", stage.large)

    def delete(job):
        check(probe.ask("make_old", count=rows)["found"] == rows, "there are old rows")
        return probe.ask(job)

    found = stage.alternate(
        {"addon": partial(delete, "clean_up"), "sql": partial(delete, "bare_delete")},
        stage.repeats(2, 2),
    )
    line = f"clean-up of {rows:,} rows"
    left = found["addon"].exact("left")
    yield Figure(line, stage.large, "left after one run", left, VALUE, 0)
    times = found["addon"].median("seconds"), found["sql"].median("seconds")
    yield beside(line, stage.large, "time", *times, stage.budget(2), name="bare DELETE")


def deletions(stage):
    """Mails, messages and contacts are deleted, to which our rows refer."""
    probe = stage.probe("addon", stage.large)
    for model in ("mail.mail", "mail.message", "res.partner"):
        scans = probe.ask("unlink_scans", model=model)["scans"]
        yield Figure(f"deletion of {model}", stage.large, "scans of our tables", scans, VALUE, 0)


def reminders(stage):
    """The scheduled action looks for reminders that are due; there are many, and none is."""
    probe = stage.probe("addon", stage.large)
    rows = stage.repeats(ROWS, 100)
    empty = stage.alternate({"addon": partial(probe.ask, "remind")}, stage.repeats(11))["addon"]
    check(probe.ask("make_reminders", count=rows)["found"] == rows, "reminders wait")
    found = stage.alternate({"addon": partial(probe.ask, "remind")}, stage.repeats(11))["addon"]
    probe.ask("drop_reminders")
    line = f"reminders, {rows:,} waiting"
    queries = found.exact("queries") - empty.exact("queries")
    yield Figure(line, stage.large, "queries more than with none", queries, VALUE, 0)
    times = found.median("seconds"), empty.median("seconds")
    yield beside(line, stage.large, "time", *times, stage.budget(2), name="none waiting")


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
