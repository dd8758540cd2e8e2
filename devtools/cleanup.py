"""``./dev clean``: stop and remove everything that was made."""

import os
import shutil

from . import locks, paths, postgres, processes, say
from .errors import Stop


def clean():
    """Stop what runs, drop this checkout's databases, remove ``.dev``."""
    if not paths.DEV.is_dir():
        say.step("Nothing to remove")
        return 0
    paths.prepare()
    processes.end_orphans()
    lock = locks.try_exclusive("run")
    busy = [
        record
        for path in paths.STATE.glob("*.json")
        if not (record := processes.Record(path)).is_orphan()
    ]
    if busy or lock is None:
        raise Stop("Another ./dev command of this checkout is at work: end it first, then clean.")
    with lock:
        if any(os.environ.get(name) for name in postgres.EXTERNAL):
            say.step("Dropping this checkout's databases on the named server")
            with postgres.server() as server:
                for name in server.databases():
                    server.drop(name)
        say.step("Removing the private PostgreSQL")
        postgres.remove()
        say.step(f"Removing {paths.shown(paths.DEV)}")
        shutil.rmtree(paths.DEV)
    return 0
