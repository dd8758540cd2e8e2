"""Start processes, and end only those started here."""

import ctypes
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from . import base
from .base import Stop

STOP_SECONDS = 15
#: how often a long step tells that it still goes on
TELL_SECONDS = 15
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def child_environment(extra=None):
    """Return the environment for a process started here; ``None`` removes a variable."""
    merged = {**os.environ, **(extra or {})}
    return {name: value for name, value in merged.items() if value is not None}


class Process(subprocess.Popen):
    """A process in a session of its own, with its output in a log file.

    In a session of its own it does not get the terminal's Ctrl-C: the command decides about the
    order in which things stop. Where the command is killed, the kernel ends the process.
    """

    def __init__(self, name, args, log, *, cwd=None, env=None, user=None, **options):
        self.name = name
        self.log = Path(log)
        with self.log.open("ab") as output:
            super().__init__(
                [str(arg) for arg in args],
                stdin=options.pop("stdin", subprocess.DEVNULL),
                stdout=options.pop("stdout", output),
                stderr=output,
                cwd=cwd or base.DEV,
                env=child_environment(env),
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
                **options,
            )

    def end(self):
        """Stop it, if it still runs, and what it left behind in its session."""
        if self.poll() is None:
            self.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.wait(timeout=STOP_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()


def working_in(folder):
    """Return the numbers of the living processes that work in this folder."""
    links = Path("/proc").glob("[0-9]*/cwd")
    return [int(link.parts[2]) for link in links if os.path.realpath(link) == str(folder)]


def run(name, args, log, *, detail=None, **options):
    """Run a command to its end with its output in a log file; return its exit status."""
    return run_together([{"name": name, "args": args, "log": log, **options}], detail=detail)[0]


def run_together(commands, *, detail=None):
    """Run several commands, of the arguments of ``Process``; return their exit statuses."""
    started, start = [], time.monotonic()
    try:
        started += [Process(**command) for command in commands]
        for process in started:
            while process.poll() is None:
                try:
                    process.wait(timeout=TELL_SECONDS)
                except subprocess.TimeoutExpired:
                    what = detail() if detail else process.name
                    base.note(f"{time.monotonic() - start:.0f} s: {what}"[:96])
        return [process.returncode for process in started]
    finally:
        for process in started:
            process.end()


def output_of(args, *, env=None, **options):
    """Return ``(exit status, standard output, standard error)`` of a short command."""
    try:
        done = subprocess.run(
            [str(arg) for arg in args],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=child_environment(env),
            **options,
        )
    except FileNotFoundError as error:
        raise Stop(f"The program {args[0]} is missing: install it and try again.") from error
    return done.returncode, done.stdout, done.stderr


def fresh_log(name):
    log = base.LOG / f"{name}.log"
    log.write_bytes(b"")
    return log


def tail(log, size=8192):
    try:
        with Path(log).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def last_line(log):
    """Return the last line of a log file that says something."""
    lines = tail(log).replace("\r", "\n").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
