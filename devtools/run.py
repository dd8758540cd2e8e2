"""``./dev run``, ``./dev psql``, ``./dev shell``: Odoo to try the addon in; and ``./dev clean``."""

import hashlib
import shutil
import signal
import subprocess
import time
import urllib.request

from . import base, databases, odoo_command, postgres, processes, system
from .base import ADDON, ROOT, Stop

DATABASE = "run"
HOST = "127.0.0.1"
START_SECONDS = 180
# What an installed database depends on.
FOLDERS = ("controllers", "data", "demo", "i18n", "migrations", "models", "security", "tools")
INSTALLED = ("*.py", *(f"{folder}/**/*" for folder in (*FOLDERS, "static/src", "views", "wizard")))


def run(port, mail_port, smtp_port):
    with base.lock_file("run") as lock:
        if not base.try_lock(lock):
            raise Stop("Another ./dev run of this checkout is at work: end it with Ctrl-C first.")
        check_ports({"--port": port, "--mail-port": mail_port, "--smtp-port": smtp_port})
        started = []
        with odoo_command.start() as odoo:
            try:
                database = prepare_database(odoo)
                demo = configure(odoo, database, port, smtp_port)
                start_catcher(started, mail_port, smtp_port)
                start_odoo(started, odoo, database, port, smtp_port)
                # Two host names, so that the browser does not send Odoo's cookie along when the
                # catcher's page loads a mail's pixel.
                base.step("Ready")
                base.note(f"Odoo (admin / admin)   http://localhost:{port}/odoo")
                base.note(f"Mail catcher           http://{HOST}:{mail_port}/")
                base.note(f"Demo record            http://localhost:{port}/odoo/contacts/{demo}")
                base.note(f"Log: {base.shown(started[-1].log)}. Ctrl-C stops everything.")
                watch(started, odoo.server)
            finally:
                # A second Ctrl-C must not stop the stopping.
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
                base.step("Stopping")
                for process in reversed(started):
                    process.end()


def check_ports(ports):
    for option, number in ports.items():
        if system.port_is_taken(number):
            raise Stop(f"Port {number} is taken or not allowed: choose another by {option} PORT.")
    if len(set(ports.values())) < len(ports):
        raise Stop(f"Two ports are the same: choose different ones with {', '.join(ports)}.")


def addon_files():
    """Return a checksum over the files that an installed addon depends on."""
    total = hashlib.sha256()
    for path in sorted(path for name in INSTALLED for path in ROOT.glob(name)):
        if path.is_file() and path.suffix != ".pyc":
            total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def prepare_database(odoo):
    name = odoo.server.database(DATABASE)
    if name in odoo.server.databases():
        update(odoo, name)
        return name
    base.step("Installing the addon with demo data")
    with odoo.server.complete(name, odoo.template()) as partial:
        odoo.install("install", partial, f"{ADDON},contacts")
        odoo.server.notes(partial, files=addon_files())
    return name


def update(odoo, name):
    """Update the addon in a database if its files changed; tell whether they did."""
    files = addon_files()
    if odoo.server.notes(name).get("files") == files:
        return False
    base.step(f"The addon's files changed: updating it in {name}")
    odoo.install("update", name, ADDON, option="update")
    odoo.server.notes(name, files=files)
    return True


def configure(odoo, database, port, smtp_port):
    """Lead mail to the catcher and links to this server; return the demo record's number."""
    known, ports = odoo.server.notes(database), [port, smtp_port]
    if known.get("ports") == ports:
        return known["demo"]
    base.step("Setting up mail and addresses")
    environ = {"DEV_BASE_URL": f"http://localhost:{port}", "DEV_SMTP_PORT": str(smtp_port)}
    script = base.TOOLS / "configure_database.py"
    log = odoo.feed("configure", database, script, environ)
    demo = [line for line in log.read_text().splitlines() if line.startswith("demo record: ")]
    number = demo[-1].removeprefix("demo record: ") if demo else ""
    odoo.server.notes(database, ports=ports, demo=number)
    return number


def start_catcher(started, web_port, smtp_port):
    """Start the mail catcher, ``catcher.py``: it shows every mail and passes nothing on.

    It keeps mails in memory, and shows them with their remote images.
    """
    base.step("Starting the mail catcher")
    args = [base.PYTHON, base.TOOLS / "catcher.py", "--host", HOST]
    args += ["--user", "demo@example.com", "--password", "admin"]
    args += ["--http-port", web_port, "--smtp-port", smtp_port]
    args += ["--imap-port", system.free_port(), "--client-max-size", "50M"]
    process = processes.Process("mail catcher", args, processes.fresh_log("catcher"))
    started.append(process)
    await_start(process, lambda: system.answers(web_port) and system.answers(smtp_port))


def start_odoo(started, odoo, database, port, smtp_port):
    base.step("Starting Odoo")
    args = odoo.args(
        database,
        *(f"--http-interface={HOST}", f"--http-port={port}", "--max-cron-threads=1"),
        *(f"--smtp={HOST}", f"--smtp-port={smtp_port}", "--no-database-list"),
    )
    log = processes.fresh_log("odoo")
    started.append(processes.Process("Odoo", args, log, cwd=base.HOME, env=odoo.environ))
    await_start(started[-1], lambda: is_healthy(port))


def await_start(process, answers):
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            name, log = process.name, base.shown(process.log)
            raise Stop(f"The {name} does not start: fix the error in {log} and try again.")
        time.sleep(0.1)


def is_healthy(port):
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/web/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def watch(started, server):
    """Wait until one of the processes ends by itself, which none should."""
    while server.is_ready():
        for process in started:
            if process.poll() is not None:
                name, log = process.name, base.shown(process.log)
                raise Stop(f"The {name} ended by itself: look into {log}, then start again.")
        time.sleep(0.5)
    raise Stop("PostgreSQL ended by itself: start again.")


def console(command, rest):
    with odoo_command.start() as odoo:
        name = odoo.server.database(DATABASE)
        if name not in odoo.server.databases():
            raise Stop("There is no database yet: './dev run' makes it.")
        args = [odoo.server.program("psql"), "-d", name, *rest]
        if command == "shell":
            args = odoo.args(name, "--no-http", *rest, command="shell")
        # The program deals with Ctrl-C itself.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        environ = processes.child_environment(odoo.environ)
        return subprocess.call([str(arg) for arg in args], env=environ)


def clean():
    """Stop what runs, drop this checkout's databases, remove all that was made."""
    if not base.DEV.is_dir():
        base.step("Nothing to remove")
        return 0
    base.prepare()
    with base.counted("commands") as is_alone:
        if not is_alone():
            raise Stop("Another ./dev command of this checkout is at work: end it first.")
        if named := databases.named_server():
            base.step("Dropping this checkout's databases on the named server")
            for name in named.databases():
                named.drop(name)
        base.step(f"Removing {base.shown(base.DEV)} and the private PostgreSQL")
        postgres.remove()
        shutil.rmtree(base.DEV)
    return 0
