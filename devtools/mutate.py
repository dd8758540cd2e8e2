"""``./dev mutate``: change one place of a file at a time, and see whether a test notices.

All happens in a copy of the checkout, which is removed at the end.
"""

import ast
import functools
import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

from . import mutations, odoo_command, odoo_log, paths, postgres, processes, say, system, testing
from .errors import Stop

#: what belongs to the checkout and to no copy
LEFT_OUT = shutil.ignore_patterns(".dev", ".git", "__pycache__")
#: seconds that tests get with a mutant at least, and how many times what they take without one:
#: an endless loop is killed, a busy machine is not
LEAST_SECONDS = 60
PATIENCE = 5
#: files that Odoo reads while it updates an addon
DATA = (".xml", ".csv")
#: seconds for tests without a mutant
ENDLESS = 3600
SURVIVES = "SURVIVES"
TIMED_OUT = "killed by its time"
#: several of these commands may run at the same time
LOG = f"mutate-{os.getpid()}"
WORKER = paths.TOOLS / "mutate_worker.py"


def mutate(files, tests, most, seed):
    """Try mutants of files; print the survivors and the share that was killed."""
    names = [named(file) for file in files]
    if not tests and any(name.parts[0] != "tools" for name in names):
        raise Stop("Name the tests of files outside of tools with --tests, such as test_opens.")
    found = [
        mutant
        for name in names
        for mutant in mutations.mutants(str(name), (paths.ROOT / name).read_text())
    ]
    chosen = mutations.sample(found, most, seed)
    say.step(f"{len(chosen)} of {len(found)} mutants, seed {seed}")
    with tempfile.TemporaryDirectory(dir=paths.DEV, prefix="mutate-") as folder:
        tree = Path(folder) / paths.ADDON
        shutil.copytree(paths.ROOT, tree, ignore=LEFT_OUT, symlinks=True)
        _stages, tags, pure = testing.choose(tests)
        with odoo_tests(tree, tags) if tags else closing(PureTests(tree, pure, seed)) as runner:
            survivors = list(surviving(tree, chosen, runner))
    (paths.LOG / f"{LOG}.log").unlink()
    killed = len(chosen) - len(survivors)
    for mutant in survivors:
        print(mutant.diff(), end="\n\n", flush=True)
    print(f"{killed} of {len(chosen)} killed, {killed / max(1, len(chosen)):.0%}", flush=True)
    return 0


def named(file):
    """Return the path of a file of the checkout within it."""
    path = (Path.cwd() / file).resolve()
    if not path.is_file() or not path.is_relative_to(paths.ROOT):
        raise Stop(f"There is no file {file} in this checkout.")
    if path.suffix not in (".py", ".xml", ".csv", ".sql"):
        raise Stop(f"{file}: name files of Python, XML, CSV or SQL.")
    return path.relative_to(paths.ROOT)


def surviving(tree, chosen, runner):
    """Yield the mutants with which the tests pass.

    :param Path tree: copy of the checkout
    :param runner: of the tests
    """
    limits = {}
    for number, mutant in enumerate(chosen):
        tests = runner.tests_of(mutant.name)
        if tests not in limits:
            start = time.monotonic()
            if runner.run(mutant.name, tests, ENDLESS) != SURVIVES:
                raise Stop(f"The tests fail without a mutant: look into .dev/log/{LOG}.log.")
            limits[tests] = LEAST_SECONDS + PATIENCE * (time.monotonic() - start)
        file = tree / mutant.name
        file.write_text(mutant.changed)
        # Python reuses a .pyc if size and mtime (in seconds) match: each mutant gets its own mtime
        os.utime(file, (number, number))
        outcome = runner.run(mutant.name, tests, limits[tests])
        file.write_text(mutant.source)
        say.note(f"{mutant.name}:{mutant.line} {outcome}")
        if outcome == SURVIVES:
            yield mutant


