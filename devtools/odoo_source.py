"""Odoo 19 itself: an existing source tree, or Debian's package in a private folder.

Debian 12 and 13 have no Odoo 19, Debian's unstable suite has. Its packages are fetched through
a private view of the mirror, with lists and a cache of its own, and unpacked, never installed:
the machine's own apt is not told about unstable, which would drag in its libraries. No mirror is
named here: its address comes from the machine's own apt settings.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import base, processes, system
from .base import Stop

SERIES = 19
NAME_ONE = f"name an Odoo {SERIES} source tree with ODOO_SRC=..."
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
KNOWN_STABLE = ("bookworm", "trixie")
KEYRINGS = tuple(f"/usr/share/keyrings/debian-archive-keyring.{end}" for end in ("gpg", "pgp"))
# Debian leaves out this non-free file (it blurs the background of video calls). Browser
# tests fail on the console error about it.
LEFT_OUT = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
APT = base.DEV / "apt"


@dataclass(frozen=True)
class Source:
    """An Odoo source tree.

    ``python_path`` is the folder that holds the package ``odoo``; ``addons`` are the
    folders of addons that Odoo does not find by itself.
    """

    python_path: Path
    addons: tuple

    @property
    def release(self):
        return self.python_path / "odoo/release.py"

    def addon(self, name):
        """Return the folder of one of Odoo's own addons."""
        folders = (folder / name for folder in (*self.addons, self.python_path / "odoo/addons"))
        return next((folder for folder in folders if folder.is_dir()), None)


def find(folder):
    """Return the source tree at a folder, in a checkout's or in Debian's layout."""
    for place in (folder, folder / PREFIX_PACKAGES):
        source = Source(place, ())
        if source.release.is_file() and re.search(
            rf"^version_info\s*=\s*\({SERIES}\b", source.release.read_text(), re.MULTILINE
        ):
            is_checkout = not source.addon("web") and (place / "addons/web").is_dir()
            return Source(place, (place / "addons",) if is_checkout else ())
    return None


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
    if find(base.ODOO) is None:
        fetch()
    source = find(base.ODOO)
    left_out = source.python_path / LEFT_OUT
    if not left_out.exists():
        left_out.parent.mkdir(parents=True, exist_ok=True)
        left_out.write_text("// Not part of Debian's package.\n")
    return source


def fetch():
    """Fetch and unpack Odoo; the folder gets its name only when it is complete."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise Stop(f"Odoo is fetched with Debian's apt-get, which is missing here: {NAME_ONE}")
    system.check_disk()
    base.step(f"Fetching Odoo {SERIES} (about 125 MB)")
    mirror, release = find_mirror()
    archives = [*download(mirror, "sid", UNSTABLE), *download(mirror, find_stable(release), STABLE)]
    base.step("Unpacking Odoo")
    partial = base.DEV / "odoo.new"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    log = processes.fresh_log("unpack")
    for archive in archives:
        if processes.run("dpkg", ["dpkg", "-x", archive, partial], log):
            raise Stop(system.apt_failure(processes.tail(log), log))
    if find(partial) is None:
        raise Stop(
            f"Debian's package odoo-19 is not as expected: look into {base.shown(partial)}, "
            f"or {NAME_ONE}"
        )
    shutil.rmtree(base.ODOO, ignore_errors=True)
    partial.rename(base.ODOO)
    shutil.rmtree(APT, ignore_errors=True)


def find_mirror():
    """Return the line of a sources.list without a suite, and the release of this machine."""
    _code, output, _errors = processes.output_of(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)"]
    )
    targets = [line.split("\t") for line in output.splitlines() if line.count("\t") == 2]
    keyring = next(filter(os.path.exists, KEYRINGS), None)
    for uri, release, component in targets:
        if component == "main" and "-" not in release and not uri.startswith("cdrom:") and keyring:
            return f"deb [signed-by={keyring}] {uri}", release
    raise Stop(f"No Debian mirror is set up in this machine's apt: set one up, or {NAME_ONE}")


def find_stable(release):
    """Return the code name of the machine's Debian, or of a stable one near to it."""
    try:
        names = Path("/etc/os-release").read_text()
    except OSError:
        names = ""
    own = re.search(r"^VERSION_CODENAME=\"?(\w+)", names, re.MULTILINE)
    known = [name for name in (own and own[1], release) if name in KNOWN_STABLE]
    return known[0] if known else KNOWN_STABLE[-1]


def download(mirror, suite, packages):
    """Fetch packages of a suite; return their archives."""
    folder = APT / suite
    for name in ("lists/partial", "cache/archives/partial", "archives"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(f"{mirror} {suite} main\n")
    (folder / "status").touch()
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferences": "-",
        "Dir::Etc::preferencesparts": "-",
        "Dir::State::Lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        # The account that apt uses for downloads may not reach this folder.
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Acquire::http::Timeout": "30",
    }
    apt = ["apt-get", *(f"-o{key}={value}" for key, value in options.items())]
    log = processes.fresh_log(f"apt-{suite}")
    system.run_apt([*apt, "update", "-oAPT::Update::Error-Mode=any"], log)
    command = [*apt, "download", "--print-uris", *packages]
    code, output, errors = processes.output_of(command)
    found = re.findall(r"^'[^']+' (\S+) (\d+)", output, re.MULTILINE)
    if code or len(found) < len(packages):
        missing = " ".join(re.findall(r"package (\S+)", errors)) or " ".join(packages)
        raise Stop(
            f"Debian's suite {suite} lacks what is needed ({missing}): "
            f"try again later, or {NAME_ONE}"
        )
    base.note(f"{len(found)} packages of {suite}, {sum(int(s) for _n, s in found) / 1e6:.0f} MB")
    system.run_apt([*apt, "download", *packages], log, cwd=folder / "archives")
    return [folder / "archives" / name for name, _size in found]
