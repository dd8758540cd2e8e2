"""``./dev run``, ``./dev psql`` and ``./dev shell``: Odoo to try the addon in."""

import hashlib
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from . import catcher, locks, odoo_command, paths, postgres, processes, say, system
from .errors import Stop

DATABASE = "run"
START_SECONDS = 180
# What an installed database depends on.
FOLDERS = ("controllers", "data", "demo", "i18n", "migrations", "models", "security", "tools")
FOLDERS += ("static/src", "views", "wizard", "report")


def run(port, mail_port, smtp_port):
    """Start everything, print the addresses, stop it all on Ctrl-C."""
    lock = locks.try_exclusive("run")
    if lock is None:
        raise Stop("Another ./dev run of this checkout is at work: end it with Ctrl-C first.")
    with lock:
        check_ports({"--port": port, "--mail-port": mail_port, "--smtp-port": smtp_port})
        source = odoo_command.prepare()
        started = []
        with postgres.server() as server:
            odoo = odoo_command.Odoo(source, server)
            try:
                database = prepare_database(odoo)
                demo = configure(odoo, database, port, smtp_port)
                say.step("Starting the mail catcher")
                started.append(catcher.start(mail_port, smtp_port, system.free_port()))
                say.step("Starting Odoo")
                started.append(start_odoo(odoo, database, port, smtp_port))
                tell(port, mail_port, demo)
                watch(started, server)
            finally:
                # A second Ctrl-C must not stop the stopping.
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
                say.step("Stopping")
                for process in reversed(started):
                    process.end()


def check_ports(ports):
    """Stop if a port cannot be used, and name the option that chooses another."""
    for option, number in ports.items():
        if system.port_is_taken(number):
            raise Stop(
                f"Port {number} is taken or not allowed: end what uses it, or choose another "
                f"one with {option} PORT."
            )
    if len(set(ports.values())) < len(ports):
        raise Stop(f"Two ports are the same: choose different ones with {', '.join(ports)}.")


def addon_files():
    """Return a checksum over the files that an installed addon depends on."""
    total = hashlib.sha256()
    files = [paths.ROOT / "__init__.py", paths.ROOT / "__manifest__.py"]
    for folder in FOLDERS:
        files += (paths.ROOT / folder).rglob("*")
    for path in sorted(files):
        if path.is_file() and path.suffix != ".pyc":
            total.update(str(path.relative_to(paths.ROOT)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def state_file():
    """Return the file with notes about the database; each server has its own."""
    named = " ".join(os.environ.get(name, "") for name in ("PGHOST", "PGPORT", "PGUSER"))
    return paths.STATE / f"run-{hashlib.sha256(named.encode()).hexdigest()[:8]}.installed"


def read_state():
    """Return what is noted about the database."""
    try:
        return json.loads(state_file().read_text())
    except (FileNotFoundError, ValueError):
        return {}


def write_state(**values):
    """Note something about the database."""
    path = state_file()
    partial = path.with_suffix(".new")
    partial.write_text(json.dumps({**read_state(), **values}))
    partial.rename(path)


def prepare_database(odoo):
    """Create the database, or bring it up to date with the addon's files."""
    name = odoo.server.database(DATABASE)
    files = addon_files()
    if name not in odoo.server.databases():
        create(odoo, name)
    elif read_state().get("files") != files:
        say.step("The addon's files changed: updating it in the database")
        code, log = odoo.run("update", name, f"--update={paths.ADDON}", "--no-http")
        odoo_command.check(f"Odoo cannot update {paths.ADDON}", code, log)
    write_state(files=files)
    return name


def create(odoo, name):
    """Create the database; it gets its name only when it is complete."""
    template = odoo.template()
    state_file().unlink(missing_ok=True)
    say.step("Installing the addon with demo data")
    partial = odoo.server.database("run_new")
    odoo.server.drop(partial)
    odoo.server.copy(template, partial)
    odoo.install("install", partial, f"{paths.ADDON},contacts")
    odoo.server.rename(partial, name)


def configure(odoo, database, port, smtp_port):
    """Lead mail to the catcher and links to this server; return the demo record's number."""
    state = read_state()
    ports = [port, smtp_port]
    if state.get("ports") == ports:
        return state["demo"]
    say.step("Setting up mail and addresses")
    environ = {"DEV_BASE_URL": f"http://localhost:{port}", "DEV_SMTP_PORT": str(smtp_port)}
    script = paths.TOOLS / "configure_database.py"
    code, log = odoo.feed("configure", database, script, environ)
    odoo_command.check("Odoo cannot be set up", code, log)
    demo = [line for line in log.read_text().splitlines() if line.startswith("demo record: ")]
    if not demo:
        raise Stop(f"Odoo cannot be set up: look into {paths.shown(log)}.")
    number = demo[-1].removeprefix("demo record: ")
    write_state(ports=ports, demo=number)
    return number


def start_odoo(odoo, database, port, smtp_port):
    """Start Odoo; return its process when it answers."""
    log = processes.fresh_log("odoo")
    args = odoo.args(
        database,
        *("--http-interface=127.0.0.1", f"--http-port={port}", "--max-cron-threads=1"),
        *(f"--smtp={catcher.ADDRESS}", f"--smtp-port={smtp_port}", "--no-database-list"),
    )
    process = processes.Process("odoo", args, log, cwd=paths.HOME, env=odoo.environ)
    ticker = say.Ticker()
    try:
        while not answers(port):
            if process.poll() is not None or ticker.seconds > START_SECONDS:
                raise Stop(f"Odoo does not start: look into {paths.shown(log)}.")
            ticker.tick()
            time.sleep(0.2)
    except BaseException:
        process.end()
        raise
    finally:
        ticker.close()
    return process


def answers(port):
    """Tell whether Odoo answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def tell(port, mail_port, demo):
    """Print the addresses.

    The two servers have different host names so that the browser does not send Odoo's
    cookie along when the catcher's page loads a mail's pixel.
    """
    base = f"http://localhost:{port}"
    say.step("Ready")
    say.note(f"Odoo (admin / admin)   {base}/odoo")
    say.note(f"Mail catcher           http://{catcher.ADDRESS}:{mail_port}/")
    say.note(f"Demo record            {base}/odoo/contacts/{demo}")
    say.note(f"Log: {paths.shown(paths.LOG / 'odoo.log')}. Ctrl-C stops everything.")


def watch(started, server):
    """Wait until one of the processes ends by itself, which none should."""
    while True:
        if server.is_gone:
            raise Stop("PostgreSQL ended by itself: start again.")
        for process in started:
            if process.poll() is not None:
                raise Stop(
                    f"The process {process.name} ended by itself: look into "
                    f"{paths.shown(process.log)}, then start again."
                )
        time.sleep(0.5)


def console(command, rest):
    """Run psql or Odoo's shell on the database of ``./dev run``."""
    source = odoo_command.prepare()
    with postgres.server() as server:
        odoo = odoo_command.Odoo(source, server)
        name = server.database(DATABASE)
        if name not in server.databases():
            raise Stop("There is no database yet: './dev run' makes it.")
        args = [server.program("psql"), "-d", name, *rest]
        if command == "shell":
            args = odoo.args(name, "--no-http", *rest, command="shell")
        # The program deals with Ctrl-C itself.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return subprocess.call(
            [str(arg) for arg in args], env=processes.child_environment(odoo.environ)
        )
