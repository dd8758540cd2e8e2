"""``./dev neighbours``: do the tests of Odoo's other addons pass as they do without this one?

For each neighbour a database is made, and a copy of it in which this addon is installed as well.
The neighbour's own tests run on a copy of each. What fails with the addon only is run again,
without the other tests and on fresh copies; what fails once more, and does not without the
addon, is confirmed. What a run came to is kept, so that an interrupted comparison goes on where
it was.
"""

import hashlib
import json
import time
from contextlib import contextmanager

from . import (
    lint,
    locks,
    neighbours_table,
    odoo_command,
    outcomes,
    paths,
    postgres,
    say,
    system,
)
from .errors import Stop
from .neighbours_purposes import PURPOSES

#: Neighbours in the order in which they run -> the modules whose tests are theirs.
GROUPS = {
    "sms": ("sms",),
    "hr": ("hr",),
    "calendar": ("calendar",),
    "survey": ("survey",),
    "mass_mailing": ("mass_mailing", "test_mass_mailing"),
    "test_mail": ("test_mail",),
    "mail": ("mail",),
    "im_livechat": ("im_livechat",),
    "crm": ("crm",),
    "project": ("project",),
    "sale": ("sale",),
}
#: "server": Python and the tours. "client": the web client's unit tests of the same modules.
PARTS = ("server", "client")
#: Modules with unit tests of a client of their own -> the tag that runs those.
CLIENT_TAGS = {"im_livechat": "/im_livechat:ExternalTestSuite"}
SIDES = ("without", "with")
RESULTS = paths.DEV / "neighbours"
#: What of the checkout can change the outcome of another addon's tests, and what cannot.
CODE = (".py", ".js", ".xml", ".csv", ".scss", ".sql")
UNRELATED = ("bench/", "devtools/", "tests/", "static/tests/", ".")


def neighbours(words, parts=PARTS):
    """Compare; return the exit status: 1 where the addon breaks a test.

    :param list words: neighbours, else all; modules that are none may be named as well
    :param tuple parts: ``server``, ``client``
    """
    chosen = {word: GROUPS.get(word, (word,)) for word in words or GROUPS}
    source = odoo_command.prepare(packages=system.BROWSER)
    for module in sorted({module for modules in chosen.values() for module in modules}):
        if source.addon(module) is None:
            raise Stop(f"This Odoo lacks the addon {module}: name another source with ODOO_SRC.")
    RESULTS.mkdir(exist_ok=True)
    comparisons = []
    with postgres.server() as server:
        odoo = odoo_command.Odoo(source, server)
        odoo.program = (odoo_command.LATE_TESTS,)
        for part in parts:
            for name, modules in chosen.items():
                if part == "server" or any(has_client_tests(source, m) for m in modules):
                    comparison = Comparison(odoo, name, modules, part)
                    comparisons.append(comparison.run())
                    neighbours_table.write(comparisons, paths.LOG)
    print(neighbours_table.markdown(comparisons), flush=True)
    say.note(f"In full: {paths.shown(paths.LOG / neighbours_table.NAME)}.md and .json")
    return 1 if any(comparison["confirmed"] for comparison in comparisons) else 0


def has_client_tests(source, module):
    """Tell whether a module has unit tests of the web client."""
    return any((source.addon(module) / "static/tests").rglob("*.test.js"))


def addon_key():
    """Return what tells this state of the addon from others."""
    digest = hashlib.sha256()
    for name in lint.tracked():
        if name.endswith(CODE) and not name.startswith(UNRELATED):
            digest.update(f"{name}\0".encode() + (paths.ROOT / name).read_bytes())
    return digest.hexdigest()[:12]


