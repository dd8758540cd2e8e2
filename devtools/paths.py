"""Where things lie. Everything that is made goes below ``.dev``."""

import hashlib
import os
from pathlib import Path

ADDON = "mail_tracking"

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "devtools"
DEV = ROOT / ".dev"

LOG = DEV / "log"
STATE = DEV / "state"
LOCKS = DEV / "locks"
ODOO = DEV / "odoo"
VENV = DEV / "venv"
PYTHON = VENV / "bin" / "python"
ADDONS = DEV / "addons"
# Addons that only tests install, each alone
TEST_ADDONS = ROOT / "tests/addons"
TEST_ADDON_NAMES = sorted(folder.parent.name for folder in TEST_ADDONS.glob("*/__manifest__.py"))
DATA = DEV / "data"
HOME = DEV / "home"
NODE = DEV / "node"
CACHE = DEV / "cache"


def checkout_id():
    """Return eight characters that tell this checkout from others on the same server."""
    try:
        machine = Path("/etc/machine-id").read_text().strip()
    except OSError:
        machine = ""
    return hashlib.sha256(f"{machine}{ROOT}{os.getuid()}".encode()).hexdigest()[:8]


def prepare():
    """Make the folders that every command uses."""
    for folder in (DEV, LOG, STATE, LOCKS, ADDONS, DATA, HOME, CACHE):
        folder.mkdir(exist_ok=True)
    link_addon()


def link_addon():
    """Give Odoo the checkout under its technical name, whatever its folder is called."""
    link = ADDONS / ADDON
    if link.is_symlink() and os.readlink(link) == "../..":
        return
    if link.is_symlink():
        link.unlink()
    link.symlink_to("../..")


def shown(path):
    """Return the path as a person in the checkout would type it."""
    try:
        return str(Path(path).relative_to(ROOT))
    except ValueError:
        return str(path)