class PureTests:
    """Tests without Odoo: the ones named, or every one that imports the file."""

    def __init__(self, tree, files, seed):
        self.tree = tree
        self.files = tuple(files)
        options = testing.pytest_command(LOG, tree, "-x", "-q", f"--hypothesis-seed={seed}")
        (_python, _m, _pytest, *self.words), self.log = options["args"], options["log"]
        with self.log.open("ab") as output:
            self.worker = subprocess.Popen(
                [paths.PYTHON, WORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                cwd=tree,
                env=processes.child_environment(options["env"]),
                start_new_session=True,
            )
        self.record = processes.Record.write("mutate", self.worker.pid)

    def close(self):
        """End the process that runs the tests."""
        self.record.end()
        self.worker.communicate()

    def tests_of(self, name):
        """Return the tests of a file."""
        found = self.files or importers(self.tree, self.tree / name)
        if not found:
            raise Stop(f"No pure test imports {name}: name tests with --tests.")
        return found

    def run(self, _name, tests, seconds):
        """Run tests; return what became of the mutant."""
        self.log.write_bytes(b"")
        print(json.dumps([seconds, *self.words, *tests]), file=self.worker.stdin, flush=True)
        status = self.worker.stdout.readline().strip()
        return {"0": SURVIVES, "": TIMED_OUT}.get(status, "killed")


class OdooTests:
    """Tests of Odoo, each time on a copy of one database with the addon."""

    def __init__(self, odoo, template, tags):
        self.odoo = odoo
        self.template = template
        self.tags = tuple(tags)

    def tests_of(self, _name):
        """Return the test tags."""
        return self.tags

    def run(self, name, tags, seconds):
        """Run tests; return what became of the mutant."""
        options = ["--test-enable", f"--test-tags={','.join(tags)}"]
        options += [f"--http-port={system.free_port()}", "--http-interface=127.0.0.1"]
        if name.endswith(DATA):
            options.append(f"--update={paths.ADDON}")
        with self.odoo.throwaway(from_template=self.template, name="mutant") as database:
            return ended(self.odoo.command(LOG, database, *options), seconds, odoo_fails)


@contextmanager
def odoo_tests(tree, tags):
    """Give what runs tests of Odoo with the addon in a copy of the checkout."""
    source = odoo_command.prepare(packages=system.BROWSER)
    modules = ",".join(sorted({testing.addon_of(tag) for tag in tags}))
    with postgres.server() as server:
        odoo = odoo_command.Odoo(source, server)
        odoo.addons, odoo.more_addons = tree.parent, [tree / "tests/addons"]
        odoo.variables["MAIL_TRACKING_TEMPLATE"] = odoo.template()
        with odoo.throwaway(from_template=True, name="installed") as template:
            say.step(f"Installing {modules}")
            odoo.install("mutate-install", template, modules)
            yield OdooTests(odoo, template, tags)


def odoo_fails(log):
    """Tell whether a log of Odoo holds a failed test, or what fails one."""
    found = odoo_log.summary(log)
    return bool(found.failed or found.failures or found.unexpected)


def ended(command, seconds, fails=lambda log: False):
    """Run tests until one fails; return what became of the mutant."""
    process = processes.Process(**command)
    deadline = time.monotonic() + seconds
    try:
        while process.poll() is None:
            if time.monotonic() > deadline:
                return TIMED_OUT
            if fails(process.log):
                break
            time.sleep(0.1)
        return "killed" if process.poll() != 0 or fails(process.log) else SURVIVES
    finally:
        process.end()


@functools.cache
def importers(tree, file):
    """Return the pure tests that import a module, direct importers first."""
    imports = imports_of(tree)
    found, level = [], {file}
    while level := {path for path, names in imports.items() if names & level} - {*found}:
        found += sorted(level, key=lambda path: (file.stem not in path.stem, path))
    return tuple(str(path.relative_to(tree)) for path in found if path.name.startswith("test_"))


@functools.cache
def imports_of(tree):
    """Return which files the modules and the pure tests import."""
    files = [*tree.glob("tools/**/*.py"), *tree.glob("tests/pure/*.py")]
    return {file: imported(tree, file) for file in files}


def imported(tree, file):
    """Return the files that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names = []
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name.split(".") for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".") if node.module else []
            names = [module, *([*module, *name] for name in names)]
        level = getattr(node, "level", 0)
        # tests import what lies beside them by its name
        folders = [file.parents[level - 1]] if level else [tree, file.parent]
        for path in (folder.joinpath(*name) for folder in folders for name in names):
            found |= {path.with_suffix(".py"), path / "__init__.py"}
    return found
