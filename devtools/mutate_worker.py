"""Runs pytest again and again in forked processes: only the first one has to import it.

Reads a line of JSON for each run, ``[seconds, argument, ...]``, and answers with a line: its
exit status, or nothing where it ran out of time.
"""

import json
import os
import signal
import sys
import time

import hypothesis  # noqa: F401
import pytest


def run(seconds, arguments):
    """Run pytest; return its exit status, ``""`` if it was killed."""
    child = os.fork()
    if not child:
        os.dup2(2, 1)
        os._exit(pytest.main(arguments))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return ""


sys.path.pop(0)  # the folder of this file: its modules are none for tests
for line in sys.stdin:
    limit, *words = json.loads(line)
    print(run(limit, words), flush=True)
