"""Locks between commands of the same checkout; the kernel frees them when one is killed."""

import fcntl
from contextlib import contextmanager

from . import paths, say


@contextmanager
def exclusive(name, waiting):
    """Hold a lock alone; tell what is being waited for if another command has it."""
    with (paths.LOCKS / name).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say.step(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def try_exclusive(name):
    """Return the open file of a lock held alone, or None if another command has it."""
    file = (paths.LOCKS / name).open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def shared(name):
    """Return the open file of a lock that several commands may hold."""
    file = (paths.LOCKS / name).open("a")
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def last_holder(file):
    """Turn a shared lock into one held alone; tell whether nobody else had it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
