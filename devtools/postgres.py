"""The PostgreSQL server: an existing one, or a private one of this checkout.

The private server listens on a Unix socket only. Its data lie below ``.dev``; when root
runs the commands they lie in a folder of the account ``postgres``, as the server refuses to
run as root. Commands that run at the same time share the server and the last one stops it.
A server that a killed command left behind is taken over.
"""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from . import locks, paths, processes, say, system
from .errors import Stop

EXTERNAL = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
USER = "odoo"
PORT = "5432"
ACCOUNT = "postgres"
STATE = paths.STATE / "postgres.state"
START_SECONDS = 60
STOP_SECONDS = 30
# The data can be made again: speed matters more than a power cut.
SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_connections": "100",
}


class Server:
    """Where the server is, and how its databases of this checkout are called."""

    def __init__(self, environ, programs=None, prefix=""):
        self.environ = environ
        self.programs = programs
        self.prefix = prefix

    @property
    def is_gone(self):
        """Whether the private server has ended; of a foreign one nothing is known."""
        return self.programs is not None and not is_running(read_state())

    def program(self, name):
        """Return the path of a client program."""
        return str(self.programs / name) if self.programs else name

    def database(self, name):
        """Return the full name of a database of this checkout."""
        return self.prefix + name

    def sql(self, query, database="postgres"):
        """Run SQL; return its rows, each a list of strings."""
        code, output, errors = processes.output_of(
            [self.program("psql"), "-X", "-qAt", "-F", "\t", "-v", "ON_ERROR_STOP=1"]
            + ["-d", database, "-c", query],
            env=self.environ,
        )
        if code:
            raise Stop(failure(errors))
        return [line.split("\t") for line in output.splitlines()]

    def databases(self):
        """Return the names of this checkout's databases."""
        names = [row[0] for row in self.sql("SELECT datname FROM pg_database")]
        return [name for name in names if name.startswith(self.prefix)]

    def create(self, name, template="template0"):
        """Create a database, as a copy if a template is named."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'unicode\'')

    def drop(self, name):
        """Drop a database and its files, whoever may still be connected."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(paths.DATA / "filestore" / name, ignore_errors=True)

    def rename(self, old, new):
        """Rename a database with its files."""
        self.sql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
        files = paths.DATA / "filestore" / old
        if files.is_dir():
            shutil.rmtree(files.with_name(new), ignore_errors=True)
            files.rename(files.with_name(new))

    def copy(self, old, new):
        """Copy a database; its files, which never change, become second names."""
        self.create(new, template=old)
        if self.programs:
            # Without it a killed server forgets what sequences gave out in the copy.
            self.sql("CHECKPOINT")
        files = paths.DATA / "filestore" / old
        if files.is_dir():
            shutil.copytree(files, files.with_name(new), copy_function=os.link)


def failure(errors):
    """Return the sentence for a failed psql."""
    text = " ".join(errors.split())
    if "No space left" in text:
        return "The disk is full: free some space and try again."
    if "permission denied to create database" in text:
        return "The PostgreSQL account may not create databases: grant it CREATEDB and try again."
    if "connection to server" in text:
        return f"PostgreSQL cannot be reached: check {', '.join(EXTERNAL)} ({text})."
    return f"PostgreSQL refused: {text}"


@contextmanager
def server():
    """Give a server for the time of a command."""
    if any(os.environ.get(name) for name in EXTERNAL):
        yield external()
        return
    system.ensure(system.SERVER)
    with locks.exclusive("postgres", "Waiting for another command to start PostgreSQL"):
        users = locks.shared("postgres-users")
        private = start()
    try:
        yield private
    finally:
        with locks.exclusive("postgres", "Waiting for another command to stop PostgreSQL"):
            if locks.last_holder(users):
                stop()
            users.close()


def external():
    """Return the server that the environment names."""
    system.ensure(system.CLIENT)
    if os.environ.get("PGUSER") == "postgres":
        raise Stop("Odoo refuses the database account 'postgres': name another one with PGUSER.")
    given = Server({}, prefix=f"mail_tracking_{paths.checkout_id()}_")
    given.sql("SELECT 1")
    return given


def account():
    """Return the account that the server runs as: none but one's own unless that is root."""
    return ACCOUNT if os.geteuid() == 0 else None


def data_folder():
    """Return where the private server's files lie."""
    if not account():
        return paths.DEV / "postgres"
    try:
        home = Path(pwd.getpwnam(ACCOUNT).pw_dir)
    except KeyError as error:
        raise Stop(
            "PostgreSQL's account 'postgres' is missing: "
            "run 'apt-get install --reinstall postgresql-common', then try again."
        ) from error
    base = home if home.is_dir() else Path("/var/tmp")
    return base / f"mail_tracking-{paths.checkout_id()}"


def socket_folder(folder):
    """Return a folder for the socket; the kernel takes paths of up to 107 bytes."""
    inside = folder / "socket"
    if len(os.fsencode(inside)) < 80:
        return inside
    return Path(tempfile.gettempdir()) / f"mail_tracking-{paths.checkout_id()}"


