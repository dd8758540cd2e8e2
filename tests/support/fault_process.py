"""Processes that die, hang or get in each other's way."""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import time
from urllib.error import URLError

import psycopg2

from .common import free_port
from .process_common import TEMPLATE_VARIABLE, ProcessCase

DRIVER = os.path.join(os.path.dirname(__file__), "process_driver.py")
WAIT_SECONDS = 120
#: name of the database with the addon that others are copied from, once it was made
_templates = {}


class FaultCase(ProcessCase):
    """Tests with servers and other processes; each class has its own databases."""

    # ------------------------------------------------------------
    # DATABASES
    # ------------------------------------------------------------

    @classmethod
    def make_database(cls, suffix):
        """A database with the addon and no demo data; it goes with the class.

        :return: its name
        """
        if not _templates:
            name = f"{cls.tested}_fault_template"
            drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
            cls.sql("postgres", drop)
            atexit.register(cls.sql, "postgres", drop)
            cls.copy_database(os.environ.get(TEMPLATE_VARIABLE) or "template0", name)
            cls.odoo("-d", name, "-i", "mail_tracking", "--stop-after-init", "--no-http")
            _templates["name"] = name
        return cls.copy_of(_templates["name"], suffix)

    @classmethod
    def copy_of(cls, source, suffix):
        """A copy of a database that nobody uses right now."""
        return cls.new_database(f"fault_{suffix}", template=source)

    @classmethod
    def connect(cls, database):
        """A connection of its own; the caller closes it."""
        return psycopg2.connect(**{**cls.info, "database": database})

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
    @contextlib.contextmanager
    def workers(cls, *databases, options=()):
        """A server with two workers; gives its address."""
        port = free_port()
        args = cls.command(
            *("--http-port", str(port), "--gevent-port", str(free_port())),
            *("--workers=2", "--load=base,web,mail_tracking", "--logfile", cls.log),
            *("--db-filter", f"^({'|'.join(databases)})$"),
            *options,
        )
        process = subprocess.Popen(args)  # noqa: S603
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
            return cls.get(cls, f"{base}/web/health") == 200
        return False

    @classmethod
    @contextlib.contextmanager
    def driver(cls, database, options=()):
        """A process that runs jobs of ``process_driver`` in children."""
        args = cls.command("-d", database, "--logfile", cls.log, *options)
        args = [sys.executable, DRIVER, *args[2:]]
        with subprocess.Popen(  # noqa: S603
            args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield Driver(process)
            process.stdin.close()

    def assert_clean_log(self):
        """No warning and no error was logged."""
        self.assertEqual(self.log_lines(), [])


class Driver:
    """The test's end of a ``process_driver``."""

    def __init__(self, process):
        self.process = process
        self.expect("READY")

    def expect(self, word):
        line = self.process.stdout.readline()
        if not line.startswith(word):
            raise AssertionError(f"{word} was awaited, {line!r} came")
        return json.loads(line[len(word) :])

    def start(self, job, *children):
        """Start a job in as many children as there are dicts of arguments.

        :return: numbers of the processes
        """
        self.process.stdin.write(json.dumps([job, children or [{}]]) + "\n")
        self.process.stdin.flush()
        return self.expect("PIDS")

    def end(self):
        """Wait for the children; return how each ended, killed ones with ``-9``."""
        return self.expect("END")

    def run(self, job, *children):
        """Run a job in children, which have to succeed."""
        self.start(job, *children)
        ended = self.end()
        if any(ended):
            raise AssertionError(f"{job}: {ended}")
