"""``./dev test``: linters, pure tests, Odoo's tests of the addon; and Odoo's own tests."""

import re
import xml.etree.ElementTree as ET
from contextlib import ExitStack

from . import (
    environment,
    lint,
    locks,
    node,
    odoo_command,
    odoo_log,
    paths,
    postgres,
    processes,
    say,
    system,
    translations,
)
from .errors import Stop

STAGES = ("lint", "pure", "odoo", "i18n")
SHOWN_LINES = 30
#: what pytest writes for programs
PURE_REPORT = paths.LOG / "pure.xml"

#: tests that start processes and databases of their own: they take as long as all others
SLOW_TAGS = ("mail_tracking_faults", "mail_tracking_processes")
#: tests that wait for a browser for seconds only, so that they get the machine for themselves
BROWSER_TAG = "mail_tracking_browser"
#: what runs at the same time
PARTS = [
    [f"/{paths.ADDON}", *(f"-{tag}" for tag in (*SLOW_TAGS, BROWSER_TAG))],
    [f"{tag}/{paths.ADDON}" for tag in SLOW_TAGS],
]


class Count:
    """Passed and failed so far."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, passed, failed):
        """Add the outcome of a stage; one that did nothing has failed."""
        if not passed and not failed:
            say.note("Nothing was run here, which counts as a failure.")
            failed = 1
        self.passed += passed
        self.failed += failed


def test(words):
    """Run the stages, or what the words choose; return the exit status."""
    stages, tags, files = choose(words)
    count = Count()
    if "lint" in stages:
        count.add(*lint.run())
    is_whole = not words
    if "pure" in stages and not is_whole:
        count.add(*pure(files))
    if "odoo" in stages:
        tags = tags or [f"/{name}" for name in (paths.ADDON, *paths.TEST_ADDON_NAMES)]
        # Odoo's tests wait a lot for others, so the pure ones run meanwhile
        count.add(*addon(tags, with_texts="i18n" in stages, with_pure=is_whole))
    elif "i18n" in stages:
        count.add(*texts())
    print(f"{count.passed} passed, {count.failed} failed", flush=True)
    return 1 if count.failed else 0


def choose(words):
    """Sort the words of the command line into stages, Odoo's test tags and pure files."""
    stages, tags, files = set(), [], []
    for word in words:
        if word in STAGES:
            stages.add(word)
            continue
        name = word.rpartition("/")[2].removesuffix(".py")
        pure_file = paths.ROOT / "tests/pure" / f"{name}.py"
        odoo_file = paths.ROOT / "tests" / f"{name}.py"
        addon_files = sorted(paths.TEST_ADDONS.glob(f"*/tests/{name}.py"))
        if pure_file.is_file() and "tests/pure" in f"tests/pure/{word}":
            stages.add("pure")
            files.append(str(pure_file.relative_to(paths.ROOT)))
        elif odoo_file.is_file():
            tags += tags_of(odoo_file)
        elif addon_files:
            tags += tags_of(addon_files[0], addon_files[0].parts[-3])
        elif holders := pure_holders(word):
            stages.add("pure")
            files += holders
        else:
            tags.append(tag_of(word))
    if tags:
        stages.add("odoo")
    return stages or set(STAGES), tags, files


def pure_holders(word):
    """Return what pytest calls the pure tests of this function or class name."""
    defined = re.compile(rf"^(?:class|def) {re.escape(word)}\b", re.MULTILINE)
    files = sorted((paths.ROOT / "tests/pure").glob("test_*.py"))
    found = [file for file in files if defined.search(file.read_text())]
    return [f"{file.relative_to(paths.ROOT)}::{word}" for file in found]


def tags_of(file, addon=paths.ADDON):
    """Return the test tags of a file's classes."""
    classes = re.findall(r"^class (\w+)\(", file.read_text(), re.MULTILINE)
    if not classes:
        raise Stop(f"There is no test class in {paths.shown(file)}: name another file.")
    return [f"/{addon}:{name}" for name in classes]


def tag_of(word):
    """Return the test tag for a class, a method, a tag, or what is one already."""
    if "/" in word or ":" in word:
        return word
    if word[:1].isupper():
        return f"/{paths.ADDON}:{word}"
    if word.startswith("test_"):
        return f"/{paths.ADDON}.{word}"
    return f"{word}/{paths.ADDON}"


