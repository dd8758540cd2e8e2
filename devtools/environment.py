"""Python and JavaScript packages below ``.dev``, exactly those of the lock files.

``pip`` installs ``uv``, and that the rest: in a sixth of the time that pip takes. Where only pip
knows how to reach a registry, by settings of its own, pip installs all.
"""

import hashlib
import os
import re
import shutil
import sys

from . import base, processes, system
from .base import DISK_FULL, NODE, PYTHON, VENV, Stop

LOCK = base.TOOLS / "requirements.txt"
NODE_FILES = ("package.json", "package-lock.json", "eslint.config.mjs")
#: where the linters lie, and ``rtlcss``, without which Odoo shows right-to-left languages as if
#: they were written from left to right
NODE_PROGRAMS = NODE / "node_modules/.bin"
#: the Pythons that Odoo 19 supports
OLDEST, NEWEST = (3, 10), (3, 13)


@base.exclusive("setup", "Waiting for another command that sets things up")
def prepare(*, javascript=False, postfix=False):
    """Set up packages, for whoever needs no Odoo or more than that."""
    ensure()
    if javascript:
        ensure_javascript()
    if postfix:
        system.ensure_postfix()


def is_current(folder, content):
    stamp = folder / "lock.sha256"
    return stamp.is_file() and stamp.read_text() == hashlib.sha256(content).hexdigest()


def note_current(folder, content):
    (folder / "lock.sha256").write_text(hashlib.sha256(content).hexdigest())


# ------------------------------------------------------------
# PYTHON
# ------------------------------------------------------------


def ensure():
    """Make the virtual environment, or bring it up to date with the lock file."""
    python = choose_python()
    wanted = LOCK.read_bytes() + python.encode()
    usable = is_usable()
    if usable and is_current(VENV, wanted):
        return
    if not usable:
        create(python)
    base.step("Installing the Python packages of devtools/requirements.txt")
    log = processes.fresh_log("pip")
    if not (install_with_uv(log) or install(log, LOCK)):
        raise Stop(failure(processes.tail(log, 65536), log))
    note_current(VENV, wanted)


def choose_python():
    """Return a Python that Odoo supports: the running one, or Debian's."""
    running = sys.version_info[:2]
    if OLDEST <= running <= NEWEST:
        # The one behind a virtual environment that may be active now.
        return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    raise Stop(
        f"Odoo 19 runs on Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} and this is "
        f"{running[0]}.{running[1]}: install one of those, for example Debian's python3."
    )


def is_usable():
    if not os.access(PYTHON, os.X_OK):
        return False
    code, output, _errors = processes.output_of(
        [PYTHON, "-c", "import sys, pip; print(*sys.version_info[:2])"]
    )
    return code == 0 and OLDEST <= tuple(map(int, output.split())) <= NEWEST


def create(python):
    """Make an empty virtual environment; Debian has split off what that needs."""

    def has_venv():
        return processes.output_of([python, "-c", "import venv, ensurepip"])[0] == 0

    _code, version, _errors = processes.output_of(
        [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    )
    if not has_venv() and not os.path.realpath(python).startswith("/usr/bin/"):
        raise Stop(
            f"The Python at {python} lacks the modules venv and ensurepip: "
            "start ./dev with another one, for example /usr/bin/python3 dev ..."
        )
    system.ensure({f"python{version.strip()}-venv": has_venv})
    base.step(f"Making a virtual environment with Python {version.strip()}")
    shutil.rmtree(VENV, ignore_errors=True)
    log = processes.fresh_log("venv")
    if processes.run("venv", [python, "-m", "venv", VENV], log):
        raise Stop(f"The virtual environment cannot be made: see {base.shown(log)}.")


def install_with_uv(log):
    """Install what the lock file names, and nothing else; tell whether that worked."""
    own = base.CACHE / "uv.txt"
    own.write_text(re.search(r"(?m)^uv==.*(?:\n .*)+", LOCK.read_text())[0])
    if not install(log, own):
        return False
    args = [VENV / "bin/uv", "pip", "sync", "--python", PYTHON, "--require-hashes", LOCK]
    environ = {"UV_CACHE_DIR": str(base.CACHE / "uv"), "UV_NO_PROGRESS": "1"}
    return not processes.run("uv", args, log, env=environ)


def install(log, requirements):
    args = [PYTHON, "-m", "pip", "install", "--require-hashes", "--requirement", requirements]
    args += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    environ = {"PIP_CACHE_DIR": str(base.CACHE / "pip")}
    detail = lambda: processes.last_line(log)  # noqa: E731
    return not processes.run("pip", args, log, detail=detail, env=environ)


def failure(text, log):
    """Return the sentence for a failed pip or npm."""
    where = f"(details: {base.shown(log)})"
    if "No space left" in text or "ENOSPC" in text:
        return f"{DISK_FULL} {where}."
    network = ("connection", "name resolution", "Max retries", "EAI_AGAIN", "ENOTFOUND", "network")
    if any(sign.lower() in text.lower() for sign in network):
        return f"The package registry cannot be reached: check the network and try again {where}."
    return f"Packages cannot be installed: mend what {base.shown(log)} tells and try again."


# ------------------------------------------------------------
# JAVASCRIPT
# ------------------------------------------------------------


def ensure_javascript():
    """Install the programs unless the ones of this lock file are there."""
    system.ensure(system.JAVASCRIPT)
    wanted = b"".join((base.TOOLS / name).read_bytes() for name in NODE_FILES)
    if is_current(NODE, wanted):
        return
    base.step("Installing the JavaScript programs of devtools/package-lock.json")
    NODE.mkdir(exist_ok=True)
    for name in NODE_FILES:
        shutil.copyfile(base.TOOLS / name, NODE / name)
    log = processes.fresh_log("npm")
    args = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    environ = {"npm_config_cache": str(base.CACHE / "npm"), "npm_config_update_notifier": "false"}
    if processes.run("npm", args, log, cwd=NODE, env=environ):
        raise Stop(failure(processes.tail(log, 65536), log))
    note_current(NODE, wanted)
