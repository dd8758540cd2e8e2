"""A private PostgreSQL server of this checkout, on a Unix socket only.

Its data lie below ``.dev``; where root runs the commands, in the home of the account ``postgres``,
as the server refuses to run as root. Commands that run at the same time share it, the last one
stops it, and what a killed command left behind is taken over.
"""

import os
import pwd
import shlex
import shutil
import signal
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from . import base, processes, system
from .base import Stop
from .databases import Server, named_server

ENVIRON = {"PGPORT": "5432", "PGUSER": "odoo"}
ACCOUNT = "postgres" if os.geteuid() == 0 else None
# The data can be made again: speed matters more than a power cut.
SETTINGS = "-c listen_addresses= -c unix_socket_permissions=0700 -c shared_buffers=256MB"
SETTINGS += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c port=5432"


@contextmanager
def server():
    """Give a server for the time of a command: what the environment names, or the private one."""
    if named := named_server():
        yield named
        return
    system.ensure(system.SERVER)
    with base.counted("postgres-users") as is_last:
        with base.exclusive("postgres", "Waiting for another command to start PostgreSQL"):
            private = start()
        try:
            yield private
        finally:
            with base.exclusive("postgres", "Waiting for another command to stop PostgreSQL"):
                if is_last():
                    end()


def folders():
    """Return the folder of the data and that of the socket, of whose path 107 bytes count."""
    name = f"mail_tracking-{base.checkout_id()}"
    home = Path(pwd.getpwnam(ACCOUNT).pw_dir) / name if ACCOUNT else base.DEV / "postgres"
    inside = home / "socket"
    return home, inside if len(os.fsencode(inside)) < 80 else Path(tempfile.gettempdir()) / name


def start():
    """Start the private server unless it answers; return it."""
    folder, sockets = folders()
    version = folder / "data/PG_VERSION"
    programs = system.newest_postgres(version.read_text().strip() if version.exists() else "*")
    if programs is None:
        raise Stop("PostgreSQL was updated since: run './dev clean', then try again.")
    private = Server({**ENVIRON, "PGHOST": str(sockets)}, programs)
    if private.is_ready():
        return private
    base.step("Starting a private PostgreSQL")
    end()
    owner = pwd.getpwnam(ACCOUNT).pw_uid if ACCOUNT else os.geteuid()
    for each in (folder, sockets):
        each.mkdir(mode=0o700, exist_ok=True)
        if each.is_symlink() or each.stat().st_uid not in (owner, os.geteuid()):
            raise Stop(f"{each} belongs to somebody else: remove it and try again.")
        shutil.chown(each, owner)
    log = processes.fresh_log("postgres")
    if not version.exists():
        words = f"-U {ENVIRON['PGUSER']} --auth=trust -E UTF8 --locale=C.UTF-8 --no-sync"
        shutil.rmtree(folder / "new", ignore_errors=True)
        control(log, programs / "initdb", folder / "new", *words.split())
        (folder / "new").rename(folder / "data")
    settings = f"{SETTINGS} -c unix_socket_directories={shlex.quote(str(sockets))}"
    control(log, programs / "pg_ctl", folder / "data", "start", "-w", "-o", settings)
    return private


def control(log, program, data, *words):
    """Run a program of PostgreSQL as its account."""
    environ = {name: None for name in os.environ if name.startswith("PG")}
    args = [program, "-D", data, *words]
    if processes.run(program.name, args, log, cwd="/", env=environ, user=ACCOUNT):
        full = "No space left" in processes.tail(log)
        raise Stop(f"{base.DISK_FULL if full else 'PostgreSQL failed'}: see {base.shown(log)}.")


def end():
    """End the private server, and what a killed one left: lock files would stop the next one."""
    folder, sockets = folders()
    data, lock = folder / "data", folder / "data/postmaster.pid"
    leader = int(lock.read_text().split()[0]) if lock.exists() else 0
    for number in (signal.SIGINT, signal.SIGQUIT):
        deadline = time.monotonic() + 30
        for pid in processes.working_in(data):
            if pid == leader or number == signal.SIGQUIT:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        while processes.working_in(data) and time.monotonic() < deadline:
            time.sleep(0.05)
    for file in (lock, sockets / ".s.PGSQL.5432.lock"):
        file.unlink(missing_ok=True)


def remove():
    """Remove the private server and what it keeps outside of ``.dev``."""
    with suppress(KeyError):  # there is no such account
        end()
        for folder in folders():
            shutil.rmtree(folder, ignore_errors=True)
