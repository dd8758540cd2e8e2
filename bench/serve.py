"""A real Odoo server with workers, and the SMTP sink, for the time of a measurement."""

import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from devtools import paths, processes, run, system
from devtools.errors import Stop

WORKERS = 2
#: A script, as a server with workers starts its own script again.
SCRIPT = paths.ROOT / "tests/support/process_server.py"
SINK = Path(__file__).parent / "sink.py"
CONFLICT = re.compile(r"could not serialize|deadlock detected|SerializationFailure")


@contextmanager
def server(odoo, database):
    """Give the port of a server with workers, and its log."""
    port = system.free_port()
    log = processes.fresh_log("bench-server")
    args = odoo.args(
        database,
        *(f"--workers={WORKERS}", "--max-cron-threads=1", "--http-interface=127.0.0.1"),
        *(f"--http-port={port}", f"--gevent-port={system.free_port()}", "--log-level=warn"),
    )
    args = [args[0], SCRIPT, *args[4:]]
    process = processes.Process("bench-server", args, log, cwd=paths.HOME, env=odoo.environ)
    try:
        deadline = time.monotonic() + run.START_SECONDS
        while not run.answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Stop(f"Odoo does not start: look into {paths.shown(log)}.")
            time.sleep(0.2)
        yield port, log
    finally:
        process.end()


def conflicts(log):
    """Return how many transactions got into each other's way."""
    return len(CONFLICT.findall(log.read_text(errors="replace")))


@contextmanager
def smtp_sink():
    """Give the port of an SMTP server that takes everything, and how to count what it took."""
    log = processes.fresh_log("bench-sink")
    with log.open("ab") as output:
        popen = subprocess.Popen(
            [str(paths.PYTHON), str(SINK), str(system.free_port())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env=processes.child_environment(),
            start_new_session=True,
            text=True,
        )
    record = processes.Record.write("bench-sink", popen.pid)
    port = popen.stdout.readline().strip()
    if not port:
        record.end()
        raise Stop(f"The SMTP server does not start: look into {paths.shown(log)}.")

    def count():
        popen.stdin.write("\n")
        popen.stdin.flush()
        return int(popen.stdout.readline())

    try:
        yield int(port), count
    finally:
        popen.stdin.close()
        record.end()
        popen.wait()
        popen.stdout.close()
