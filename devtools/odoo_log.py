"""What Odoo's log tells: results, failures, and lines that should not be there."""

import re
from dataclasses import dataclass, field
from pathlib import Path

LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) (?P<db>\S+) "
    r"(?P<logger>[^:\s]+): (?P<text>.*)$"
)
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
FAILED = re.compile(r"^(?:FAIL|ERROR): (.+)$")
SKIPPED = re.compile(r"^skipped (.+)$")
# A test that could not start its browser was not run.
BROWSER = re.compile(r"chrom|websocket", re.IGNORECASE)

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
            self.level == "ERROR"
            and FAILED.match(self.text) is not None
            or RESULT.search(self.text) is not None
            # An error on the console fails the browser test that saw it.
            or (self.level == "ERROR" and self.logger.endswith(".browser"))
            or self.text.startswith("Module ")
            and " failures, " in self.text
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
        match = LINE.match(line)
        if match:
            found.append(Entry(match["level"], match["logger"], match["text"]))
        elif found:
            found[-1].rest.append(line)
    return found


@dataclass
class Summary:
    """The results of Odoo's tests."""

    tests: int
    failed: int
    skipped: list
    failures: list
    unexpected: list

    @property
    def passed(self):
        """How many tests were run and did not fail."""
        return max(0, self.tests - self.failed - len(self.skipped))


def summary(log):
    """Count what the tests in a log came to."""
    tests = failed = 0
    skipped, failures, unexpected = [], [], []
    for entry in entries(log):
        result = RESULT.search(entry.text)
        if result:
            failed, tests = int(result[1]) + int(result[2]), int(result[3])
        elif entry.is_test_failure:
            if FAILED.match(entry.text):
                failures.append(entry)
        elif SKIPPED.match(entry.text) and entry.level == "INFO":
            skipped.append(entry)
        elif entry.level in ("WARNING", "ERROR", "CRITICAL") and not entry.is_allowed:
            unexpected.append(entry)
    return Summary(tests, failed, skipped, failures, unexpected)


def has_errors(log):
    """Tell whether a log holds errors."""
    return any(entry.level in ("ERROR", "CRITICAL") for entry in entries(log))


def errors(log):
    """Return the errors of a log, a few lines each."""
    lines = []
    for entry in entries(log):
        if entry.level in ("ERROR", "CRITICAL"):
            lines += [str(entry), *entry.rest[-4:]]
    return lines[-20:]


def progress(text):
    """Return what Odoo does now, short."""
    for line in reversed(text.splitlines()):
        match = LINE.match(line)
        if match:
            return match["text"][:70]
    return ""
