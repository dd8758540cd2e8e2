"""The virtual environment, made from the lock file ``requirements.txt``."""

import hashlib
import os
import shutil
import sys

from . import paths, processes, say, system
from .errors import Stop

LOCK = paths.TOOLS / "requirements.txt"
STAMP = paths.VENV / "lock.sha256"
# The Pythons that Odoo 19 supports.
OLDEST, NEWEST = (3, 10), (3, 13)


def ensure():
    """Make the virtual environment, or bring it up to date with the lock file."""
    python = choose_python()
    wanted = hashlib.sha256(LOCK.read_bytes() + python.encode()).hexdigest()
    if is_usable() and STAMP.is_file() and STAMP.read_text() == wanted:
        return
    if not is_usable():
        create(python)
    install()
    STAMP.write_text(wanted)


def choose_python():
    """Return a Python that Odoo supports: the running one, or Debian's."""
    running = sys.version_info[:2]
    if OLDEST <= running <= NEWEST:
        # The one behind a virtual environment that may be active now.
        return getattr(sys, "_base_executable", None) or sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise Stop(
        f"Odoo 19 runs on Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} and this is "
        f"{running[0]}.{running[1]}: install one of those, for example Debian's python3."
    )


def is_usable():
    """Tell whether the environment's Python runs and is of a supported version."""
    if not os.access(paths.PYTHON, os.X_OK):
        return False
    code, output, _errors = processes.output_of(
        [paths.PYTHON, "-c", "import sys, pip; print(*sys.version_info[:2])"]
    )
    return code == 0 and OLDEST <= tuple(map(int, output.split())) <= NEWEST


def has_venv(python):
    """Tell whether this Python can make virtual environments; Debian splits that off."""
    code, _output, _errors = processes.output_of([python, "-c", "import venv, ensurepip"])
    return code == 0


def create(python):
    """Make an empty virtual environment."""
    _code, version, _errors = processes.output_of(
        [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    )
    if not has_venv(python):
        if not os.path.realpath(python).startswith("/usr/bin/"):
            raise Stop(
                f"The Python at {python} lacks the modules venv and ensurepip: "
                "start ./dev with another one, for example /usr/bin/python3 dev ..."
            )
        system.ensure({f"python{version.strip()}-venv": lambda: has_venv(python)})
    say.step(f"Making a virtual environment with Python {version.strip()}")
    shutil.rmtree(paths.VENV, ignore_errors=True)
    log = processes.fresh_log("venv")
    if processes.run("venv", [python, "-m", "venv", paths.VENV], log):
        raise Stop(f"The virtual environment cannot be made: see {paths.shown(log)}.")


def install():
    """Install exactly what the lock file names."""
    say.step("Installing the Python packages of devtools/requirements.txt")
    log = processes.fresh_log("pip")
    args = [paths.PYTHON, "-m", "pip", "install", "--require-hashes", "--requirement", LOCK]
    options = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    code = processes.run(
        "pip",
        [*args, *options],
        log,
        detail=lambda: system.last_line(processes.tail(log)),
        env={"PIP_CACHE_DIR": str(paths.CACHE / "pip")},
    )
    if code:
        raise Stop(failure(processes.tail(log, 65536), log))


def failure(text, log):
    """Return the sentence for a failed pip or npm."""
    where = f"(details: {paths.shown(log)})"
    if "No space left" in text or "ENOSPC" in text:
        return f"The disk is full: free some space and try again {where}."
    network = ("connection", "name resolution", "Max retries", "EAI_AGAIN", "ENOTFOUND", "network")
    if any(sign.lower() in text.lower() for sign in network):
        return f"The package registry cannot be reached: check the network and try again {where}."
    return f"Packages cannot be installed: mend what {paths.shown(log)} tells and try again."
