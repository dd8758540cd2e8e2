"""``./dev mutate``: change one place of a file at a time, and see whether a test notices.

All happens in a copy of the checkout, which is removed at the end.
"""

import functools
import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

from . import base, lint, mutations, odoo_command, odoo_log, processes, system, testing
from .base import ROOT, Stop

#: what belongs to the checkout and to no copy
LEFT_OUT = shutil.ignore_patterns(".dev", ".git", "__pycache__")
#: seconds that tests get with a mutant at least, and how many times what they take without one:
#: an endless loop is killed, a busy machine is not
LEAST_SECONDS = 60
PATIENCE = 5
#: seconds for tests without a mutant
ENDLESS = 3600
SURVIVES = "SURVIVES"
TIMED_OUT = "killed by its time"
#: several of these commands may run at the same time
LOG = f"mutate-{os.getpid()}"


def mutate(files, tests, most, seed):
    names = [named(file) for file in files]
    if not tests and any(name.parts[0] != "tools" for name in names):
        raise Stop("Name the tests of files outside of tools with --tests, such as test_opens.")
    found = [
        mutant
        for name in names
        for mutant in mutations.mutants(str(name), (ROOT / name).read_text())
    ]
    chosen = mutations.sample(found, most, seed)
    base.step(f"{len(chosen)} of {len(found)} mutants, seed {seed}")
    with tempfile.TemporaryDirectory(dir=base.DEV, prefix="mutate-") as folder:
        tree = Path(folder) / base.ADDON
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT, symlinks=True)
        _stages, tags, pure = testing.choose(tests)
        pure = nullcontext(functools.partial(pure_tests, tree, pure, seed))
        with odoo_tests(tree, tags) if tags else pure as run:
            survivors = list(surviving(tree, chosen, run))
    killed = len(chosen) - len(survivors)
    for mutant in survivors:
        print(mutant.diff(), end="\n\n", flush=True)
    print(f"{killed} of {len(chosen)} killed, {killed / max(1, len(chosen)):.0%}", flush=True)
    return 0


def named(file):
    path = Path(lint.relative(file))
    if path.suffix not in (".py", ".xml", ".csv", ".sql"):
        raise Stop(f"{file}: name files of Python, XML, CSV or SQL.")
    return path


def surviving(tree, chosen, run):
    """Yield the mutants with which the tests pass; ``run`` runs those of a file."""
    limits = {}
    for number, mutant in enumerate(chosen):
        name = mutant.name
        if name not in limits:
            start = time.monotonic()
            if run(name, ENDLESS) != SURVIVES:
                raise Stop(f"The tests fail without a mutant: look into .dev/log/{LOG}.log.")
            limits[name] = LEAST_SECONDS + PATIENCE * (time.monotonic() - start)
        file = tree / name
        file.write_text(mutant.changed)
        # Python reuses a .pyc if size and mtime (in seconds) match: each mutant gets its own mtime
        os.utime(file, (number, number))
        outcome = run(name, limits[name])
        file.write_text(mutant.source)
        base.note(f"{name}:{mutant.line} {outcome}")
        if outcome == SURVIVES:
            yield mutant


def pure_tests(tree, files, seed, name, seconds):
    """Run tests without Odoo: the ones named, or every one that imports the file."""
    found = files or importers(tree, name)
    if not found:
        raise Stop(f"No pure test imports {name}: name tests with --tests.")
    words = ("-x", "-q", f"--hypothesis-seed={seed}", *found)
    return ended(testing.pytest_command(LOG, tree, *words), seconds)


@contextmanager
def odoo_tests(tree, tags):
    """Give what runs tests of Odoo, each time on a copy of one database with the addon."""
    modules = ",".join(sorted({testing.addon_of(tag) for tag in tags}))
    with odoo_command.start(system.BROWSER) as odoo:
        odoo.addons, odoo.more_addons = tree.parent, [tree / "tests/addons"]
        odoo.variables["MAIL_TRACKING_TEMPLATE"] = odoo.template()
        with odoo.throwaway(from_template=True, name="installed") as template:
            base.step(f"Installing {modules}")
            odoo.install("mutate-install", template, modules)

            def run(name, seconds):
                options = testing.test_options(base.ADDON, tags, "update")
                if not name.endswith((".xml", ".csv")):
                    options = options[1:]  # what Odoo reads while it updates is the same
                with odoo.throwaway(from_template=template, name="mutant") as database:
                    return ended(odoo.command(LOG, database, *options), seconds, fails_in)

            yield run


def fails_in(log):
    found = odoo_log.summary(log)
    return bool(found.failed or found.failures or found.unexpected)


def ended(command, seconds, fails=lambda log: False):
    """Run tests until one fails; return what became of the mutant."""
    process = processes.Process(**command)
    deadline = time.monotonic() + seconds
    try:
        while process.poll() is None and not fails(process.log):
            if time.monotonic() > deadline:
                return TIMED_OUT
            time.sleep(0.1)
        return "killed" if process.poll() != 0 or fails(process.log) else SURVIVES
    finally:
        process.end()


@functools.cache
def importers(tree, name):
    """Return the pure tests that import a module, those that import it directly first."""
    pattern = re.compile(r"^(?:from|import) .*?(?:\([^)]*\))?$", re.MULTILINE)
    files = [*tree.glob("tools/**/*.py"), *sorted(tree.glob("tests/pure/*.py"))]
    imports = {file: " ".join(pattern.findall(file.read_text())) for file in files}

    def word(file):
        return file.parent.name if file.stem == "__init__" else file.stem

    found, level = [], [tree / name]
    while level:
        words = re.compile(rf"\b({'|'.join(word(file) for file in level)})\b")
        level = [f for f in files if words.search(imports[f]) and f not in found]
        found += sorted(level, key=lambda file: (Path(name).stem not in file.stem, file))
    return tuple(str(f.relative_to(tree)) for f in found if f.name.startswith("test_"))
