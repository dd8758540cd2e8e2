"""What Odoo's log tells: results, failures, and lines that should not be there."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from . import processes

LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) (?P<db>\S+) "
    r"(?P<logger>[^:\s]+): (?P<text>.*)$"
)
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
FAILED = re.compile(r"^(?:FAIL|ERROR): (.+)$")
SKIPPED = re.compile(r"^skipped (.+)$")
BAD = ("WARNING", "ERROR", "CRITICAL")

# Warnings that nothing in this addon causes: (logger, beginning of the text, lines below it).
ALLOWED = (
    # Odoo and its libraries use what newer releases of others call outdated.
    (r"py\.warnings", r"\S*/(site|dist)-packages/\S+ (Pending)?DeprecationWarning: ", ""),
    # A browser that does not answer when the test is over, on a machine that is busy.
    (
        r"odoo\.tests\.common",
        r"Error during browser shutdown ?$",
        r"Traceback (?s:.)*/odoo/tests/common\.py\", line \d+, in stop\n(?s:.)*^TimeoutError\b",
    ),
)


@dataclass
class Entry:
    """One entry of the log; ``rest`` are the lines below it, like a traceback."""

    level: str
    logger: str
    text: str
    rest: list = field(default_factory=list)

    def __str__(self):
        return f"{self.level} {self.logger}: {self.text}"

    @property
    def is_test_failure(self):
        """Whether it reports a failed test, which is counted elsewhere."""
        return (
            RESULT.search(self.text) is not None
            # an error on the console fails the browser test that saw it
            or (self.level == "ERROR" and FAILED.match(self.text) is not None)
            or (self.level == "ERROR" and self.logger.endswith(".browser"))
            or (self.text.startswith("Module ") and " failures, " in self.text)
        )

    @property
    def is_allowed(self):
        """Whether Odoo itself causes it."""
        return self.level == "WARNING" and any(
            re.fullmatch(logger, self.logger)
            and re.match(text, self.text)
            and re.match(rest, "\n".join(self.rest), re.MULTILINE)
            for logger, text, rest in ALLOWED
        )


def entries(log):
    """Read a log file."""
    found = []
    for line in Path(log).read_text(errors="replace").splitlines():
        if match := LINE.match(line):
            found.append(Entry(match["level"], match["logger"], match["text"]))
        elif found:
            found[-1].rest.append(line)
    return found


@dataclass
class Summary:
    """The results of Odoo's tests."""

    tests: int = 0
    failed: int = 0
    skipped: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    unexpected: list = field(default_factory=list)

    @property
    def passed(self):
        return max(0, self.tests - self.failed - len(self.skipped))


def summary(log):
    """Count what the tests in a log came to."""
    found = Summary()
    for entry in entries(log):
        if result := RESULT.search(entry.text):
            found.failed, found.tests = int(result[1]) + int(result[2]), int(result[3])
        elif entry.is_test_failure:
            found.failures += [entry] if FAILED.match(entry.text) else []
        elif entry.level == "INFO" and SKIPPED.match(entry.text):
            found.skipped.append(entry)
        elif entry.level in BAD and not entry.is_allowed:
            found.unexpected.append(entry)
    return found


def errors(log):
    """Return the errors of a log, a few lines each."""
    lines = []
    for entry in entries(log):
        if entry.level in ("ERROR", "CRITICAL"):
            lines += [str(entry), *entry.rest[-4:]]
    return lines[-20:]


def progress(log):
    """Return what Odoo does now, short."""
    lines = (LINE.match(line) for line in reversed(processes.tail(log).splitlines()))
    return next((match["text"][:70] for match in lines if match), "")
