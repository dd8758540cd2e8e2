"""Debian packages that must be on the machine, and looks at the machine itself."""

import os
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
NEEDED_BYTES = 4 * 1024**3
LOCK_SECONDS = 300
#: Sockets that keep ports for this process, see free_port.
HELD_PORTS = []
#: Where programs for administrators lie, which may not be on the path.
SBIN = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


def has(*names, path=None):
    """Return a function that tells whether one of these programs is installed."""
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
        raise Stop(
            f"Node.js {output.strip()} is too old for the linters: "
            f"install {NODE_OLDEST[0]}.{NODE_OLDEST[1]} or newer."
        )
    return True


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
    if POSTFIX["postfix"]():
        return
    if os.geteuid() != 0:
        base.note("Postfix starts as root only: its tests are skipped.")
        return
    if shutil.which("sendmail", path=SBIN):
        base.note("The machine has another mail server than Postfix: its tests are skipped.")
        return
    log = processes.fresh_log("debconf")
    answer = "postfix postfix/main_mailer_type select No configuration"
    script = 'printf "%s\\n" "$0" | debconf-set-selections'
    processes.run("debconf", ["sh", "-c", script, answer], log)
    try:
        ensure(POSTFIX)
    except Stop as stop:
        base.note(f"Postfix cannot be installed, its tests are skipped: {stop}")


def ensure(packages):
    """Install the Debian packages whose check fails."""
    missing = sorted(name for name, present in packages.items() if not present())
    if not missing:
        return
    base.step(f"Installing Debian packages: {' '.join(missing)}")
    apt = [*privileged_prefix(missing), "apt-get", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}"]
    log = processes.fresh_log("debian")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    run_apt([*apt, "update"], log, env=environment)
    run_apt([*apt, "install", "-y", "--no-install-recommends", *missing], log, env=environment)
    left = sorted(name for name, present in packages.items() if not present())
    if left:
        raise Stop(
            f"Debian's packages {' '.join(left)} were installed but their programs are not "
            f"found: look into {base.shown(log)}."
        )


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
    """Run apt-get; end in a sentence if it fails."""
    options.setdefault("detail", lambda: processes.last_line(log))
    if processes.run("apt-get", args, log, **options):
        raise Stop(apt_failure(processes.tail(log), log))


def apt_failure(text, log):
    """Return the sentence for a failed apt-get."""
    where = f"(details: {base.shown(log)})"
    if "No space left" in text or "enough free space" in text:
        return f"{DISK_FULL} {where}."
    if "Could not get lock" in text:
        return f"Another program is installing packages: wait for it and try again {where}."
    network = ("Could not resolve", "Could not connect", "Failed to fetch", "Cannot initiate")
    if any(sign in text for sign in network):
        return f"Debian's mirror cannot be reached: check the network and try again {where}."
    if "Unable to locate package" in text or "no installation candidate" in text:
        return f"Debian's mirror lacks a package: run 'apt-get update' and try again {where}."
    return f"apt-get failed: mend what {base.shown(log)} tells and try again."


def check_disk():
    """Stop early when a first set-up cannot fit."""
    free = shutil.disk_usage(base.DEV).free
    if free < NEEDED_BYTES:
        raise Stop(
            f"Only {free / 1024**3:.1f} GiB are free in {base.shown(base.DEV)}: free at least "
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
