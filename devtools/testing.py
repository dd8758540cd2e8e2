"""``./dev test``: linters, pure tests, Odoo's tests of the addon; and Odoo's own tests."""

import re
import xml.etree.ElementTree as ET
from contextlib import ExitStack

from . import base, environment, lint, odoo_command, odoo_log, processes, system, translations
from .base import ADDON, Stop

STAGES = ("lint", "pure", "odoo", "i18n")
SHOWN_LINES = 30
TESTS = base.ROOT / "tests"
PURE = TESTS / "pure"
#: what pytest writes for programs
PURE_REPORT = base.LOG / "pure.xml"

#: tests that start processes and databases of their own: they take as long as all others
SLOW_TAGS = ("mail_tracking_faults", "mail_tracking_processes")
#: tests that wait for a browser for seconds only, so that they get the machine for themselves
BROWSER_TAG = "mail_tracking_browser"
#: installs accounting, which takes minutes: runs only when it is named
LONG_ADDON = "test_mail_tracking_apps"
#: what runs at the same time: log -> tags
PARTS = {
    "test": [f"/{ADDON}", *(f"-{tag}" for tag in (*SLOW_TAGS, BROWSER_TAG))],
    "test-2": [f"{tag}/{ADDON}" for tag in SLOW_TAGS],
}
#: a test that could not start its browser was not run
BROWSER = re.compile(r"chrom|websocket", re.IGNORECASE)


def test(words):
    stages, tags, files = choose(words)
    counts = []
    if "lint" in stages:
        counts.append(lint.run())
    if "pure" in stages and words:
        environment.prepare()
        command = pure_command(files)
        counts.append(pure_outcome(processes.run(**command), command["log"]))
    if "odoo" in stages:
        names = [ADDON, *base.TEST_ADDON_NAMES]
        tags = tags or [f"/{name}" for name in names if name != LONG_ADDON]
        # Odoo's tests wait a lot for others, so the pure ones run meanwhile
        counts += addon(tags, with_texts="i18n" in stages, with_pure=not words)
    elif "i18n" in stages:
        with odoo_command.installed("i18n") as made:
            counts.append(translations.count(*made))
    # a stage that did nothing has failed
    counts = [count if any(count) else (0, 1) for count in counts]
    passed, failed = map(sum, zip(*counts, strict=True))
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def choose(words):
    """Sort the words of the command line into stages, Odoo's test tags and pure files."""
    stages, tags, files = set(), [], []
    for word in words:
        end = f"/{word.removeprefix('./').removesuffix('.py')}.py"
        found = [path for path in TESTS.rglob("test_*.py") if str(path).endswith(end)]
        defined = re.compile(rf"^(?:class|def) {re.escape(word)}\b", re.MULTILINE)
        if word in STAGES:
            stages.add(word)
        for path in found:
            if path.is_relative_to(PURE):
                files.append(str(path.relative_to(base.ROOT)))
            elif path.is_relative_to(base.TEST_ADDONS):
                tags.append(f"/{path.relative_to(base.TEST_ADDONS)}")
            else:
                tags.append(f"/{ADDON}/{path.relative_to(base.ROOT)}")
        if word not in STAGES and not found:
            inside = [path for path in PURE.glob("test_*.py") if defined.search(path.read_text())]
            files += [f"tests/pure/{path.name}::{word}" for path in sorted(inside)]
            tags += [] if inside else [tag_of(word)]
    stages |= {"odoo"} if tags else set()
    stages |= {"pure"} if files else set()
    return stages or set(STAGES), tags, files


def tag_of(word):
    """Return the test tag for a class, a method, a tag, or what is one already."""
    if "/" in word or ":" in word:
        return word
    if word[:1].isupper():
        return f"/{ADDON}:{word}"
    return f"/{ADDON}.{word}" if word.startswith("test_") else f"{word}/{ADDON}"


def pure_command(files=()):
    base.step("Pure tests")
    PURE_REPORT.unlink(missing_ok=True)
    words = [f"--junitxml={PURE_REPORT}", *(files or ["tests/pure"])]
    return pytest_command("pure", base.ROOT, *words)


def pytest_command(name, root, *words):
    """Return how to run pytest in a tree, as ``processes`` takes it."""
    args = [base.PYTHON, "-m", "pytest", "--rootdir=.", "--confcutdir=tests/pure"]
    args += ["--import-mode=prepend", "-o", "pythonpath=.", "-p", "no:cacheprovider", *words]
    environ = {
        "HYPOTHESIS_STORAGE_DIRECTORY": str(base.CACHE / "hypothesis"),
        "PYTHONPYCACHEPREFIX": str(base.DEV / "pycache"),
    }
    log = processes.fresh_log(name)
    return {"name": "pytest", "args": args, "log": log, "cwd": root, "env": environ}


def pure_outcome(code, log):
    passed = failed = 0
    if PURE_REPORT.is_file():
        suite = next(ET.parse(PURE_REPORT).getroot().iter("testsuite"))
        failed = int(suite.get("failures")) + int(suite.get("errors"))
        passed = int(suite.get("tests")) - int(suite.get("skipped")) - failed
    if code:
        print(log.read_text(errors="replace").rstrip(), flush=True)
        failed = failed or 1
    base.note(f"{passed} passed, {failed} failed (log: {base.shown(log)})")
    return passed, failed


