"""What became of each test in a log of Odoo's, and how two such runs differ."""

import re
from collections import defaultdict
from dataclasses import asdict, dataclass, field

from . import odoo_log, paths

TESTS = re.compile(r"^odoo\.addons\.(\w+)\.tests\.(\w+)")
STARTING = re.compile(r"^Starting (\S+) \.\.\.\s*$")
SKIPPED = re.compile(r"^skipped (\S+) : (.*)$")
FAILED = re.compile(r"^(?:FAIL|ERROR): (?:Subtest )?(\S+)(.*)$")
CLASS_FAILED = re.compile(r"^(\w+) \(\S+?\.(\w+)\)$")
HOOT = re.compile(r"^\[HOOT\] Test (['\"`])(.+?)\1 (passed|failed)\b")
HOOT_METHODS = ("WebSuite.test_unit_desktop", "ExternalTestSuite.test_external_livechat")
QUERIES = re.compile(
    r"Query count (?:more|less) than expected for user (\S+): (\d+) [<>] (\d+) in (\w+) at (\S+)"
)


@dataclass
class Outcomes:
    """A run of tests, as it is kept between commands."""

    #: test -> "passed", "skipped", or why it failed, other than by its number of queries
    tests: dict = field(default_factory=dict)
    #: place that counts queries -> by how many it missed the expected number
    queries: dict = field(default_factory=dict)
    #: what the addon itself wrote to the log above the level INFO
    told: list = field(default_factory=list)
    #: whether the run came to its end
    is_complete: bool = False
    seconds: int = 0

    def to_json(self):
        """Return what a JSON file can hold."""
        return asdict(self)

    def failed(self):
        """Return test -> why it failed."""
        return {
            name: reason
            for name, reason in self.tests.items()
            if reason not in ("passed", "skipped")
        }


def read(log, seconds=0):
    """Read the outcomes out of a log file.

    :param Path log: of a run of Odoo's with tests
    :param int seconds: how long it took
    :rtype: Outcomes
    """
    found = Outcomes(seconds=seconds)
    queries = defaultdict(int)
    for entry in odoo_log.entries(log):
        _read_entry(found, queries, entry)
    for name in [n for n in found.tests if n.endswith(HOOT_METHODS)]:
        # a suite of many: what counts is each of them, and whether they came to their end
        if any(test.startswith("hoot:") for test in found.failed()):
            del found.tests[name]
    found.queries = {place: excess for place, excess in queries.items() if excess}
    return found


def _read_entry(found, queries, entry):
    """Add what one entry of the log tells."""
    place = TESTS.match(entry.logger)
    if odoo_log.RESULT.search(entry.text):
        found.is_complete = True
    elif counted := QUERIES.search("\n".join([entry.text, *entry.rest])):
        user, count, expected, _function, where = counted.groups()
        queries[f"{where} {user}"] += int(count) - int(expected)
    elif hoot := HOOT.match(entry.text):
        name = f"hoot:{hoot[2]}"
        why = " ".join(line.strip() for line in entry.rest[:3])
        found.tests[name] = "passed" if hoot[3] == "passed" else why or "failed"
    elif place and (started := STARTING.match(entry.text)):
        found.tests.setdefault(name_of(place, started[1]), "passed")
    elif place and (skipped := SKIPPED.match(entry.text)):
        found.tests[name_of(place, skipped[1])] = "skipped"
    elif entry.level == "ERROR" and (failed := FAILED.match(entry.text)):
        _read_failure(found, place, failed, entry)
    elif entry.level in ("WARNING", "ERROR", "CRITICAL") and paths.ADDON in entry.logger:
        found.told.append(str(entry))


def _read_failure(found, place, failed, entry):
    """Add a failed test, or all tests of a class that cannot be set up."""
    reason = next((line for line in reversed(entry.rest) if line.strip()), "failed").strip()
    if whole := CLASS_FAILED.match(failed[1] + failed[2]):
        # logged by the suite: the class is all that it names
        module = re.search(r"odoo\.addons\.(\w+)\.tests\.(\w+)", failed[2])
        if module:
            found.tests[name_of(module, f"{whole[2]}.{whole[1]}")] = reason
    elif place:
        name = name_of(place, failed[1])
        if found.tests.get(name) in (None, "passed", "skipped"):
            found.tests[name] = reason


def name_of(place, test):
    """Return how a test is called here: ``module/file:Class.method``."""
    return f"{place[1]}/{place[2]}:{test}"


def tag_of(name):
    """Return the tag that runs one test, or the class that could not be set up."""
    if name.startswith("hoot:"):
        parts = name.removeprefix("hoot:").split("/")
        plain = next((i for i, part in enumerate(parts) if re.search(r"[,\[\]]", part)), len(parts))
        return f"/web:WebSuite.test_unit_desktop[{'/'.join(parts[:plain])}]"
    file, _, test = name.partition(":")
    class_name, _, method = test.partition(".")
    tag = f"/{file.partition('/')[0]}:{class_name}"
    return tag if method in ("setUpClass", "tearDownClass") else f"{tag}.{method}"


def suspects(without, with_addon):
    """Tell what only the addon may have broken.

    :param Outcomes without: of Odoo alone
    :param Outcomes with_addon: of the same tests beside the addon
    :return: test -> why it is suspected
    :rtype: dict
    """
    failed, failed_before = with_addon.failed(), without.failed()
    found = {name: why for name, why in failed.items() if name not in failed_before}
    broken = {name.rpartition(".")[0] for name in failed if name.endswith(".setUpClass")}
    for name, before in without.tests.items():
        if before == "passed" and with_addon.tests.get(name, "skipped") == "skipped":
            if name.rpartition(".")[0] not in broken and not name.endswith(HOOT_METHODS):
                found[name] = "was not run with the addon"
    return found


def excess(without, with_addon):
    """Tell where the addon changes a number of queries that a test pins.

    :return: place and user -> more queries than without it, fewer are negative
    :rtype: dict
    """
    places = sorted({*without.queries, *with_addon.queries})
    changes = {p: with_addon.queries.get(p, 0) - without.queries.get(p, 0) for p in places}
    return {place: change for place, change in changes.items() if change}
