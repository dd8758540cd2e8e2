"""A process inside Odoo that measures what it is told to."""

import json
import os
import subprocess
import sys
from pathlib import Path

from devtools import paths, processes
from devtools.errors import Stop

SCRIPT = Path(__file__).parent / "inside/main.py"


class Probe:
    """Odoo with one database, asked over a pipe and answering one line of JSON each."""

    def __init__(self, odoo, database, name="bench"):
        self.database = database
        self.log = processes.fresh_log(f"{name}-{database.rpartition('bench_')[2]}")
        args = odoo.args(database, "--max-cron-threads=0", "--log-level=warn")
        args = [args[0], SCRIPT, *args[4:]]
        with self.log.open("ab") as output:
            self.popen = subprocess.Popen(
                [str(arg) for arg in args],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                cwd=paths.HOME,
                env=processes.child_environment(odoo.environ),
                start_new_session=True,
                text=True,
            )
        self.record = processes.Record.write(name, self.popen.pid)

    def ask(self, job, **values):
        """Let the process do a job; return what it found.

        :raise Stop: when it failed; its log says why
        """
        try:
            self.popen.stdin.write(json.dumps([job, values]) + "\n")
            self.popen.stdin.flush()
            line = self.popen.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            print(processes.tail(self.log), file=sys.stderr)
            raise Stop(f"The measurement {job} failed: look into {paths.shown(self.log)}.")
        return json.loads(line)

    def end(self):
        """End the process."""
        self.popen.stdin.close()
        try:
            self.popen.wait(timeout=processes.STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        self.popen.stdout.close()
        self.record.end()
        self.popen.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_details):
        self.end()


def load_average():
    """Return how many processes wanted to run in the last minute."""
    return os.getloadavg()[0]
