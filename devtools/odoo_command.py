"""Odoo's command line, and the databases that are made with it."""

import hashlib
import os
from contextlib import contextmanager

from . import base, environment, odoo_log, odoo_source, postgres, processes, system
from .base import Stop

TEMPLATE_MODULES = "mail,contacts"
#: program that runs Odoo's tests when all addons are loaded, this one among them
LATE_TESTS = base.TOOLS / "odoo_tests.py"


@base.exclusive("setup", "Waiting for another command that sets things up")
def prepare(packages=None):
    """Fetch and install what Odoo needs; return its source tree."""
    system.ensure(packages or {})
    source = odoo_source.ensure()
    environment.ensure()
    return source


@contextmanager
def start(packages=None):
    """Give Odoo, with a server for its databases, for the time of a command."""
    source = prepare(packages)
    with postgres.server() as server:
        yield Odoo(source, server)


@contextmanager
def installed(name):
    """Give Odoo and a database with the addon."""
    with start() as odoo, odoo.throwaway(from_template=True) as database:
        base.step(f"Installing {base.ADDON}")
        odoo.install(f"{name}-install", database, base.ADDON)
        yield odoo, database


class Odoo:
    def __init__(self, source, server):
        self.source = source
        self.server = server
        self.config = base.STATE / "odoo.conf"
        self.config.write_text("[options]\n")
        self.program = ("-m", "odoo")  #: what Python is told to run
        self.variables = {}  #: more environment variables of the processes
        self.addons = base.ADDONS  #: the folder in which the addon lies
        self.more_addons = []

    @property
    def environ(self):
        return {
            **self.server.environ,
            "PYTHONPATH": str(self.source.python_path),
            "PYTHONPYCACHEPREFIX": str(base.DEV / "pycache"),
            "PYTHONUNBUFFERED": "1",
            "HOME": str(base.HOME),
            # where rtlcss lies
            "PATH": f"{os.environ.get('PATH', os.defpath)}:{environment.NODE_PROGRAMS}",
            **self.variables,
        }

    def args(self, database, *options, command="server"):
        addons = [self.source.python_path / "odoo/addons", *self.source.addons, self.addons]
        return [
            base.PYTHON,
            *(*self.program, command, f"--config={self.config}"),
            f"--addons-path={','.join(map(str, [*addons, *self.more_addons]))}",
            *(f"--data-dir={base.DATA}", f"--database={database}", *options),
        ]

    def command(self, name, database, *options):
        """Return how to run Odoo to its end, as ``processes`` takes it."""
        args = self.args(database, "--stop-after-init", "--max-cron-threads=0", *options)
        log = processes.fresh_log(name)
        return {"name": "odoo", "args": args, "log": log, "cwd": base.HOME, "env": self.environ}

    def run(self, name, database, *options):
        command = self.command(name, database, *options)
        log = command["log"]
        return processes.run(**command, detail=lambda: odoo_log.progress(log)), log

    def feed(self, name, database, script, environ):
        """Run a script in Odoo's shell; return its log."""
        command = self.command(name, database)
        command["args"] = self.args(database, "--no-http", "--max-cron-threads=0", command="shell")
        command["env"] = {**self.environ, **environ}
        with script.open() as stdin:
            code = processes.run(**command, stdin=stdin)
        check(f"{script.name} failed in Odoo's shell", code, command["log"])
        return command["log"]

    def install(self, name, database, modules, *, option="init"):
        code, log = self.run(name, database, f"--{option}={modules}", "--with-demo", "--no-http")
        check(f"Odoo cannot {'install' if option == 'init' else option} {modules}", code, log)

    def template(self):
        """Return the database with demo data that others are copied from."""
        release = self.source.release
        text = f"{release} {release.stat().st_mtime_ns} {release.read_text()} {TEMPLATE_MODULES}"
        key = hashlib.sha256(text.encode()).hexdigest()[:8]
        name, server = self.server.database(f"template_{key}"), self.server
        with base.exclusive("template", "Waiting for another command to make the template"):
            present = server.databases()
            if name in present:
                return name
            base.step("Making a template database with demo data (once, about half a minute)")
            for old in present:
                if old.startswith(server.database("template_")):
                    server.drop(old)
            with server.complete(name) as partial:
                self.install("template", partial, TEMPLATE_MODULES)
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
            pid = old.removeprefix(prefix).partition("_")[0]
            if old.startswith(prefix) and not os.path.exists(f"/proc/{pid}"):
                self.server.drop(old)
        name = f"{prefix}{os.getpid()}_{name}".rstrip("_")
        template = self.template() if from_template is True else from_template
        with self.server.temporary(name, template):
            yield name


def check(what, code, log):
    """End in a sentence if a run of Odoo failed, after showing why."""
    if not code and not odoo_log.errors(log):
        return
    for line in odoo_log.errors(log):
        base.note(line)
    if "No space left" in processes.tail(log, 65536):
        raise Stop(f"{base.DISK_FULL}.")
    raise Stop(f"{what}: fix the errors above (full log: {base.shown(log)}).")
