"""The JavaScript programs, installed from ``package-lock.json`` below ``.dev``.

They are linters, and ``rtlcss``, without which Odoo shows right-to-left languages as if they
were written from left to right.
"""

import hashlib
import shutil

from . import environment, paths, processes, say, system
from .errors import Stop

FILES = ("package.json", "package-lock.json")
STAMP = paths.NODE / "lock.sha256"
PROGRAMS = paths.NODE / "node_modules/.bin"


def ensure():
    """Install the programs unless the ones of this lock file are there."""
    system.ensure(system.LINTERS)
    content = b"".join((paths.TOOLS / name).read_bytes() for name in FILES)
    wanted = hashlib.sha256(content).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    say.step("Installing the JavaScript programs of devtools/package-lock.json")
    paths.NODE.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copyfile(paths.TOOLS / name, paths.NODE / name)
    log = processes.fresh_log("npm")
    args = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    environ = {"npm_config_cache": str(paths.CACHE / "npm"), "npm_config_update_notifier": "false"}
    if processes.run("npm", args, log, cwd=paths.NODE, env=environ):
        raise Stop(environment.failure(processes.tail(log, 65536), log))
    STAMP.write_text(wanted)


def command(name):
    """Return the start of a command line for an installed program."""
    return [PROGRAMS / name]
