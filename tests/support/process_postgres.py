"""A PostgreSQL server of a test's own, which may be stopped and started."""

import glob
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

START_SECONDS = 60
#: the account that the server runs as when we are root, which it refuses
ACCOUNT = "postgres"
USER = "odoo"
PORT = 5432
PROGRAMS = ("initdb", "postgres", "pg_isready", "createdb", "pg_dump", "psql")
SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "fsync": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}


def find_programs():
    """The folder with PostgreSQL's programs, the newest; None where there is none."""
    debian = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=version_of, reverse=True)
    found = [*debian, os.path.dirname(os.path.realpath(shutil.which("postgres") or ""))]
    return next((folder for folder in found if has_programs(folder)), None)


def version_of(folder):
    return [int(number) for number in re.findall(r"\d+", folder)]


def has_programs(folder):
    return all(os.access(os.path.join(folder, name), os.X_OK) for name in PROGRAMS)


class PrivatePostgres:
    """The server, with a data folder of its own.

    :param str programs: folder of ``initdb`` and ``postgres``
    """

    def __init__(self, programs):
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="mtpg")  # short: it holds a socket
        self.process = None
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            os.chmod(self.folder, 0o711)
            self.account = {"user": ACCOUNT, "group": account.pw_gid, "extra_groups": []}
        else:
            self.account = {}
        self.data = os.path.join(self.folder, "data")
        subprocess.run(  # noqa: S603
            [*self.program("initdb", "-D", self.data), "-U", USER, "--auth=trust", "--no-sync"]
            + ["-E", "UTF8", "--locale=C.UTF-8"],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **self.account,
        )

    @property
    def info(self):
        """Parameters of a connection."""
        return {"host": self.folder, "port": PORT, "user": USER}

    @property
    def options(self):
        """Odoo's options for it."""
        return [f"--db_host={self.folder}", f"--db_port={PORT}", f"--db_user={USER}"]

    def program(self, name, *args):
        return [os.path.join(self.programs, name), *args]

    def start(self):
        """Start the server, and wait until it answers."""
        settings = {**SETTINGS, "unix_socket_directories": self.folder}
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                self.program("postgres", "-D", self.data)
                + [f"-c{key}={value}" for key, value in settings.items()],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self.account,
            )
        deadline = time.monotonic() + START_SECONDS
        ready = self.program("pg_isready", "-q", "-h", self.folder, "-p", str(PORT))
        while subprocess.run(ready).returncode:  # noqa: S603
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("PostgreSQL does not start")
            time.sleep(0.05)  # between two looks at the condition

    def stop(self, number=signal.SIGINT):
        """Stop the server at once: all connections are lost.

        :param int number: SIGINT for an orderly shutdown, SIGQUIT for that of a crash
        """
        if self.process:
            self.process.send_signal(number)
            self.process.wait(START_SECONDS)
            self.process = None

    def remove(self):
        """Stop it and remove its data."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def load(self, source, database):
        """Copy a database from another server.

        :param str source: connection string of it
        :param str database: what it is called here
        """
        create = self.program("createdb", "-h", self.folder, "-p", str(PORT), "-U", USER, database)
        subprocess.run(create, check=True)  # noqa: S603
        target = ["-h", self.folder, "-p", str(PORT), "-U", USER, "-d", database]
        with subprocess.Popen(  # noqa: S603
            self.program("pg_dump", "--no-owner", "-d", source), stdout=subprocess.PIPE
        ) as dump:
            subprocess.run(  # noqa: S603
                self.program(
                    "psql", "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", *target
                ),
                stdin=dump.stdout,
                check=True,
            )
