"""The measured databases: templates that are made once, and copies for each run."""

import hashlib
from contextlib import contextmanager
from pathlib import Path

from devtools import base, run

from . import fill, probe

USERS = Path(__file__).parent / "inside/setup.py"
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

    def template(self, kind, size):
        """Return the filled database of a kind and size; make it, or bring it up to date."""
        with base.exclusive("bench", "Waiting for another command to fill databases"):
            return self.locked_template(kind, size)

    def locked_template(self, kind, size):
        prefix = self.server.database("bench_")
        name = f"{prefix}{self.key}_{kind}_{size}"
        present = self.server.databases()
        if name not in present:
            for old in present:  # what an earlier version of these tools filled
                if old.startswith(prefix) and not old.startswith(f"{prefix}{self.key}_"):
                    self.server.drop(old)
            self.make(name, kind, size)
        elif kind == "addon" and run.update(self.odoo, name):
            self.server.sql("VACUUM (FREEZE, ANALYZE)", name)
        return name

    def make(self, name, kind, size):
        """Fill a database."""
        is_plain = kind == "plain"
        origin = self.odoo.template() if is_plain else self.locked_template("plain", size)
        with self.server.complete(name, origin) as partial:
            if not is_plain:
                self.odoo.install("bench-install", partial, base.ADDON)
            base.step(f"Filling a database: {kind}, {size:,} recipients")
            with probe.Probe(self.odoo, partial, "bench-fill") as filler:
                filler.ask(f"setup.{kind}")
            script = fill.plain(size) if is_plain else fill.addon()
            self.load(partial, script, fill.TABLES[kind])
            self.server.notes(partial, files=run.addon_files())

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

    @contextmanager
    def copy(self, kind, size, word="run"):
        """Give a copy of a template for the time of a measurement."""
        template = self.template(kind, size)
        name = self.server.database(f"bench_{self.key}_{word}_{kind}_{size}")
        with self.server.temporary(name, template):
            yield name