class Comparison:
    """The tests of one neighbour, on both sides."""

    def __init__(self, odoo, name, modules, part):
        self.odoo = odoo
        self.name = name
        self.modules = modules
        self.part = part
        self.made = set()

    def run(self):
        """Compare.

        :return: what :mod:`neighbours_table` shows
        :rtype: dict
        """
        try:
            return self._compare()
        finally:
            for side in self.made:
                self.odoo.server.drop(self._database(side))

    def _compare(self):
        without, with_addon = (self._outcomes(side, self._tags()) for side in SIDES)
        suspects = outcomes.suspects(without, with_addon)
        confirmed = self._confirm(suspects) if suspects else {}
        return {
            "name": self.name,
            "part": self.part,
            "modules": list(self.modules),
            "without": without.to_json(),
            "with": with_addon.to_json(),
            "suspects": suspects,
            "confirmed": {n: why for n, why in confirmed.items() if n not in PURPOSES},
            "purposes": {n: PURPOSES[n] for n in confirmed if n in PURPOSES},
            "outdated": [n for n in PURPOSES if n in with_addon.tests and n not in suspects],
            "excess": outcomes.excess(without, with_addon),
        }

    def _confirm(self, suspects):
        """Run suspected tests again, alone; return those that only the addon breaks.

        :param dict suspects: test -> why
        :rtype: dict
        """
        say.step(f"{self._title()}: {len(suspects)} suspected tests again, alone")
        tags = ",".join(sorted({outcomes.tag_of(name) for name in suspects}))
        again = [self._outcomes(side, tags, "again-") for side in SIDES]
        found = outcomes.suspects(*again)
        return {name: found[name] for name in suspects if name in found}

    def _title(self):
        return f"{self.name} ({self.part})"

    def _tags(self):
        """Return the test tags of this part."""
        own_clients = [CLIENT_TAGS[m] for m in self.modules if m in CLIENT_TAGS]
        if self.part == "server":
            return ",".join([f"/{m}" for m in self.modules] + [f"-{tag}" for tag in own_clients])
        suites = ",".join(f"@{module}" for module in self.modules)
        return ",".join([f"/web:WebSuite.test_unit_desktop[{suites}]", *own_clients])

    # ------------------------------------------------------------
    # RUNS
    # ------------------------------------------------------------

    def _outcomes(self, side, tags, label=""):
        """Return what the tests came to on one side, from a run before if there was one."""
        text = [self.odoo.source.version, str(self.odoo.source.python_path), tags]
        text += [addon_key()] if side == "with" else []
        key = hashlib.sha256("\0".join(text).encode()).hexdigest()[:12]
        kept = RESULTS / f"{label}{self.name}-{self.part}-{side}-{key}.json"
        if kept.is_file():
            say.step(f"{self._title()}, {side} the addon: known from before")
            return outcomes.Outcomes(**json.loads(kept.read_text()))
        found = self._run(side, tags, label)
        partial = kept.with_suffix(".new")
        partial.write_text(json.dumps(found.to_json(), indent=1, sort_keys=True))
        partial.rename(kept)
        return found

    def _run(self, side, tags, label):
        """Run tests on a fresh copy of a side's database."""
        with self._copy(side) as database:
            say.step(f"{self._title()}, {side} the addon: {tags[:120]}")
            start = time.monotonic()
            _code, log = self.odoo.run(
                f"neighbours-{label}{self.name}-{self.part}-{side}",
                database,
                *("--test-enable", f"--test-tags={tags}", "--http-interface=127.0.0.1"),
                f"--http-port={system.free_port()}",
            )
        found = outcomes.read(log, int(time.monotonic() - start))
        if not found.is_complete:
            raise Stop(f"The tests did not come to their end: look into {paths.shown(log)}.")
        say.note(
            f"{len(found.tests)} tests, {len(found.failed())} failed, {found.seconds} s"
            f" (log: {paths.shown(log)})"
        )
        return found

    def _database(self, side):
        return self.odoo.server.database(f"neighbours_{self.name}_{side}")

    @contextmanager
    def _copy(self, side):
        """Give a copy of a side's database for the time of a run."""
        template = self._template(side)
        copy = f"{template}_copy"
        self.odoo.server.drop(copy)
        self.odoo.server.copy(template, copy)
        try:
            yield copy
        finally:
            self.odoo.server.drop(copy)

    def _template(self, side):
        """Return the database with the neighbour, and with the addon if the side wants it."""
        name = self._database(side)
        if side in self.made:
            return name
        modules = paths.ADDON if side == "with" else ",".join(self.modules)
        base = self._template("without") if side == "with" else self.odoo.template()
        say.step(f"{self.name}: installing {modules}")
        self.odoo.server.drop(name)
        with locks.exclusive("template", "Waiting for another command to copy the template"):
            self.odoo.server.copy(base, name)
        self.made.add(side)
        log_name = f"neighbours-install-{self.name}-{side}"
        code, log = self.odoo.run(log_name, name, f"--init={modules}", "--with-demo", "--no-http")
        if code:
            raise Stop(f"Odoo cannot install {modules}: look into {paths.shown(log)}.")
        return name
