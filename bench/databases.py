"""The measured databases: templates that are made once, and copies for each run."""

import hashlib
import json
from contextlib import contextmanager
from pathlib import Path

from devtools import locks, odoo_command, paths, run, say

from . import fill, probe

USERS = Path(__file__).parent / "inside/setup.py"
NOTES = paths.STATE / "bench.installed"
KINDS = ("plain", "addon")
INDEXES = """
SELECT indexdef, format('%I', indexname) FROM pg_indexes
 WHERE tablename IN ({tables}) AND indexname NOT IN (
       SELECT conindid::regclass::text FROM pg_constraint WHERE conindid <> 0)
"""


class Databases:
    """Plain Odoo and Odoo with the addon, in several sizes, on one server."""

    def __init__(self, odoo):
        self.odoo = odoo
        self.server = odoo.server
        text = f"{fill.plain(0)} {fill.addon()} {USERS.read_text()} {odoo.template()}"
        self.key = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:8]

    # ------------------------------------------------------------
    # TEMPLATES
    # ------------------------------------------------------------

    def template(self, kind, size):
        """Return the filled database of a kind and size; make it, or bring it up to date."""
        name = self.server.database(f"bench_{self.key}_{kind}_{size}")
        with locks.exclusive("bench", "Waiting for another command to fill databases"):
            if name not in self.server.databases():
                self.drop_outdated()
                self.make(name, kind, size)
            elif kind == "addon" and read_notes().get(name) != run.addon_files():
                self.update(name)
        return name

    def drop_outdated(self):
        """Drop what an earlier version of these tools filled."""
        prefix = self.server.database("bench_")
        for old in self.server.databases():
            if old.startswith(prefix) and not old.startswith(f"{prefix}{self.key}_"):
                self.server.drop(old)

    def make(self, name, kind, size):
        """Fill a database; it gets its name only when it is complete."""
        partial = self.server.database("bench_new")
        self.server.drop(partial)
        if kind == "plain":
            self.server.copy(self.odoo.template(), partial)
            script = fill.plain(size)
        else:
            self.server.copy(self.template_unlocked("plain", size), partial)
            self.odoo.install("bench-install", partial, paths.ADDON)
            script = fill.addon()
        say.step(f"Filling a database: {kind}, {size:,} recipients")
        with probe.Probe(self.odoo, partial, "bench-fill") as filler:
            filler.ask("prepare", kind=kind)
        self.load(partial, script, fill.TABLES[kind])
        self.server.rename(partial, name)
        write_notes(**{name: run.addon_files()})

    def template_unlocked(self, kind, size):
        """Return a template for making another one, with the lock held."""
        name = self.server.database(f"bench_{self.key}_{kind}_{size}")
        if name not in self.server.databases():
            self.make(name, kind, size)
        return name

    def load(self, database, script, tables):
        """Run the SQL that fills tables, without their indexes, which are made afterwards."""
        names = ", ".join(f"'{table}'" for table in tables)
        indexes = self.server.sql(INDEXES.format(tables=names), database)
        drops = "".join(f"DROP INDEX {name};" for _definition, name in indexes)
        makes = "".join(f"{definition};" for definition, _name in indexes)
        memory = "SET maintenance_work_mem = '512MB';"
        self.server.sql(f"{drops}{script}{memory}{makes}", database)
        # so that no clean-up of PostgreSQL's own falls into a measurement
        self.server.sql("VACUUM (FREEZE, ANALYZE)", database)

    def update(self, name):
        """Bring the addon in a filled database up to date with its files."""
        say.step(f"The addon's files changed: updating it in {name}")
        code, log = self.odoo.run("bench-update", name, f"--update={paths.ADDON}", "--no-http")
        odoo_command.check(f"Odoo cannot update {paths.ADDON}", code, log)
        self.server.sql("VACUUM (FREEZE, ANALYZE)", name)
        write_notes(**{name: run.addon_files()})

    # ------------------------------------------------------------
    # COPIES
    # ------------------------------------------------------------

    @contextmanager
    def copy(self, kind, size, word="run"):
        """Give a copy of a template for the time of a measurement."""
        template = self.template(kind, size)
        name = self.server.database(f"bench_{self.key}_{word}_{kind}_{size}")
        with locks.exclusive("bench", "Waiting for another command to copy databases"):
            self.server.drop(name)
            self.server.copy(template, name)
        try:
            yield name
        finally:
            self.server.drop(name)


def read_notes():
    """Return which files of the addon each filled database was brought up to."""
    try:
        return json.loads(NOTES.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def write_notes(**values):
    """Note that for one database more."""
    partial = NOTES.with_suffix(".new")
    partial.write_text(json.dumps({**read_notes(), **values}))
    partial.rename(NOTES)
