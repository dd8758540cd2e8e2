"""What is done with the databases of a PostgreSQL server."""

import json
import os
import shutil
from contextlib import contextmanager

from . import base, processes, system
from .base import DISK_FULL, Stop

EXTERNAL = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")


class Server:
    """Where the server is, and how its databases of this checkout are called."""

    def __init__(self, environ, programs=None, prefix="mail_tracking_"):
        self.environ = environ
        #: the folder of the programs of a private server
        self.programs = programs
        self.prefix = prefix

    def program(self, name):
        return str(self.programs / name) if self.programs else name

    def is_ready(self):
        """Tell whether the private server answers; of a foreign one nothing is known."""
        command = [self.program("pg_isready"), "-q", "-t", "1"]
        return not self.programs or not processes.output_of(command, env=self.environ)[0]

    def database(self, name):
        return self.prefix + name

    def sql(self, query, database="postgres"):
        """Run SQL; return its rows, each a list of strings."""
        code, output, errors = processes.output_of(
            [self.program("psql"), "-X", "-qAt", "-F", "\t", "-v", "ON_ERROR_STOP=1"]
            + ["-d", database, "-c", query],
            env=self.environ,
        )
        if code:
            raise Stop(failure(" ".join(errors.split())))
        return [line.split("\t") for line in output.splitlines()]

    def databases(self):
        names = [row[0] for row in self.sql("SELECT datname FROM pg_database")]
        return [name for name in names if name.startswith(self.prefix)]

    def create(self, name, template="template0"):
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'unicode\'')

    def drop(self, name):
        """Drop a database and its files, even while somebody is connected."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self.files(name), ignore_errors=True)

    def rename(self, old, new):
        self.sql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
        if self.files(old).is_dir():
            shutil.rmtree(self.files(new), ignore_errors=True)
            self.files(old).rename(self.files(new))

    def copy(self, old, new):
        """Copy a database; its files, which never change, become second names."""
        # Copying fails while another command copies the same one.
        with base.exclusive("template", "Waiting for another command to copy a database"):
            self.create(new, template=old)
        if self.programs:
            # Without it a killed server forgets what sequences gave out in the copy.
            self.sql("CHECKPOINT")
        if self.files(old).is_dir():
            shutil.copytree(self.files(old), self.files(new), copy_function=os.link)

    @contextmanager
    def temporary(self, name, template=None):
        """Give a new database, or a copy of another one, that is dropped at the end."""
        self.drop(name)
        try:
            self.copy(template, name) if template else self.create(name)
            yield name
        finally:
            self.drop(name)

    @contextmanager
    def complete(self, name, template=None):
        """Give such a database to prepare; it gets its name only when it is complete."""
        with self.temporary(f"{name}_new", template) as partial:
            yield partial
            self.rename(partial, name)

    def notes(self, name, **more):
        """Return what is noted about a database, in its comment; with more, note that too."""
        found = self.sql(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            f" WHERE datname = '{name}'"
        )
        known = json.loads(found[0][0] or "{}")
        if more:
            self.sql(f"COMMENT ON DATABASE \"{name}\" IS '{json.dumps({**known, **more})}'")
        return known

    def files(self, name):
        return base.DATA / "filestore" / name


def named_server():
    if not any(os.environ.get(name) for name in EXTERNAL):
        return None
    system.ensure(system.CLIENT)
    if os.environ.get("PGUSER") == "postgres":
        raise Stop("Odoo refuses the database account 'postgres': name another one with PGUSER.")
    server = Server({}, prefix=f"mail_tracking_{base.checkout_id()}_")
    server.sql("SELECT 1")
    return server


def failure(text):
    if "No space left" in text:
        return f"{DISK_FULL}."
    if "permission denied to create database" in text:
        return "The PostgreSQL account may not create databases: grant it CREATEDB and try again."
    if "connection to server" in text:
        return f"PostgreSQL cannot be reached: check {', '.join(EXTERNAL)} ({text})."
    return f"PostgreSQL refused: {text}"
