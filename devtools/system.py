"""Debian packages that must be on the machine, and looks at the machine itself."""

import os
import pwd
import shutil
import socket
import sys
from pathlib import Path

from . import paths, processes, say
from .errors import Stop

POSTGRES_HOMES = Path("/usr/lib/postgresql")
CHROMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The oldest Node.js that the linters run on; Debian 12 has 18.20.
NODE_OLDEST = (18, 18)
# A first set-up takes about this much: Odoo, the virtual environment, the databases.
NEEDED_BYTES = 4 * 1024**3
LOCK_SECONDS = 300
# Sockets that keep ports for this process, see free_port.
HELD_PORTS = []
# Where programs for administrators lie, which may not be on the path.
SBIN = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


def has_server():
    """Tell whether a PostgreSQL server is installed."""
    return newest_postgres() is not None


def newest_postgres(version=None):
    """Return the folder of PostgreSQL's programs, of the newest or the given version."""
    found = [
        home.parent
        for home in POSTGRES_HOMES.glob("*/bin/postgres")
        if version is None or home.parent.parent.name == version
    ]
    return max(found, key=lambda home: int(home.parent.name), default=None)


def has_client():
    """Tell whether psql is installed."""
    return shutil.which("psql") is not None


def has_chromium():
    """Tell whether a browser is installed that Odoo's tests find."""
    return any(shutil.which(name) for name in CHROMES)


def has_node():
    """Tell whether Node.js is installed; one that is too old cannot be helped from here."""
    if not shutil.which("node"):
        return False
    _code, output, _errors = processes.output_of(["node", "--version"])
    version = tuple(int(part) for part in output.strip().lstrip("v").split(".")[:2])
    if version < NODE_OLDEST:
        raise Stop(
            f"Node.js {output.strip()} is too old for the linters: "
            f"install {NODE_OLDEST[0]}.{NODE_OLDEST[1]} or newer."
        )
    return True


def has_npm():
    """Tell whether npm is installed."""
    return shutil.which("npm") is not None


# What each part of the work needs: Debian package -> check.
SERVER = {"postgresql": has_server}
CLIENT = {"postgresql-client": has_client}
BROWSER = {"chromium": has_chromium, "fonts-liberation": has_chromium}
MAIL = {"postfix": lambda: has_postfix()}
LINTERS = {"nodejs": has_node, "npm": has_npm}


def has_postfix():
    """Tell whether Postfix is installed."""
    return shutil.which("postfix", path=SBIN) is not None


def ensure_postfix():
    """Install Postfix for the tests of delivery reports; they are skipped where it cannot be.

    Left alone are machines with another mail server, which Debian would remove, and accounts
    other than root, for which Postfix does not start. It is installed without a configuration,
    so that no mail server of the machine starts: the tests bring their own.
    """
    if has_postfix():
        return
    if os.geteuid() != 0:
        say.note("Postfix starts as root only: its tests are skipped.")
        return
    if shutil.which("sendmail", path=SBIN):
        say.note("The machine has another mail server than Postfix: its tests are skipped.")
        return
    log = processes.fresh_log("debconf")
    answer = ["postfix postfix/main_mailer_type select No configuration"]
    script = 'printf "%s\\n" "$0" | debconf-set-selections'
    processes.run("debconf", ["sh", "-c", script, *answer], log)
    try:
        ensure(MAIL)
    except Stop as stop:
        say.note(f"Postfix cannot be installed, its tests are skipped: {stop}")


def ensure(packages):
    """Install the Debian packages whose check fails."""
    missing = sorted(name for name, present in packages.items() if not present())
    if not missing:
        return
    say.step(f"Installing Debian packages: {' '.join(missing)}")
    prefix = privileged_prefix(missing)
    log = processes.fresh_log("debian")
    apt = [*prefix, "apt-get", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}"]
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    run_apt([*apt, "update"], log, environment)
    run_apt([*apt, "install", "-y", "--no-install-recommends", *missing], log, environment)
    left = sorted(name for name, present in packages.items() if not present())
    if left:
        raise Stop(
            f"Debian's packages {' '.join(left)} were installed but their programs are not "
            f"found: look into {paths.shown(log)}."
        )


def privileged_prefix(missing):
    """Return what goes before a command that needs root's rights."""
    if os.geteuid() == 0:
        return []
    by_hand = Stop(
        "Debian packages are missing and this account may not install them: have root run "
        f"'apt-get install -y --no-install-recommends {' '.join(missing)}', then try again."
    )
    if not shutil.which("sudo"):
        raise by_hand
    # With a terminal sudo may ask for the password before the output goes to a log.
    question = ["sudo", "-v"] if sys.stdin.isatty() else ["sudo", "-n", "true"]
    if os.spawnvp(os.P_WAIT, "sudo", question):
        raise by_hand
    return ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"]


def run_apt(args, log, environment=None):
    """Run apt-get; end in a sentence if it fails."""
    code = processes.run(
        "apt-get", args, log, detail=lambda: last_line(processes.tail(log)), env=environment
    )
    if code:
        raise Stop(apt_failure(processes.tail(log), log))


def apt_failure(text, log):
    """Return the sentence for a failed apt-get."""
    where = f"(details: {paths.shown(log)})"
    if "No space left" in text or "enough free space" in text:
        return f"The disk is full: free some space and try again {where}."
    if "Could not get lock" in text:
        return f"Another program is installing packages: wait for it and try again {where}."
    network = ("Could not resolve", "Could not connect", "Failed to fetch", "Cannot initiate")
    if any(sign in text for sign in network):
        return f"Debian's mirror cannot be reached: check the network and try again {where}."
    if "Unable to locate package" in text or "no installation candidate" in text:
        return f"Debian's mirror lacks a package: run 'apt-get update' and try again {where}."
    return f"apt-get failed: mend what {paths.shown(log)} tells and try again."


def last_line(text):
    """Return the last line that says something."""
    lines = [line.strip() for line in text.replace("\r", "\n").splitlines() if line.strip()]
    return lines[-1] if lines else ""


def check_disk():
    """Stop early when a first set-up cannot fit."""
    free = shutil.disk_usage(paths.DEV).free
    if free < NEEDED_BYTES:
        raise Stop(
            f"Only {free / 1024**3:.1f} GiB are free in {paths.shown(paths.DEV)}: free at least "
            f"{NEEDED_BYTES // 1024**3} GiB and try again."
        )


def free_port():
    """Return a TCP port for one of our servers; nobody else gets it until this process ends.

    It stays bound, so that the system gives it to no one, not even as the near end of a
    connection. A server can listen on it nevertheless: with ``SO_REUSEADDR`` on both sides.
    """
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    HELD_PORTS.append(holder)
    return holder.getsockname()[1]


def port_is_taken(port):
    """Tell whether a server cannot listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def answers(port):
    """Tell whether something accepts connections on the port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def has_account(name):
    """Tell whether the machine knows a user account."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
