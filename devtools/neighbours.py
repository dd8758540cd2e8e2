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
from dataclasses import asdict

from . import base, lint, odoo_command, outcomes, system
from .base import Stop

#: Neighbours in the order in which they run -> the modules whose tests are theirs.
GROUPS = {
    **{name: (name,) for name in ("sms", "hr", "calendar", "survey")},
    "mass_mailing": ("mass_mailing", "test_mass_mailing"),
    **{name: (name,) for name in ("test_mail", "mail", "im_livechat", "crm", "project", "sale")},
}
#: "server": Python and the tours. "client": the web client's unit tests of the same modules.
PARTS = ("server", "client")
#: Modules with unit tests of a client of their own -> the tag that runs those.
CLIENT_TAGS = {"im_livechat": "/im_livechat:ExternalTestSuite"}
SIDES = ("without", "with")
RESULTS = base.DEV / "neighbours"
PAGE = base.LOG / "neighbours.md"
#: What of the checkout can change the outcome of another addon's tests, and what cannot.
CODE = (".py", ".js", ".xml", ".csv", ".scss", ".sql")
UNRELATED = ("bench/", "devtools/", "tests/", "static/tests/", ".")
HEAD = "Neighbour|Part|Tests|Failed both ways|Only with|Broken|More queries"
HEAD = (*HEAD.split("|"), "Addon's log", "Seconds without / with")


def neighbours(words, part=None):
    chosen = {word: GROUPS.get(word, (word,)) for word in words or GROUPS}
    RESULTS.mkdir(exist_ok=True)
    found = []
    with odoo_command.start(system.BROWSER) as odoo:
        odoo.program = (odoo_command.LATE_TESTS,)
        for module in [module for modules in chosen.values() for module in modules]:
            if odoo.source.addon(module) is None:
                raise Stop(f"This Odoo lacks the addon {module}: name another with ODOO_SRC.")
        for each in (part,) if part else PARTS:
            for name, modules in chosen.items():
                folders = [odoo.source.addon(module) / "static/tests" for module in modules]
                if each == "server" or any(any(f.rglob("*.test.js")) for f in folders):
                    found.append(Comparison(odoo, name, modules, each).run())
                    PAGE.write_text(markdown(found))
                    base.write_json(PAGE.with_suffix(".json"), found)
    print(markdown(found), flush=True)
    base.note(f"In full: {base.shown(PAGE)} and .json")
    return 1 if any(comparison["confirmed"] for comparison in found) else 0


def addon_key():
    """Return what tells this state of the addon from others."""
    digest = hashlib.sha256()
    for name in lint.tracked():
        if name.endswith(CODE) and not name.startswith(UNRELATED):
            digest.update(f"{name}\0".encode() + (base.ROOT / name).read_bytes())
    return digest.hexdigest()[:12]


def test_tags(modules, part):
    clients = [CLIENT_TAGS[module] for module in modules if module in CLIENT_TAGS]
    if part == "server":
        return ",".join([f"/{module}" for module in modules] + [f"-{tag}" for tag in clients])
    suites = ",".join(f"@{module}" for module in modules)
    return ",".join([f"/web:WebSuite.test_unit_desktop[{suites}]", *clients])


