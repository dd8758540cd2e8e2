"""What all commands share: where things lie, how they speak and end, and their locks."""

import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from pathlib import Path

ADDON = "mail_tracking"
ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "devtools"
# All that is made goes below this folder.
DEV = ROOT / ".dev"
LOG, STATE, LOCKS, CACHE = DEV / "log", DEV / "state", DEV / "locks", DEV / "cache"
ODOO, ADDONS, DATA, HOME = DEV / "odoo", DEV / "addons", DEV / "data", DEV / "home"
VENV, NODE = DEV / "venv", DEV / "node"
PYTHON = VENV / "bin" / "python"
# Addons that only tests install, each alone
TEST_ADDONS = ROOT / "tests/addons"
TEST_ADDON_NAMES = sorted(folder.parent.name for folder in TEST_ADDONS.glob("*/__manifest__.py"))
DISK_FULL = "The disk is full: free some space and try again"


class Stop(Exception):
    """Ends the command with this sentence, which says what to do."""


def checkout_id():
    """Return eight characters that tell this checkout from others on the same server."""
    try:
        machine = Path("/etc/machine-id").read_text().strip()
    except OSError:
        machine = ""
    return hashlib.sha256(f"{machine}{ROOT}{os.getuid()}".encode()).hexdigest()[:8]


def prepare():
    """Make the folders that every command uses, and the addon's folder under its own name."""
    for folder in (DEV, LOG, STATE, LOCKS, ADDONS, DATA, HOME, CACHE):
        folder.mkdir(exist_ok=True)
    link = ADDONS / ADDON
    if not link.is_symlink() or os.readlink(link) != "../..":
        link.unlink(missing_ok=True)
        link.symlink_to("../..")


def shown(path):
    """Return the path as a person in the checkout would type it."""
    path = Path(path)
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def step(text):
    print(f"==> {text}", flush=True)


def note(text):
    print(f"    {text}", flush=True)


# Locks: the kernel frees them when a command is killed.


def try_lock(file, kind=fcntl.LOCK_EX):
    """Lock an open file; tell whether that was possible at once."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_file(name):
    return (LOCKS / name).open("a")


@contextmanager
def exclusive(name, waiting):
    """Hold a lock alone; tell what is being waited for if another command has it."""
    with lock_file(name) as file:
        if not try_lock(file):
            step(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def counted(name):
    """Hold a shared lock; yield a check for whether no other command holds it."""
    with lock_file(name) as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield lambda: try_lock(file)


def write_json(file, values):
    """Write a file, which is never seen half written."""
    partial = file.with_suffix(".new")
    partial.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n")
    partial.rename(file)


def markdown(header, rows, align="---"):
    """Return a table; ``align`` is of all columns but the first."""
    lines = [header, ["---", *[align] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def put_between(begin, end, made, text):
    """Return a text in which what is between two marks was made anew."""
    before, rest = text.split(begin)
    _old, after = rest.split(end)
    return f"{before}{begin}\n{made}\n{end}{after}"
