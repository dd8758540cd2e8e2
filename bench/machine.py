"""What was measured on: without it numbers say little."""

import os
import platform
from datetime import datetime, timezone
from pathlib import Path


def describe(server):
    """Return the machine, its load and the versions of what runs on it.

    :param server: the PostgreSQL server
    :rtype: dict
    """
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": system(),
        "python": platform.python_version(),
        "postgresql": server.sql("SHOW server_version")[0][0].split()[0],
        "load": [round(number, 2) for number in os.getloadavg()],
    }


def processor():
    """Return the name of the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()


def system():
    """Return the name of the operating system."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()
