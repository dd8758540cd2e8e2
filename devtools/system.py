"""Debian packages that must be on the machine, and looks at the machine itself."""

import os
import re
import shutil
import socket
import sys
from pathlib import Path

from . import base, processes
from .base import DISK_FULL, Stop

CHROMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: The oldest Node.js that the linters run on; Debian 12 has 18.20.
NODE_OLDEST = (18, 18)
#: A first set-up takes about this much: Odoo, the virtual environment, the databases.
NEEDED_GIB = 4
#: Sockets that keep ports for this process, see free_port.
HELD_PORTS = []
#: Where programs for administrators lie, which may not be on the path.
SBIN = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


def has(*names, path=None):
    """Return a check for whether any of these programs is installed."""
    return lambda: any(shutil.which(name, path=path) for name in names)


def newest_postgres(version="*"):
    """Return the folder of PostgreSQL's programs, of the newest or the given version."""
    homes = [file.parent for file in Path("/usr/lib/postgresql").glob(f"{version}/bin/postgres")]
    return max(homes, key=lambda home: int(home.parent.name), default=None)


def has_node():
    if not shutil.which("node"):
        return False
    _code, output, _errors = processes.output_of(["node", "--version"])
    if tuple(int(part) for part in output.strip().lstrip("v").split(".")[:2]) < NODE_OLDEST:
        raise Stop(f"Node.js {output.strip()} is too old for the linters: install 18.18 or newer.")
    return True


REACH = "cannot be reached: check the network and try again"
#: what a log tells -> the sentence to show
FAILURES = {
    "no space left|enospc|enough free space": DISK_FULL,
    "could not get lock": "Another program is installing packages: wait for it and try again",
    "could not (resolve|connect)|failed to fetch|cannot initiate": f"Debian's mirror {REACH}",
    "unable to locate package|no installation candidate": "Debian's mirror lacks a package: "
    "run 'apt-get update' and try again",
    "connection|name resolution|max retries|eai_again|enotfound|network": "The package registry "
    + REACH,
}
# What each part of the work needs: Debian package -> check.
SERVER = {"postgresql": newest_postgres}
CLIENT = {"postgresql-client": has("psql")}
BROWSER = {"chromium": has(*CHROMES), "fonts-liberation": has(*CHROMES)}
JAVASCRIPT = {"nodejs": has_node, "npm": has("npm")}
POSTFIX = {"postfix": has("postfix", path=SBIN)}


def ensure_postfix():
    """Install Postfix for the tests of delivery reports; they are skipped where it cannot be.

    Left alone are machines with another mail server, which Debian would remove, and accounts
    other than root, for which Postfix does not start. It is installed without a configuration,
    so that no mail server of the machine starts: the tests bring their own.
    """
    try:
        if os.geteuid() and not POSTFIX["postfix"]():
            raise Stop("it starts as root only")
        if shutil.which("sendmail", path=SBIN) and not POSTFIX["postfix"]():
            raise Stop("the machine has another mail server")
        answer = "postfix postfix/main_mailer_type select No configuration"
        ensure(POSTFIX, f"echo '{answer}' | debconf-set-selections")
    except Stop as stop:
        base.note(f"Postfix cannot be installed, its tests are skipped: {stop}")


def ensure(packages, first="true"):
    """Install the Debian packages whose check fails; run a command of the shell before."""
    missing = sorted(name for name, present in packages.items() if not present())
    if not missing:
        return
    base.step(f"Installing Debian packages: {' '.join(missing)}")
    processes.output_of(["sh", "-c", first])
    apt = [*privileged_prefix(missing), "apt-get", "-o", "DPkg::Lock::Timeout=300"]
    log = processes.fresh_log("debian")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    run_apt([*apt, "update"], log, env=environment)
    run_apt([*apt, "install", "-y", "--no-install-recommends", *missing], log, env=environment)
    if left := [name for name, present in packages.items() if not present()]:
        names = " ".join(left)
        raise Stop(f"Debian's {names} is installed, but not found: look into {base.shown(log)}.")


def privileged_prefix(missing):
    """Return what goes before a command that needs root's rights."""
    if os.geteuid() == 0:
        return []
    # With a terminal sudo may ask for the password before the output goes to a log.
    question = ["sudo", "-v"] if sys.stdin.isatty() else ["sudo", "-n", "true"]
    if not shutil.which("sudo") or os.spawnvp(os.P_WAIT, "sudo", question):
        raise Stop(
            "Debian packages are missing and this account may not install them: have root run "
            f"'apt-get install -y --no-install-recommends {' '.join(missing)}', then try again."
        )
    return ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"]


def run_apt(args, log, **options):
    options.setdefault("detail", lambda: processes.last_line(log))
    if processes.run("apt-get", args, log, **options):
        raise Stop(failure(log))


def failure(log):
    text = processes.tail(log, 65536)
    found = (known for signs, known in FAILURES.items() if re.search(signs, text, re.IGNORECASE))
    sentence = next(found, "Packages cannot be installed: fix what the log shows and try again")
    return f"{sentence} (details: {base.shown(log)})."


def check_disk():
    """Stop early when a first set-up cannot fit."""
    free = shutil.disk_usage(base.DEV).free / 1024**3
    if free < NEEDED_GIB:
        raise Stop(f"Only {free:.1f} GiB are free here: free at least {NEEDED_GIB} and try again.")


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
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
