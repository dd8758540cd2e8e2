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
from .base import NODE, PYTHON, VENV, Stop

LOCK = base.TOOLS / "requirements.txt"
NODE_FILES = ("package.json", "package-lock.json", "eslint.config.mjs")
#: where the linters lie, and ``rtlcss``, without which Odoo shows right-to-left languages as if
#: they were written from left to right
NODE_PROGRAMS = NODE / "node_modules/.bin"
#: finds what people who see or hear less cannot use; tests run it in their pages
AXE = NODE / "node_modules/axe-core/axe.min.js"
#: the Pythons that Odoo 19 supports
OLDEST, NEWEST = (3, 10), (3, 13)


@base.exclusive("setup", "Waiting for another command that sets things up")
def prepare(*, javascript=False, postfix=False):
    """Set up the packages that commands need even without Odoo."""
    ensure()
    if javascript:
        ensure_javascript()
    if postfix:
        system.ensure_postfix()


def is_current(folder, content, *, note=False):
    """Tell whether this was installed there; or note that."""
    stamp, key = folder / "lock.sha256", hashlib.sha256(content).hexdigest()
    if note:
        stamp.write_text(key)
    return stamp.is_file() and stamp.read_text() == key


def ensure():
    """Make the virtual environment that the lock file asks for, unless it is there."""
    python = choose_python()
    wanted = LOCK.read_bytes() + python.encode()
    if os.access(PYTHON, os.X_OK) and is_current(VENV, wanted):
        return

    def has_venv():
        return processes.output_of([python, "-c", "import venv, ensurepip"])[0] == 0

    version = processes.output_of([python, "-c", "import sys; print(sys.version)"])[1]
    version = ".".join(version.split(".")[:2])
    if not has_venv() and not python.startswith("/usr/bin/"):
        raise Stop(
            f"The Python at {python} lacks the modules venv and ensurepip: "
            "start ./dev with another one, for example /usr/bin/python3 dev ..."
        )
    system.ensure({f"python{version}-venv": has_venv})  # which Debian has split off
    base.step(f"Installing Python packages for Python {version}")
    shutil.rmtree(VENV, ignore_errors=True)
    log = processes.fresh_log("pip")
    made = not processes.run("venv", [python, "-m", "venv", VENV], log)
    if not made or not (install_with_uv(log) or install(log, LOCK)):
        raise Stop(system.failure(log))
    is_current(VENV, wanted, note=True)


def choose_python():
    """Return a Python that Odoo supports: the running one, or Debian's."""
    running = sys.version_info[:2]
    if OLDEST <= running <= NEWEST:
        # The one behind a virtual environment that may be active now.
        return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    names = (f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1))
    if found := next(filter(None, map(shutil.which, names)), None):
        return found
    raise Stop(
        f"Odoo 19 runs on Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} and this is "
        f"{running[0]}.{running[1]}: install one of those, for example Debian's python3."
    )


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


def ensure_javascript():
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
        raise Stop(system.failure(log))
    is_current(NODE, wanted, note=True)
