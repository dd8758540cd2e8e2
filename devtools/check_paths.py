"""Look for paths of the machine at hand in text that is given to others."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def patterns():
    """Return what gives a machine away: this checkout, this home, any home."""
    found = {re.escape(str(ROOT)), re.escape(os.path.expanduser("~"))} - {re.escape("/")}
    return [re.compile(rf"{text}(?![\w.])") for text in (*found, r"/home/\w+", r"C:\\Users\\\w+")]


def main(names):
    """Print each line that holds such a path; return the exit status."""
    status = 0
    for name in names:
        try:
            lines = (ROOT / name).read_text().splitlines()
        except UnicodeDecodeError:
            continue  # an image
        for number, line in enumerate(lines, 1):
            if any(pattern.search(line) for pattern in patterns()):
                print(f"{name}:{number}: names a folder of some machine: {line.strip()[:100]}")
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