def addon(tags, *, with_texts=False, with_pure=False):
    """Run the addon's tests; return how many passed and failed, step by step.

    Living beside another addon, and what others may extend, are tried by addons of their
    own. Each of these is installed alone, in a copy of a database that has this addon.
    """
    environment.prepare(javascript=True, postfix=True)
    own = [tag for tag in tags if addon_of(tag) == ADDON]
    is_whole = own == [f"/{ADDON}"]
    parts = PARTS if is_whole else {"test": own} if own else {}
    counts = []
    with odoo_command.start(system.BROWSER) as odoo, ExitStack() as stack:
        # tests that make databases of their own copy the same one
        odoo.variables["MAIL_TRACKING_TEMPLATE"] = odoo.template()
        odoo.variables["MAIL_TRACKING_AXE"] = str(environment.AXE)
        databases = [
            stack.enter_context(odoo.throwaway(from_template=True, name=str(number)))
            for number in range(max(1, len(parts)))
        ]
        if parts:
            jobs = zip(parts, databases, [ADDON] * len(parts), parts.values(), strict=True)
            counts += run_tests(odoo, *jobs, with_pure=with_pure)
        if is_whole:
            job = ("test-browser", databases[0], ADDON, [f"{BROWSER_TAG}/{ADDON}"], "update")
            counts += run_tests(odoo, job)
        if with_texts:
            # before the other addons add their own fields
            counts.append(translations.count(odoo, databases[0]))
        others = [tag for tag in tags if addon_of(tag) != ADDON]
        if others and not parts:
            odoo.install("test-base", databases[0], ADDON)
        odoo.more_addons = [base.TEST_ADDONS]
        modules = sorted({addon_of(tag) for tag in others})
        for start in range(0, len(modules), len(PARTS)):
            counts += run_alone(odoo, databases[0], modules[start : start + len(PARTS)], others)
    return counts


def run_alone(odoo, origin, modules, tags):
    """Run the tests of addons that only tests install, each on its own copy of a database."""
    jobs = []
    with ExitStack() as stack:
        for module in modules:
            own = [tag for tag in tags if addon_of(tag) == module]
            name = module.removeprefix("test_mail_tracking_")
            database = stack.enter_context(odoo.throwaway(from_template=origin, name=name))
            jobs.append((f"test-{name}", database, module, own))
        return run_tests(odoo, *jobs)


def addon_of(tag):
    return next((name for name in base.TEST_ADDON_NAMES if name in tag), ADDON)


def run_tests(odoo, *jobs, with_pure=False, strict=True):
    """Run tests at the same time; return how many passed and failed of each job.

    :param jobs: log, database, modules and tags of each, and whether it is not ``init``
    """
    commands = []
    for name, database, modules, tags, *option in jobs:
        base.step(f"Odoo tests: {','.join(tags)}")
        commands.append(odoo.command(name, database, *test_options(modules, tags, *option)))
    logs = [command["log"] for command in commands]
    commands += [pure_command()] if with_pure else []
    detail = lambda: " | ".join(odoo_log.progress(log)[:40] for log in logs)  # noqa: E731
    codes = processes.run_together(commands, detail=detail)
    counts = [pure_outcome(codes.pop(), commands[-1]["log"])] if with_pure else []
    outcomes = zip(codes, logs, strict=True)
    return counts + [outcome(code, log, strict=strict) for code, log in outcomes]


def test_options(modules, tags, option="init"):
    return (
        *(f"--{option}={modules}", "--with-demo", "--test-enable", f"--test-tags={','.join(tags)}"),
        *(f"--http-port={system.free_port()}", "--http-interface=127.0.0.1"),
    )


def outcome(code, log, *, strict=True):
    found = odoo_log.summary(log)
    passed, failed = found.passed, found.failed
    for entry in found.failures:
        print("\n".join([entry.text, *entry.rest[-SHOWN_LINES:]]), flush=True)
    for entry in found.skipped:
        base.note(entry.text)
    if any(BROWSER.search(entry.text) for entry in found.skipped):
        base.note("The browser could not be used: see the skipped tests above.")
        failed += 1
    if strict and found.unexpected:
        base.note(f"{len(found.unexpected)} unexpected warnings or errors in the log:")
        for entry in found.unexpected[:SHOWN_LINES]:
            print("\n".join([str(entry), *entry.rest[-6:]]), flush=True)
        failed += 1
    if code and not failed:
        base.note(f"Odoo ended with status {code}.")
        failed += 1
    if not found.tests:
        base.note("No test was run.")
        passed, failed = 0, failed or 1
    skipped = len(found.skipped)
    base.note(f"{passed} passed, {failed} failed, {skipped} skipped (log: {base.shown(log)})")
    return passed, failed


def core(tags, with_addon):
    """Run Odoo's own tests on a fresh database; print the names of those that fail."""
    modules = f"test_mail,{ADDON}" if with_addon else "test_mail"
    with odoo_command.start(system.BROWSER) as odoo:
        if odoo.source.addon("test_mail") is None:
            raise Stop("This Odoo lacks the addon test_mail: name a full one with ODOO_SRC.")
        odoo.program = (odoo_command.LATE_TESTS,)  # else many would run before this addon is loaded
        with odoo.throwaway(from_template=False) as database:
            job = ("core-tests", database, modules, [tags])
            [result] = run_tests(odoo, job, strict=False)
    failures = odoo_log.summary(base.LOG / "core-tests.log").failures
    for name in sorted({entry.text for entry in failures}):
        print(name)
    print("{} passed, {} failed".format(*result), flush=True)
    return 1 if result[1] else 0