def make_folder(folder):
    """Make a folder that only the server's account may use."""
    user = account()
    uid = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        status = folder.lstat()
        if folder.is_symlink() or status.st_uid not in (uid, os.geteuid()):
            raise Stop(f"{folder} belongs to somebody else: remove it and try again.") from None
    if user:
        shutil.chown(folder, user, user)
    folder.chmod(0o700)


def read_state():
    """Return what is noted about the running private server."""
    try:
        return json.loads(STATE.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def is_running(state):
    """Tell whether the noted server lives."""
    return bool(state.get("start")) and processes.start_time(state["pid"]) == state["start"]


def start():
    """Start the private server unless it runs; return it."""
    folder = data_folder()
    state = read_state()
    cluster = folder / "data"
    version = cluster / "PG_VERSION"
    home = system.newest_postgres(version.read_text().strip() if version.exists() else None)
    if home is None:
        raise Stop(
            f"The databases were made by PostgreSQL {version.read_text().strip()}, which is not "
            "installed any more: run './dev clean', then try again."
        )
    environ = {"PGHOST": str(socket_folder(folder)), "PGPORT": PORT, "PGUSER": USER}
    private = Server(environ, programs=home, prefix="mail_tracking_")
    if not is_running(state):
        make_folder(folder)
        make_folder(socket_folder(folder))
        if not version.exists():
            initialise(home, folder)
        launch(home, folder, private)
    return private


def initialise(home, folder):
    """Make the data folder; it gets its name only when it is complete."""
    say.step("Making a private PostgreSQL data folder")
    partial = folder / "data.new"
    shutil.rmtree(partial, ignore_errors=True)
    log = processes.fresh_log("initdb")
    args = [home / "initdb", "-D", partial, "-U", USER, "--auth=trust", "-E", "UTF8"]
    code = processes.run(
        "initdb", [*args, "--locale=C.UTF-8", "--no-sync"], log, cwd="/", user=account()
    )
    if code:
        if "No space left" in processes.tail(log):
            raise Stop("The disk is full: free some space and try again.")
        raise Stop(f"PostgreSQL cannot make its data folder: look into {paths.shown(log)}.")
    partial.rename(folder / "data")


def launch(home, folder, private):
    """Start the server and wait until it answers."""
    cluster = folder / "data"
    end_unnoted(cluster)
    clear_away(folder)
    say.step("Starting a private PostgreSQL")
    log = processes.fresh_log("postgres")
    options = [f"-c{key}={value}" for key, value in SETTINGS.items()]
    options.append(f"-cunix_socket_directories={socket_folder(folder)}")
    with log.open("ab") as output:
        popen = subprocess.Popen(
            [home / "postgres", "-D", cluster, *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            env={key: value for key, value in os.environ.items() if not key.startswith("PG")},
            user=account(),
            group=account(),
            extra_groups=[] if account() else None,
        )
    state = {"pid": popen.pid, "start": processes.start_time(popen.pid), "folder": str(folder)}
    STATE.write_text(json.dumps(state))
    deadline = time.monotonic() + START_SECONDS
    ready = [private.program("pg_isready"), "-q", "-t", "1"]
    while processes.output_of(ready, env=private.environ)[0]:
        if popen.poll() is not None or time.monotonic() > deadline:
            stop()
            raise Stop(f"PostgreSQL does not start: look into {paths.shown(log)}.")
        time.sleep(0.05)


def end_unnoted(cluster):
    """End a server of this data folder that was started without being noted."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return
    if os.fsencode(cluster) in command:
        end(pid, processes.start_time(pid))


def workers(cluster):
    """Return the living processes of a server that work in this data folder."""
    found = []
    for pid in processes.all_pids():
        try:
            program = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
            if program.startswith("postgres") and os.readlink(f"/proc/{pid}/cwd") == str(cluster):
                found.append(pid)
        except OSError:
            continue
    return found


def clear_away(folder):
    """End what a killed server left, and remove its lock files.

    While the kernel still lists the killed process PostgreSQL takes them for true and does
    not start. They may be removed as soon as nothing works in the data folder.
    """
    cluster = folder / "data"
    deadline = time.monotonic() + STOP_SECONDS
    while left := workers(cluster):
        if time.monotonic() > deadline:
            raise Stop(f"Processes {left} of a killed PostgreSQL do not end: end them by hand.")
        for pid in left:
            processes.send(pid, signal.SIGQUIT)
        time.sleep(0.1)
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    (socket_folder(folder) / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def stop():
    """Stop the private server."""
    state = read_state()
    if is_running(state):
        end(state["pid"], state["start"])
    STATE.unlink(missing_ok=True)


def end(pid, started):
    """End a server: a fast shutdown first, an immediate one if that takes too long."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        processes.send(pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while processes.start_time(pid) == started:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return


def remove():
    """Stop the private server and remove what it keeps outside of ``.dev``."""
    folder = data_folder() if system.has_account(ACCOUNT) or not account() else None
    stop()
    if folder is None:
        return
    end_unnoted(folder / "data")
    for path in (folder, socket_folder(folder)):
        if re.fullmatch(r"mail_tracking-[0-9a-f]{8}", path.name) and path.is_dir():
            shutil.rmtree(path)
