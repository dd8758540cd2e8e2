"""A private view of Debian's mirror: own lists and cache, the machine's apt untouched.

No mirror is named here: its address comes from the machine's own apt settings.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from . import paths, processes, say, system
from .errors import Stop

FOLDER = paths.DEV / "apt"
KNOWN_STABLE = ("bookworm", "trixie")
KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)


@dataclass(frozen=True)
class Mirror:
    """Where this machine gets its Debian packages from."""

    uri: str
    keyring: str
    stable: str

    @classmethod
    def of_this_machine(cls):
        """Read the mirror out of apt's settings."""
        _code, output, _errors = processes.output_of(
            ["apt-get", "indextargets", "--format", "$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)"]
        )
        targets = [line.split("\t") for line in output.splitlines() if line.count("\t") == 2]
        main = [
            (uri, release)
            for uri, release, component in targets
            if component == "main" and "-" not in release and not uri.startswith("cdrom:")
        ]
        keyring = next((path for path in KEYRINGS if os.path.exists(path)), None)
        if not main or not keyring:
            raise Stop(
                "No Debian mirror is set up in this machine's apt: set one up, "
                "or name an Odoo 19 source tree with ODOO_SRC=..."
            )
        return cls(main[0][0], keyring, stable_suite(main[0][1]))


def stable_suite(release):
    """Return the code name of the machine's Debian, or of a stable one near to it."""
    try:
        names = Path("/etc/os-release").read_text()
    except OSError:
        names = ""
    own = re.search(r"^VERSION_CODENAME=\"?(\w+)", names, re.MULTILINE)
    for name in (own[1] if own else "", release):
        if name in KNOWN_STABLE:
            return name
    return KNOWN_STABLE[-1]


class View:
    """Lists and cache of one suite."""

    def __init__(self, mirror, suite):
        self.suite = suite
        self.folder = FOLDER / suite
        self.archives = self.folder / "archives"
        for folder in ("lists/partial", "cache/archives/partial", "archives"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        self.sources = self.folder / "sources.list"
        self.sources.write_text(f"deb [signed-by={mirror.keyring}] {mirror.uri} {suite} main\n")
        (self.folder / "status").touch()

    def apt(self, *args):
        """Return an apt-get command that sees nothing but this suite."""
        options = {
            "Dir::Etc::sourcelist": self.sources,
            "Dir::Etc::sourceparts": "-",
            "Dir::Etc::preferences": "-",
            "Dir::Etc::preferencesparts": "-",
            "Dir::State::Lists": self.folder / "lists",
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder / "cache",
            # The account that apt uses for downloads may not reach this folder.
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Acquire::http::Timeout": "30",
        }
        return ["apt-get", *(f"-o{key}={value}" for key, value in options.items()), *args]

    def download(self, packages):
        """Fetch packages; return their archives."""
        log = processes.fresh_log(f"apt-{self.suite}")
        system.run_apt([*self.apt("update"), "-oAPT::Update::Error-Mode=any"], log)
        sizes = self.sizes(packages)
        total = sum(sizes.values())
        wanted = [self.archives / name for name in sizes]
        say.note(f"{len(wanted)} packages of {self.suite}, {total / 1e6:.0f} MB")
        code = processes.run(
            "apt-get",
            self.apt("download", *packages),
            log,
            cwd=self.archives,
            detail=lambda: f"{min(99, 100 * self.present() // total)} %",
        )
        if code or not all(path.is_file() for path in wanted):
            raise Stop(system.apt_failure(processes.tail(log), log))
        return wanted

    def sizes(self, packages):
        """Return the archives' names and sizes without fetching them."""
        code, output, errors = processes.output_of(self.apt("download", "--print-uris", *packages))
        sizes = {
            name: int(size) for name, size in re.findall(r"^'[^']+' (\S+) (\d+)", output, re.M)
        }
        if code or len(sizes) < len(packages):
            missing = " ".join(re.findall(r"package (\S+)", errors)) or " ".join(packages)
            raise Stop(
                f"Debian's suite {self.suite} lacks what is needed ({missing}): "
                "try again later, or name an Odoo 19 source tree with ODOO_SRC=..."
            )
        return sizes

    def present(self):
        """Return how many bytes of archives have arrived."""
        total = 0
        for path in self.folder.rglob("*.deb*"):
            try:
                total += path.stat().st_size
            except FileNotFoundError:
                continue  # renamed between the two looks
        return total
