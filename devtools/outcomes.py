"""What became of each test in a log of Odoo's, and how two such runs differ."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from . import base, odoo_log

TESTS = re.compile(r"odoo\.addons\.(\w+)\.tests\.(\w+)")
STARTING = re.compile(r"^Starting (\S+) \.\.\.\s*$")
SKIPPED = re.compile(r"^skipped (\S+) : (.*)$")
FAILED = re.compile(r"^(?:FAIL|ERROR): (?:Subtest )?(\S+)(.*)$")
CLASS_FAILED = re.compile(r"^(\w+) \(\S+?\.(\w+)\)$")
HOOT = re.compile(r"^\[HOOT\] Test (['\"`])(.+?)\1 (passed|failed)\b")
HOOT_METHODS = ("WebSuite.test_unit_desktop", "ExternalTestSuite.test_external_livechat")
QUERIES = re.compile(
    r"Query count (?:more|less) than expected for user (\S+): (\d+) [<>] (\d+) in (\w+) at (\S+)"
)
FINE = ("passed", "skipped")


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

    def failed(self):
        return {name: why for name, why in self.tests.items() if why not in FINE}


def read(log, seconds=0):
    found = Outcomes(seconds=seconds)
    queries = defaultdict(int)
    for entry in odoo_log.entries(log):
        place = TESTS.match(entry.logger)
        if odoo_log.RESULT.search(entry.text):
            found.is_complete = True
        elif counted := QUERIES.search("\n".join([entry.text, *entry.rest])):
            user, count, expected, _function, where = counted.groups()
            queries[f"{where} {user}"] += int(count) - int(expected)
        elif hoot := HOOT.match(entry.text):
            why = " ".join(line.strip() for line in entry.rest[:3])
            found.tests[f"hoot:{hoot[2]}"] = hoot[3] if hoot[3] == "passed" else why or "failed"
        elif place and (started := STARTING.match(entry.text)):
            found.tests.setdefault(name_of(place, started[1]), "passed")
        elif place and (skipped := SKIPPED.match(entry.text)):
            found.tests[name_of(place, skipped[1])] = "skipped"
        elif entry.level == "ERROR" and (failed := FAILED.match(entry.text)):
            add_failure(found.tests, place, failed, entry.rest)
        elif entry.level in odoo_log.BAD and base.ADDON in entry.logger:
            found.told.append(str(entry))
    if any(name.startswith("hoot:") for name in found.failed()):
        # a suite of many: what counts is each of them, and whether they came to their end
        found.tests = {n: why for n, why in found.tests.items() if not n.endswith(HOOT_METHODS)}
    found.queries = {place: excess for place, excess in queries.items() if excess}
    return found


def add_failure(tests, place, failed, rest):
    """Add a failed test, or a class that cannot be set up, which is all that its suite names."""
    reason = next((line for line in reversed(rest) if line.strip()), "failed").strip()
    name = place and name_of(place, failed[1])
    if whole := CLASS_FAILED.match(failed[1] + failed[2]):
        place = TESTS.search(failed[2])
        name = place and name_of(place, f"{whole[2]}.{whole[1]}")
    if name and tests.get(name, "passed") in FINE:
        tests[name] = reason


def name_of(place, test):
    """Return how a test is called here: ``module/file:Class.method``."""
    return f"{place[1]}/{place[2]}:{test}"


def tag_of(name):
    """Return the tag that runs one test, or the class that could not be set up."""
    if name.startswith("hoot:"):
        parts = name.removeprefix("hoot:").split("/")
        plain = next((i for i, part in enumerate(parts) if re.search(r"[,\[\]]", part)), len(parts))
        return f"/web:WebSuite.test_unit_desktop[{'/'.join(parts[:plain])}]"
    module, _, test = name.partition("/")
    class_name, _, method = test.partition(":")[2].partition(".")
    method = "" if method in ("setUpClass", "tearDownClass") else f".{method}"
    return f"/{module}:{class_name}{method}"


def suspects(without, with_addon):
    """Return the tests that only the addon can have broken, each with the reason."""
    failed, failed_before = with_addon.failed(), without.failed()
    found = {name: why for name, why in failed.items() if name not in failed_before}
    broken = {name.rpartition(".")[0] for name in failed if name.endswith(".setUpClass")}
    for name, before in without.tests.items():
        if before == "passed" and with_addon.tests.get(name, "skipped") == "skipped":
            if name.rpartition(".")[0] not in broken and not name.endswith(HOOT_METHODS):
                found[name] = "was not run with the addon"
    return found


def excess(without, with_addon):
    """Return place and user -> how many more queries than without the addon."""
    places = sorted({*without.queries, *with_addon.queries})
    changes = {p: with_addon.queries.get(p, 0) - without.queries.get(p, 0) for p in places}
    return {place: change for place, change in changes.items() if change}
