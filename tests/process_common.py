"""Databases and processes of their own, for what no test transaction can show."""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

import psycopg2

from odoo.sql_db import connection_info_for
from odoo.tests import BaseCase
from odoo.tools import config

from .common import free_port

DRIVER = os.path.join(os.path.dirname(__file__), "process_driver.py")
SERVER = os.path.join(os.path.dirname(__file__), "process_server.py")
WAIT_SECONDS = 120
#: name of the database with the addon that others are copied from, once it was made
_templates = {}


class ProcessCase(BaseCase):
    """Tests with servers and other processes; each class has its own databases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prefix, info = connection_info_for(config["db_name"][0])
        cls.info = {key: value for key, value in info.items() if key != "database"}
        cls.dir = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.log = os.path.join(cls.dir, "odoo.log")

    # ------------------------------------------------------------
    # DATABASES
    # ------------------------------------------------------------

    @classmethod
    def make_database(cls, suffix):
        """A database with the addon and nothing else in it; it goes with the class.

        :return: its name
        """
        if not _templates:
            name = f"{cls.prefix}_process_template"
            drop_database(cls.info, name)
            atexit.register(drop_database, cls.info, name)
            cls.sql("postgres", f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
            cls.odoo("-d", name, "-i", "mail_tracking", "--stop-after-init", "--no-http")
            _templates["name"] = name
        return cls.copy_database(_templates["name"], suffix)

    @classmethod
    def copy_database(cls, source, suffix):
        """A copy of a database that nobody uses right now."""
        name = f"{cls.prefix}_process_{suffix}"
        drop_database(cls.info, name)
        cls.addClassCleanup(drop_database, cls.info, name)
        cls.sql("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return name

    @classmethod
    def connect(cls, database):
        """A connection of its own; it is closed by whoever asked for it."""
        return psycopg2.connect(**cls.info, database=database)

    @classmethod
    def sql(cls, database, query, params=None):
        """Run SQL; return the rows, if there are any to return."""
        with contextlib.closing(cls.connect(database)) as connection:
            connection.autocommit = True
            with connection.cursor() as cr:
                cr.execute(query, params)
                return cr.fetchall() if cr.description else None

    @classmethod
    def wait_until(cls, condition, what):
        """Wait for a condition.

        :param condition: a function that tells whether it holds
        :param str what: the failure's text
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(what)
            time.sleep(0.02)  # between two looks at the condition

    def wait_alone(self, database):
        """Wait until nobody is connected to a database: what was committed is there."""
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        self.wait_until(
            lambda: self.sql("postgres", others, [database]) == [(0,)], "still connected"
        )

    # ------------------------------------------------------------
    # PROCESSES
    # ------------------------------------------------------------

    @classmethod
    def options(cls):
        """Options that every process needs to find addons and PostgreSQL."""
        options = {
            "--addons-path": ",".join(config["addons_path"]),
            "--data-dir": cls.dir,
            "--db_host": config["db_host"],
            "--db_port": config["db_port"],
            "--db_user": config["db_user"],
            "--db_password": config["db_password"],
            "--max-cron-threads": "0",
            "--http-interface": "127.0.0.1",
            "--log-level": "warn",
        }
        return [f"{key}={value}" for key, value in options.items() if value]

    @classmethod
    def odoo(cls, *args, **kwargs):
        """Run Odoo to its end; return what it printed."""
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "odoo", *args, *cls.options()],
            capture_output=True,
            text=True,
            timeout=300,
            **kwargs,
        )
        if done.returncode:
            raise AssertionError(done.stderr[-3000:])
        return done.stdout

    @classmethod
    @contextlib.contextmanager
    def server(cls, *databases, options=()):
        """A server with two workers; gives its address."""
        port = free_port()
        args = [
            *("--http-port", str(port), "--gevent-port", str(free_port())),
            *("--workers=2", "--load=base,web,mail_tracking"),
            *("--logfile", cls.log, "--db-filter", f"^({'|'.join(databases)})$"),
        ]
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, SERVER, *args, *cls.options(), *options]
        )
        try:
            base = f"http://127.0.0.1:{port}"
            cls.wait_until(lambda: cls.is_up(base, process), "the server did not start")
            yield base
        finally:
            process.terminate()
            process.wait(60)

    @classmethod
    def is_up(cls, base, process):
        if process.poll() is not None:
            raise AssertionError("the server has ended")
        with contextlib.suppress(URLError, ConnectionError, TimeoutError):
            return cls.get(f"{base}/web/health") == 200
        return False

    @classmethod
    def get(cls, url, agent="test"):
        """The status that an address answers with."""
        request = Request(url, headers={"User-Agent": agent})  # noqa: S310
        with urlopen(request, timeout=60) as response:  # noqa: S310
            response.read()
            return response.status

    @classmethod
    @contextlib.contextmanager
    def driver(cls, database, options=()):
        """A process that runs jobs of ``process_driver`` in children."""
        args = [sys.executable, DRIVER, "-d", database, "--logfile", cls.log]
        args += [*cls.options(), *options]
        with subprocess.Popen(  # noqa: S603
            args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield Driver(process)
            process.stdin.close()

    def assert_clean_log(self):
        """No warning and no error was logged."""
        with open(self.log) as log:
            # what Odoo and its libraries use of others that is outdated is not ours to mend
            lines = [line for line in log if " py.warnings: " not in line]
        words = (" WARNING ", " ERROR ", " CRITICAL ", "deadlock")
        self.assertEqual([line for line in lines if any(word in line for word in words)], [])


class Driver:
    """The test's end of a ``process_driver``."""

    def __init__(self, process):
        self.process = process
        self.read("READY")

    def read(self, word):
        line = self.process.stdout.readline()
        if not line.startswith(word):
            raise AssertionError(f"{word} was awaited, {line!r} came")
        return json.loads(line[len(word) :] or "null")

    def start(self, job, *children):
        """Start a job in as many children as there are dicts of arguments.

        :return: numbers of the processes
        """
        self.process.stdin.write(json.dumps([job, children or [{}]]) + "\n")
        self.process.stdin.flush()
        return self.read("PIDS")

    def end(self):
        """Wait for the children; return how each ended, killed ones with ``-9``."""
        return self.read("END")

    def run(self, job, *children):
        """Run a job in children, which have to succeed."""
        pids = self.start(job, *children)
        ended = self.end()
        if any(ended):
            raise AssertionError(f"{job}: {ended}")
        return pids


def drop_database(info, name):
    """Drop a database, whoever is connected."""
    with contextlib.closing(psycopg2.connect(**info, database="postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cr:
            cr.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
