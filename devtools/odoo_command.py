"""Odoo's command line, and the databases that are made with it."""

import hashlib
import os
from contextlib import contextmanager

from . import environment, locks, node, odoo_log, odoo_source, paths, processes, say, system
from .errors import Stop

TEMPLATE_MODULES = "mail,contacts"
#: program that runs Odoo's tests when all addons are loaded, this one among them
LATE_TESTS = paths.TOOLS / "odoo_tests.py"


class Odoo:
    """Odoo 19 with this addon, on one PostgreSQL server."""

    def __init__(self, source, server):
        self.source = source
        self.server = server
        self.config = paths.STATE / "odoo.conf"
        self.config.write_text("[options]\n")
        #: what Python is told to run
        self.program = ("-m", "odoo")
        #: more environment variables of the processes
        self.variables = {}
        #: the folder in which the addon lies
        self.addons = paths.ADDONS
        #: more folders with addons
        self.more_addons = []

    @property
    def environ(self):
        """The environment variables of Odoo's processes."""
        return {
            **self.server.environ,
            "PYTHONPATH": str(self.source.python_path),
            "PYTHONPYCACHEPREFIX": str(paths.DEV / "pycache"),
            "PYTHONUNBUFFERED": "1",
            "HOME": str(paths.HOME),
            # where rtlcss lies, which turns pages around for right-to-left languages
            "PATH": f"{os.environ.get('PATH', os.defpath)}:{node.PROGRAMS}",
            **self.variables,
        }

    def args(self, database, *options, command="server"):
        """Return a command line for a database."""
        addons = [self.source.python_path / "odoo/addons", *self.source.addons, self.addons]
        addons += self.more_addons
        return [
            paths.PYTHON,
            *(*self.program, command),
            f"--config={self.config}",
            f"--addons-path={','.join(map(str, addons))}",
            f"--data-dir={paths.DATA}",
            f"--database={database}",
            *options,
        ]

    def run(self, name, database, *options, detail=None, **more):
        """Run Odoo to its end; return its exit status and its log."""
        command = self.command(name, database, *options)
        log = command["log"]
        detail = detail or (lambda: odoo_log.progress(processes.tail(log)))
        return processes.run(**command, detail=detail, **more), log

    def command(self, name, database, *options):
        """Return how to run Odoo to its end, as ``processes`` takes it."""
        return {
            "name": "odoo",
            "args": self.args(database, "--stop-after-init", "--max-cron-threads=0", *options),
            "log": processes.fresh_log(name),
            "cwd": paths.HOME,
            "env": self.environ,
        }

    def feed(self, name, database, script, environ):
        """Run a script in Odoo's shell; return its exit status and its log."""
        log = processes.fresh_log(name)
        args = self.args(database, "--no-http", "--max-cron-threads=0", command="shell")
        with script.open() as stdin:
            environ = {**self.environ, **environ}
            code = processes.run(name, args, log, cwd=paths.HOME, env=environ, stdin=stdin)
        return code, log

    def install(self, name, database, modules):
        """Install modules with demo data; end in a sentence if that fails."""
        code, log = self.run(name, database, f"--init={modules}", "--with-demo", "--no-http")
        check(f"Odoo cannot install {modules}", code, log)

    def template(self):
        """Return the database with demo data that others are copied from."""
        release = self.source.python_path / "odoo/release.py"
        text = f"{release} {release.stat().st_mtime_ns} {self.source.version} {TEMPLATE_MODULES}"
        key = hashlib.sha256(text.encode()).hexdigest()[:8]
        name = self.server.database(f"template_{key}")
        with locks.exclusive("template", "Waiting for another command to make the template"):
            present = self.server.databases()
            if name in present:
                return name
            for old in present:
                if old.startswith(self.server.database("template_")):
                    self.server.drop(old)
            say.step("Making a template database with demo data (once, about half a minute)")
            partial = self.server.database("template_new")
            self.server.drop(partial)
            self.server.create(partial)
            self.install("template", partial, TEMPLATE_MODULES)
            self.server.rename(partial, name)
        return name

    @contextmanager
    def throwaway(self, *, from_template, name=""):
        """Give a database for the time of a command.

        :param from_template: whether it has ``mail``, ``contacts`` and demo data; or the name of
            another database that is copied
        :param str name: tells the databases of one command apart
        """
        prefix = self.server.database("test_")
        for old in self.server.databases():
            pid, start, *_names = *old.removeprefix(prefix).split("_"), ""
            if old.startswith(prefix) and processes.start_time(pid) != start:
                self.server.drop(old)
        name = f"{prefix}{os.getpid()}_{processes.start_time(os.getpid())}_{name}".rstrip("_")
        if from_template:
            template = self.template() if from_template is True else from_template
            # Copying fails while another command copies the same one.
            with locks.exclusive("template", "Waiting for another command to copy the template"):
                self.server.copy(template, name)
        else:
            self.server.create(name)
        try:
            yield name
        finally:
            self.server.drop(name)


def check(what, code, log):
    """End in a sentence if a run of Odoo failed, after showing why."""
    if not code and not odoo_log.has_errors(log):
        return
    for line in odoo_log.errors(log):
        say.note(line)
    if "No space left" in processes.tail(log, 65536):
        raise Stop("The disk is full: free some space and try again.")
    raise Stop(f"{what}: mend what is shown above (all of it: {paths.shown(log)}).")


def prepare(*, packages=None):
    """Fetch and install what Odoo needs; return its source tree."""
    with locks.exclusive("setup", "Waiting for another command that sets things up"):
        system.ensure(packages or {})
        source = odoo_source.ensure()
        environment.ensure()
    return source
