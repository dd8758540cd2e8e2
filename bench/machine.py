"""What was measured on: without it numbers say little."""

import ast
import os
import platform
import re
from datetime import datetime, timezone
from pathlib import Path

from devtools import base


def describe(server):
    """Return the day, the machine, and the versions of what runs on it."""
    model = re.search(r"(?m)^model name\s*: (.*?)\s*$", Path("/proc/cpuinfo").read_text())
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = platform.system()
    manifest = ast.literal_eval((base.ROOT / "__manifest__.py").read_text())
    return {
        "version": manifest["version"],
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "processor": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": system,
        "python": platform.python_version(),
        "postgresql": server.sql("SHOW server_version")[0][0].split()[0],
    }
