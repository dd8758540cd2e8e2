"""Databases and processes of their own, for tests of what needs more than a transaction."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

import psycopg2

from odoo.sql_db import connection_info_for
from odoo.tests import BaseCase
from odoo.tools import config

from .common import free_port

#: names a database with ``mail`` installed, which is copied instead of making one
TEMPLATE_VARIABLE = "MAIL_TRACKING_TEMPLATE"
SECONDS = 300
#: a script, as a server with workers starts itself again
SERVER = os.path.join(os.path.dirname(__file__), "process_server.py")


class ProcessCase(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tested, cls.info = connection_info_for(config["db_name"][0])
        cls.dir = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.log = os.path.join(cls.dir, "odoo.log")

    # ------------------------------------------------------------
    # DATABASES
    # ------------------------------------------------------------

    @classmethod
    def new_database(cls, suffix, template=None):
        """Make a database for the time of the class; with ``mail`` unless a template is named."""
        name = f"{cls.tested}_{suffix}"
        cls.sql("postgres", f'DROP DATABASE IF EXISTS "{name}"')
        cls.addClassCleanup(cls.sql, "postgres", f'DROP DATABASE IF EXISTS "{name}"')
        source = template or os.environ.get(TEMPLATE_VARIABLE)
        if source:
            cls.copy_database(source, name)
        else:
            cls.sql("postgres", f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
            cls.odoo("-d", name, "-i", "mail", "--stop-after-init")
        return name

    @classmethod
    def copy_database(cls, source, name):
        """Copy a database; waits while somebody else copies the same one."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                cls.sql("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
                return
            except psycopg2.errors.ObjectInUse:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)  # between two tries

    @classmethod
    def sql(cls, database, query, params=None):
        connection = psycopg2.connect(**{**cls.info, "database": database})
        try:
            connection.autocommit = True
            with connection.cursor() as cr:
                cr.execute(query, params)
                return cr.fetchall() if cr.description else None
        finally:
            connection.close()

    # ------------------------------------------------------------
    # PROCESSES
    # ------------------------------------------------------------

    @classmethod
    def addons_path(cls):
        """Folders with addons, as this Odoo was told."""
        return list(config["addons_path"])

    @classmethod
    def command(cls, *args):
        """A command line of Odoo; later options of the same name win."""
        options = {
            "--addons-path": ",".join(cls.addons_path()),
            "--data-dir": cls.dir,
            "--db_host": config["db_host"],
            "--db_port": config["db_port"],
            "--db_user": config["db_user"],
            "--db_password": config["db_password"],
            "--max-cron-threads": "0",
            "--http-interface": "127.0.0.1",
            "--log-level": "warn",
        }
        given = [f"{key}={value}" for key, value in options.items() if value]
        command = args[:1] if args[0] in ("shell", "neutralize") else ()
        return [sys.executable, SERVER, *command, *given, *args[len(command) :]]

    @classmethod
    def odoo(cls, *args, **kwargs):
        """Run Odoo to its end; returns what it printed. A warning fails the test."""
        done = subprocess.run(  # noqa: S603
            cls.command(*args), capture_output=True, text=True, timeout=SECONDS, **kwargs
        )
        if done.returncode or cls.complaints(done.stderr):
            # indented, so that nobody takes it for the log of this process
            raise AssertionError(textwrap.indent(done.stderr[-5000:], "    "))
        return done.stdout

    @staticmethod
    def complaints(log):
        """Warnings and errors; what libraries say of their own future is not ours."""
        levels = re.compile(r" (?:WARNING|ERROR|CRITICAL) (?!\S+ py\.warnings:)")
        return [line for line in log.splitlines() if levels.search(line)]

    @contextlib.contextmanager
    def server(self, *args):
        """A server for the time of a block; yields its address."""
        port = free_port()
        args = self.command(
            *("--http-port", str(port), "--gevent-port", str(free_port())),
            *("--logfile", self.log, *args),
        )
        process = subprocess.Popen(args)  # noqa: S603
        try:
            self.wait_for(f"http://127.0.0.1:{port}/web/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)

    def wait_for(self, url, process):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(URLError, ConnectionError, TimeoutError):
                if self.get(url) == 200:
                    return
            time.sleep(0.1)  # between two looks at the condition
        self.fail("the server did not start")

    def get(self, url, agent="test"):
        request = Request(url, headers={"User-Agent": agent})  # noqa: S310
        with urlopen(request, timeout=60) as response:  # noqa: S310
            response.read()
            return response.status

    def log_lines(self):
        """What the server complained about."""
        with open(self.log) as log:
            return self.complaints(log.read())