class Comparison:
    def __init__(self, odoo, name, modules, part):
        self.odoo, self.server = odoo, odoo.server
        self.name, self.modules, self.part = name, modules, part
        self.made = set()

    def run(self):
        try:
            tags = test_tags(self.modules, self.part)
            without, with_addon = (self.outcomes(side, tags) for side in SIDES)
            suspects, confirmed = outcomes.suspects(without, with_addon), {}
            if suspects:
                base.step(f"{self.name}: {len(suspects)} suspected tests again, alone")
                tags = ",".join(sorted({outcomes.tag_of(name) for name in suspects}))
                again = outcomes.suspects(*(self.outcomes(side, tags, "again-") for side in SIDES))
                confirmed = {name: again[name] for name in suspects if name in again}
        finally:
            for side in self.made:
                self.server.drop(self.database(side))
        return {
            "name": self.name,
            "part": self.part,
            "without": asdict(without),
            "with": asdict(with_addon),
            "suspects": suspects,
            "confirmed": confirmed,
            "excess": outcomes.excess(without, with_addon),
        }

    def outcomes(self, side, tags, label=""):
        """Return what the tests came to on one side, from a run before if there was one."""
        release = self.odoo.source.release
        text = [release.read_text(), str(release), tags, addon_key() if side == "with" else ""]
        key = hashlib.sha256("\0".join(text).encode()).hexdigest()[:12]
        name = f"{label}{self.name}-{self.part}-{side}"
        base.step(f"{self.name} ({self.part}), {side} the addon: {tags[:120]}")
        kept = RESULTS / f"{name}-{key}.json"
        if kept.is_file():
            base.note("known from before")
            return outcomes.Outcomes(**json.loads(kept.read_text()))
        options = ("--test-enable", f"--test-tags={tags}", "--http-interface=127.0.0.1")
        template = self.template(side)
        with self.server.temporary(f"{template}_copy", template) as database:
            start, port = time.monotonic(), f"--http-port={system.free_port()}"
            _code, log = self.odoo.run(f"neighbours-{name}", database, *options, port)
        found = outcomes.read(log, int(time.monotonic() - start))
        if not found.is_complete:
            raise Stop(f"The tests did not come to their end: look into {base.shown(log)}.")
        base.note(f"{len(found.tests)} tests, {len(found.failed())} failed, {found.seconds} s")
        base.write_json(kept, asdict(found))
        return found

    def database(self, side):
        return self.server.database(f"neighbours_{self.name}_{side}")

    def template(self, side):
        """Return the database with the neighbour, and with the addon if the side wants it."""
        name = self.database(side)
        if side not in self.made:
            modules = base.ADDON if side == "with" else ",".join(self.modules)
            before = self.template("without") if side == "with" else self.odoo.template()
            base.step(f"{self.name}: installing {modules}")
            self.server.drop(name)
            self.server.copy(before, name)
            self.made.add(side)
            options = (f"--init={modules}", "--with-demo", "--no-http")
            code, log = self.odoo.run(f"neighbours-install-{self.name}-{side}", name, *options)
            if code:  # others log errors that are none
                raise Stop(f"Odoo cannot install {modules}: look into {base.shown(log)}.")
        return name


def markdown(comparisons):
    lines = [base.markdown(HEAD, map(table_row, comparisons))]
    for comparison in comparisons:
        for title, found in details(comparison).items():
            if found:
                lines += ["", f"### {comparison['name']} ({comparison['part']}): {title}", ""]
                lines += [f"- `{name}`: {why}".removesuffix(": ") for name, why in found.items()]
    return "\n".join(lines) + "\n"


def table_row(comparison):
    without, with_addon = comparison["without"], comparison["with"]
    both = details(comparison)["Failed both ways"]
    found = (with_addon["tests"], both, comparison["suspects"], comparison["confirmed"])
    more = sum(comparison["excess"].values())
    seconds = f"{without['seconds']} / {with_addon['seconds']}"
    names = comparison["name"], comparison["part"]
    return *names, *map(len, found), f"{more:+d}" if more else 0, len(with_addon["told"]), seconds


def details(comparison):
    without, with_addon = (outcomes.Outcomes(**comparison[side]) for side in SIDES)
    confirmed = comparison["confirmed"]
    failed = with_addon.failed().items()
    return {
        "Broken by the addon": confirmed,
        "Failed once with the addon, and not again": {
            name: why for name, why in comparison["suspects"].items() if name not in confirmed
        },
        "Failed both ways": {name: why for name, why in failed if name in without.failed()},
        "Queries": {place: f"{number:+d}" for place, number in comparison["excess"].items()},
        "Logged by the addon": dict.fromkeys(with_addon.told, ""),
    }
