"""Other processes for the time of a measurement, asked over pipes, a line at a time."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

from devtools import base, processes, run, system
from devtools.base import Stop

HERE = Path(__file__).parent
#: A script, as a server with workers starts its own script again.
SERVER = base.ROOT / "tests/support/process_server.py"
WORKERS = 2
CONFLICT = re.compile(r"could not serialize|deadlock detected|SerializationFailure")


class Helper(processes.Process):
    """A process that answers each line with one line."""

    def __init__(self, name, script, *args, **options):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        log = processes.fresh_log(name)
        super().__init__(name, [base.PYTHON, script, *args], log, **pipes, **options)

    def ask_line(self, line=""):
        """Return the answer; nothing where the process has ended."""
        with suppress(BrokenPipeError):
            self.stdin.write(line + "\n")
            self.stdin.flush()
        if answer := self.stdout.readline():
            return answer
        print(processes.tail(self.log), file=sys.stderr)
        raise Stop(f"A measurement failed: look into {base.shown(self.log)}.")

    def __exit__(self, *_details):
        with suppress(BrokenPipeError):
            self.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.wait(processes.STOP_SECONDS)
        self.end()
        self.stdout.close()


class Probe(Helper):
    """Odoo with one database, which does the jobs of ``inside``."""

    def __init__(self, odoo, database, name="bench"):
        args = odoo.args(database, "--max-cron-threads=0", "--log-level=warn")[4:]
        name = f"{name}-{database.rpartition('bench_')[2]}"
        options = {"cwd": base.HOME, "env": odoo.environ}
        super().__init__(name, HERE / "inside/main.py", *args, **options)
        self.database = database

    def ask(self, job, **values):
        """Let the process do a job; return what it found."""
        return json.loads(self.ask_line(json.dumps([job, values])))


@contextmanager
def smtp_sink():
    """Give the port of an SMTP server that takes everything, and how to count what it took."""
    port = system.free_port()
    with Helper("bench-sink", HERE / "sink.py", port) as sink:
        sink.ask_line()
        yield port, lambda: int(sink.ask_line())


@contextmanager
def server(odoo, database):
    """Give the port of a real Odoo server with workers, and its log."""
    port = system.free_port()
    log = processes.fresh_log("bench-server")
    args = odoo.args(
        database,
        *(f"--workers={WORKERS}", "--max-cron-threads=1", "--http-interface=127.0.0.1"),
        *(f"--http-port={port}", f"--gevent-port={system.free_port()}", "--log-level=warn"),
    )
    args = [args[0], SERVER, *args[4:]]
    process = processes.Process("bench-server", args, log, cwd=base.HOME, env=odoo.environ)
    try:
        run.await_start(process, lambda: run.is_healthy(port))
        yield port, log
    finally:
        process.end()


def conflicts_of(log):
    """Return how many transactions got into each other's way."""
    return len(CONFLICT.findall(log.read_text(errors="replace")))