def pure(files):
    """Run the tests that need no Odoo; return how many passed and failed."""
    with locks.exclusive("setup", "Waiting for another command that sets things up"):
        environment.ensure()
    command = pure_command(files)
    return pure_outcome(processes.run(**command), command["log"])


def pure_command(files=()):
    """Return how to run the pure tests, as ``processes`` takes it."""
    say.step("Pure tests")
    PURE_REPORT.unlink(missing_ok=True)
    words = [f"--junitxml={PURE_REPORT}", *(files or ["tests/pure"])]
    return pytest_command("pure", paths.ROOT, *words)


def pytest_command(name, root, *words):
    """Return how to run pytest in a tree, as ``processes`` takes it."""
    args = [paths.PYTHON, "-m", "pytest", "--rootdir=.", "--confcutdir=tests/pure"]
    args += ["--import-mode=prepend", "-o", "pythonpath=.", "-p", "no:cacheprovider"]
    environ = {
        "HYPOTHESIS_STORAGE_DIRECTORY": str(paths.CACHE / "hypothesis"),
        "PYTHONPYCACHEPREFIX": str(paths.DEV / "pycache"),
    }
    return {
        "name": "pytest",
        "args": [*args, *words],
        "log": processes.fresh_log(name),
        "cwd": root,
        "env": environ,
    }


def pure_outcome(code, log):
    """Print what the pure tests came to; return how many passed and failed."""
    passed, failed = pure_result(PURE_REPORT)
    if code:
        print(log.read_text(errors="replace").rstrip(), flush=True)
        failed = failed or 1
    say.note(f"{passed} passed, {failed} failed (log: {paths.shown(log)})")
    return passed, failed


def pure_result(report):
    """Read how many tests passed and failed out of pytest's report."""
    if not report.is_file():
        return 0, 0
    suite = next(ET.parse(report).getroot().iter("testsuite"))
    total, skipped, failures, errors = (
        int(suite.get(name, "0")) for name in ("tests", "skipped", "failures", "errors")
    )
    return total - skipped - failures - errors, failures + errors


def texts():
    """Compare the template of the translations with the addon; return passed and failed."""
    source = odoo_command.prepare()
    with postgres.server() as server:
        odoo = odoo_command.Odoo(source, server)
        with odoo.throwaway(from_template=True) as database:
            odoo.install("i18n-install", database, paths.ADDON)
            return (1, 0) if translations.is_current(odoo, database) else (0, 1)


def addon(tags, *, with_texts=False, with_pure=False):
    """Run the addon's tests; return how many passed and failed.

    Living beside another addon, and what others may extend, are tried by addons of their
    own. Each of these is installed alone, in a copy of a database that has this addon.

    :param list tags: test tags of Odoo
    :param bool with_texts: compare the template of the translations too, in the same database
    :param bool with_pure: run the pure tests beside the first of these
    """
    source = odoo_command.prepare(packages=system.BROWSER)
    with locks.exclusive("setup", "Waiting for another command that sets things up"):
        system.ensure_postfix()
        node.ensure()
    own = [tag for tag in tags if addon_of(tag) == paths.ADDON]
    parts = PARTS if own == [f"/{paths.ADDON}"] else [own] if own else []
    with postgres.server() as server, ExitStack() as stack:
        odoo = odoo_command.Odoo(source, server)
        # tests that make databases of their own copy the same one
        odoo.variables["MAIL_TRACKING_TEMPLATE"] = odoo.template()
        databases = [
            stack.enter_context(odoo.throwaway(from_template=True, name=str(number)))
            for number in range(max(1, len(parts)))
        ]
        count = Count()
        if parts:
            count.add(*run_parts(odoo, databases, parts, with_pure=with_pure))
        if parts is PARTS:
            count.add(*run_browser(odoo, databases[0]))
        if with_texts:
            # before the other addons add their own fields
            count.add(*((1, 0) if translations.is_current(odoo, databases[0]) else (0, 1)))
        others = [tag for tag in tags if addon_of(tag) != paths.ADDON]
        if others and not parts:
            odoo.install("test-base", databases[0], paths.ADDON)
        odoo.more_addons = [paths.TEST_ADDONS]
        for module in sorted({addon_of(tag) for tag in others}):
            count.add(*run_alone(odoo, databases[0], module, others))
    return count.passed, count.failed


