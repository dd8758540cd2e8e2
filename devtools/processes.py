"""Start processes, remember them, and end exactly those that were started here.

Each process that outlives one step is written down in ``.dev/state`` with its number and
its start time, and with those of the command that started it. Numbers are used again by the
kernel, a number together with a start time is not. A later command ends what a killed
command left behind, and nothing else.
"""

import json
import os
import secrets
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from . import paths, say
from .errors import Stop

# Every process started here inherits this variable, so that children of a process
# which was killed can still be recognised.
MARK = "MAIL_TRACKING_DEV"
TOKEN = secrets.token_hex(8)

STOP_SECONDS = 15


def start_time(pid):
    """Return the kernel's start time of a living process, else None."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name of the program, in parentheses, may hold spaces.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def session_of(pid):
    """Return the session number of a process, else None."""
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def has_mark(pid, token):
    """Tell whether the process was started with this mark in its environment."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return f"{MARK}={token}".encode() in environment.split(b"\0")


def all_pids():
    """Return the numbers of all processes."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def child_environment(extra=None):
    """Return the environment for a process started here; ``None`` removes a variable."""
    merged = {**os.environ, **(extra or {}), MARK: TOKEN}
    return {name: value for name, value in merged.items() if value is not None}


class Record:
    """The note about one started process."""

    def __init__(self, path):
        self.path = path
        self.data = json.loads(path.read_text())

    @classmethod
    def write(cls, name, pid):
        """Write down a process that has just been started."""
        data = {
            "name": name,
            "pid": pid,
            "start": start_time(pid),
            "token": TOKEN,
            "owner": os.getpid(),
            "owner_start": start_time(os.getpid()),
        }
        path = paths.STATE / f"{name}-{pid}.json"
        partial = path.with_suffix(".new")
        partial.write_text(json.dumps(data))
        partial.rename(path)
        return cls(path)

    def is_orphan(self):
        """Tell whether the command that started the process is gone."""
        return start_time(self.data["owner"]) != self.data["owner_start"]

    def members(self):
        """Return the living processes of the session that the process leads."""
        leader = self.data["pid"]
        alive = self.data["start"] and start_time(leader) == self.data["start"]
        return [
            pid
            for pid in all_pids()
            if session_of(pid) == leader
            and start_time(pid)
            and (alive or has_mark(pid, self.data["token"]))
        ]

    def end(self):
        """End the process with its children, first politely."""
        leader = self.data["pid"]
        members = self.members()
        if leader in members:
            send(leader, signal.SIGTERM)
        else:
            for pid in members:
                send(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self.members() and time.monotonic() < deadline:
            if leader in members and not start_time(leader):
                # Its children had their chance when it stopped.
                break
            time.sleep(0.05)
        for pid in self.members():
            send(pid, signal.SIGKILL)
        self.path.unlink(missing_ok=True)


def send(pid, number):
    """Send a signal; a process that is already gone is fine."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def end_orphans():
    """End what commands left behind that did not come to their own end."""
    for path in sorted(paths.STATE.glob("*.json")):
        try:
            record = Record(path)
        except (ValueError, FileNotFoundError):
            path.unlink(missing_ok=True)
            continue
        if not record.is_orphan():
            continue
        if record.members():
            say.step(f"Ending {record.data['name']} that an interrupted command left running")
        record.end()


class Process:
    """A process in a session of its own, with its output in a log file.

    In a session of its own it does not get the terminal's Ctrl-C: the command decides
    about the order in which things stop.
    """

    def __init__(self, name, args, log, *, cwd=None, env=None, stdin=None, user=None):
        self.name = name
        self.log = Path(log)
        with self.log.open("ab") as output:
            self.popen = subprocess.Popen(
                [str(arg) for arg in args],
                stdin=stdin or subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd or paths.DEV,
                env=child_environment(env),
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=[] if user else None,
            )
        self.record = Record.write(name, self.popen.pid)

    def poll(self):
        """Return the exit status, or None while it runs."""
        return self.popen.poll()

    def wait(self, ticker):
        """Wait for the end; show that it goes on."""
        while True:
            try:
                return self.popen.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                ticker.tick()

    def end(self):
        """Stop it, if it still runs, and forget it."""
        if self.popen.poll() is None:
            send(self.popen.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(timeout=STOP_SECONDS)
        for pid in self.record.members():
            send(pid, signal.SIGKILL)
        self.popen.wait()
        self.record.path.unlink(missing_ok=True)


def run(name, args, log, *, detail=None, **options):
    """Run a command to its end with its output in a log file; return its exit status."""
    process = Process(name, args, log, **options)
    ticker = say.Ticker(detail)
    try:
        return process.wait(ticker)
    finally:
        ticker.close()
        process.end()


def run_together(commands, *, detail=None):
    """Run several commands at the same time to their ends; return their exit statuses.

    :param list commands: of the arguments of :class:`Process`, as dicts
    """
    started = []
    ticker = say.Ticker(detail)
    try:
        started += [Process(**command) for command in commands]
        return [process.wait(ticker) for process in started]
    finally:
        ticker.close()
        for process in started:
            process.end()


def output_of(args, *, env=None, cwd=None, **options):
    """Return ``(exit status, standard output, standard error)`` of a short command."""
    try:
        done = subprocess.run(
            [str(arg) for arg in args],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=child_environment(env),
            cwd=cwd,
            **options,
        )
    except FileNotFoundError as error:
        raise Stop(f"The program {args[0]} is missing: install it and try again.") from error
    return done.returncode, done.stdout, done.stderr


def quiet(args, output, *, env=None, **options):
    """Run a short command with its output in an open file; return its exit status."""
    return subprocess.run(
        [str(arg) for arg in args],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=child_environment(env),
        start_new_session=True,
        **options,
    ).returncode


def fresh_log(name):
    """Return the path of an emptied log file."""
    log = paths.LOG / f"{name}.log"
    log.write_bytes(b"")
    return log


def tail(log, size=8192):
    """Return the end of a log file as text."""
    try:
        with Path(log).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
