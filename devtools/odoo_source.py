"""Odoo 19 itself: an existing source tree, or Debian's package in a private folder.

Debian 12 and 13 have no Odoo 19, Debian's unstable suite has. Its packages are fetched
through an apt view of their own and unpacked, never installed: the machine's own apt is
not told about unstable, which would drag in its libraries.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import apt_view, paths, processes, say, system
from .errors import Stop

SERIES = 19
PREFIX_PACKAGES = Path("usr/lib/python3/dist-packages")

UNSTABLE = (
    "odoo-19",
    # The package's static files are links into these.
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-glyphicons-halflings",
)
# Unstable has version 7 of this one, without the files of version 4.7 that Odoo links to.
STABLE = ("fonts-font-awesome",)

# Debian leaves out this non-free file (it blurs the background of video calls). Browser
# tests fail on the console error about it.
LEFT_OUT = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@dataclass(frozen=True)
class Source:
    """An Odoo source tree.

    ``python_path`` is the folder that holds the package ``odoo``; ``addons`` are the
    folders of addons that Odoo does not find by itself.
    """

    python_path: Path
    addons: tuple

    @property
    def version(self):
        """The release as Odoo writes it, to tell trees apart."""
        return (self.python_path / "odoo/release.py").read_text()

    def addon(self, name):
        """Return the folder of one of Odoo's own addons."""
        for folder in (*self.addons, self.python_path / "odoo/addons"):
            if (folder / name).is_dir():
                return folder / name
        return None


def find(folder):
    """Return the source tree at a folder, in a checkout's or in Debian's layout."""
    for base in (folder, folder / PREFIX_PACKAGES):
        release = base / "odoo/release.py"
        if release.is_file() and series_of(release) == SERIES:
            beside = base / "addons"
            in_checkout = (beside / "web/__manifest__.py").is_file() and not (
                base / "odoo/addons/web"
            ).is_dir()
            return Source(base, (beside,) if in_checkout else ())
    return None


def series_of(release):
    """Return the major version that a ``release.py`` tells, without running it."""
    match = re.search(r"^version_info\s*=\s*\((\d+)", release.read_text(), re.MULTILINE)
    return int(match[1]) if match else None


def ensure():
    """Return an Odoo source tree; fetch it if there is none yet."""
    given = os.environ.get("ODOO_SRC")
    if given:
        source = find(Path(given).expanduser().resolve())
        if source is None:
            raise Stop(
                f"ODOO_SRC={given} is no Odoo {SERIES} source tree: name the folder that holds "
                "odoo-bin, or a prefix into which Debian's package was unpacked."
            )
        return source
    if find(paths.ODOO) is None:
        fetch()
    add_left_out(find(paths.ODOO))
    return find(paths.ODOO)


def fetch():
    """Fetch and unpack Odoo; the folder gets its name only when it is complete."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise Stop(
            "Odoo is fetched with Debian's apt-get, which is missing here: "
            f"name an Odoo {SERIES} source tree with ODOO_SRC=..."
        )
    system.check_disk()
    say.step(f"Fetching Odoo {SERIES} (about 125 MB)")
    mirror = apt_view.Mirror.of_this_machine()
    archives = [
        *apt_view.View(mirror, "sid").download(UNSTABLE),
        *apt_view.View(mirror, mirror.stable).download(STABLE),
    ]
    say.step("Unpacking Odoo")
    partial = paths.DEV / "odoo.new"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    log = processes.fresh_log("unpack")
    for archive in archives:
        if processes.run("dpkg", ["dpkg", "-x", archive, partial], log):
            raise Stop(system.apt_failure(processes.tail(log), log))
    if find(partial) is None:
        raise Stop(
            f"Debian's package odoo-19 is not as expected: look into {paths.shown(partial)}, "
            f"or name an Odoo {SERIES} source tree with ODOO_SRC=..."
        )
    shutil.rmtree(paths.ODOO, ignore_errors=True)
    partial.rename(paths.ODOO)
    shutil.rmtree(apt_view.FOLDER, ignore_errors=True)


def add_left_out(source):
    """Put an empty file where Debian left one out, in the private copy only."""
    path = source.python_path / "odoo" / LEFT_OUT
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("// Not part of Debian's package.\n")