def run_alone(odoo, base, module, tags):
    """Run the tests of an addon that only tests install, on a copy of a database."""
    tags = [tag for tag in tags if addon_of(tag) == module]
    say.step(f"Odoo tests: {','.join(tags)}")
    name = module.removeprefix("test_mail_tracking_")
    with odoo.throwaway(from_template=base, name=name) as database:
        return outcome(*run_tests(odoo, f"test-{name}", database, module, tags))


def run_parts(odoo, databases, parts, *, with_pure=False):
    """Run parts of the addon's tests at the same time, each on a database of its own.

    :param bool with_pure: run the pure tests at the same time too
    """
    commands = []
    for number, (database, tags) in enumerate(zip(databases, parts, strict=True)):
        say.step(f"Odoo tests: {','.join(tags)}")
        name = f"test-{number + 1}" if number else "test"
        commands.append(odoo.command(name, database, *test_options(paths.ADDON, tags)))
    logs = [command["log"] for command in commands]

    def detail():
        return " | ".join(odoo_log.progress(processes.tail(log))[:40] for log in logs)

    pure_commands = [pure_command()] if with_pure else []
    codes = processes.run_together([*pure_commands, *commands], detail=detail)
    count = Count()
    if with_pure:
        count.add(*pure_outcome(codes.pop(0), pure_commands[0]["log"]))
    for code, log in zip(codes, logs, strict=True):
        count.add(*outcome(code, log))
    return count.passed, count.failed


def addon_of(tag):
    """Return the addon whose tests a tag runs."""
    return next((name for name in paths.TEST_ADDON_NAMES if name in tag), paths.ADDON)


def run_browser(odoo, database):
    """Run the tests in the browser, on a database that has the addon."""
    tags = f"{BROWSER_TAG}/{paths.ADDON}"
    say.step(f"Odoo tests: {tags}")
    options = [f"--update={paths.ADDON}", *test_options(paths.ADDON, [tags])[1:]]
    return outcome(*odoo.run("test-browser", database, *options))


def run_tests(odoo, name, database, modules, tags):
    """Install modules with tests."""
    return odoo.run(name, database, *test_options(modules, tags))


def test_options(modules, tags):
    """Return the options for installing modules with tests."""
    return (
        *(f"--init={modules}", "--with-demo", "--test-enable", f"--test-tags={','.join(tags)}"),
        *(f"--http-port={system.free_port()}", "--http-interface=127.0.0.1"),
    )


def outcome(code, log, *, strict=True):
    """Print what Odoo's tests came to; return how many passed and failed."""
    found = odoo_log.summary(log)
    for entry in found.failures:
        print("\n".join([entry.text, *entry.rest[-SHOWN_LINES:]]), flush=True)
    for entry in found.skipped:
        say.note(entry.text)
    passed, failed = found.passed, found.failed
    if any(odoo_log.BROWSER.search(entry.text) for entry in found.skipped):
        say.note("The browser could not be used: see the skipped tests above.")
        failed += 1
    if strict and found.unexpected:
        say.note(f"{len(found.unexpected)} unexpected warnings or errors in the log:")
        for entry in found.unexpected[:SHOWN_LINES]:
            print("\n".join([str(entry), *entry.rest[-6:]]), flush=True)
        failed += 1
    if code and not failed:
        say.note(f"Odoo ended with status {code}.")
        failed += 1
    if not found.tests:
        say.note("No test was run.")
        passed, failed = 0, failed or 1
    say.note(
        f"{passed} passed, {failed} failed, {len(found.skipped)} skipped (log: {paths.shown(log)})"
    )
    return passed, failed


def core(tags, with_addon):
    """Run Odoo's own tests on a fresh database; print the names of those that fail."""
    source = odoo_command.prepare(packages=system.BROWSER)
    if source.addon("test_mail") is None:
        raise Stop("This Odoo lacks the addon test_mail: name a full source tree with ODOO_SRC.")
    modules = f"test_mail,{paths.ADDON}" if with_addon else "test_mail"
    with postgres.server() as server:
        odoo = odoo_command.Odoo(source, server)
        odoo.program = (odoo_command.LATE_TESTS,)  # else many would run before this addon is loaded
        with odoo.throwaway(from_template=False) as database:
            say.step(f"Odoo's own tests: {tags}, with {modules}")
            code, log = run_tests(odoo, "core-tests", database, modules, [tags])
    passed, failed = outcome(code, log, strict=False)
    for name in sorted({entry.text for entry in odoo_log.summary(log).failures}):
        print(name, flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0
