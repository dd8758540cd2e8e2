"""The command line."""

import argparse
import errno
import os
import signal
import sys
from importlib import import_module

from . import base
from .base import Stop


def port(text):
    number = int(text)
    if not 0 < number < 65536:
        raise ValueError(text)
    return number


def port_option(name, what, number):
    variable = name.strip("-").upper().replace("-", "_")
    text = f"port of {what}; also ${variable} (default {number})"
    return name, {"type": port, "default": os.environ.get(variable) or number, "help": text}


def words(metavar, text="else all", nargs="*"):
    return "words", {"metavar": metavar, "help": text, "nargs": nargs}


def flag(name, text):
    return name, {"action": "store_true", "help": text}


#: module, what is called of it with the options, the help, the arguments
COMMANDS = {
    "run": (
        *("run", lambda m, o: m.run(o.port, o.mail_port, o.smtp_port)),
        "start Odoo with the addon and a mail catcher",
        port_option("--port", "Odoo", 8069),
        port_option("--mail-port", "the mail catcher's page", 8025),
        port_option("--smtp-port", "the mail catcher's SMTP server", 1025),
    ),
    "test": (
        *("testing", lambda m, o: m.test(o.words), "run the linters and all tests"),
        words("WORD", "lint, pure, odoo, i18n, a test tag, class or file"),
    ),
    "lint": ("lint", lambda m, o: m.lint(o.words), "run linters", words("NAME|FILE")),
    "fmt": ("lint", lambda m, o: m.fmt(o.words), "format files", words("FILE")),
    "psql": ("run", lambda m, o: m.console("psql", o.rest), "open the database of ./dev run"),
    "shell": ("run", lambda m, o: m.console("shell", o.rest), "open it in Odoo's shell"),
    "tool": ("lint", lambda m, o: m.tool(o.rest), "run a program, for pre-commit"),
    "core-tests": (
        *("testing", lambda m, o: m.core(o.tags, not o.without_addon)),
        "run Odoo's own tests beside the addon",
        ("tags", {"help": "Odoo test tags, such as /test_mail:TestMailGateway"}),
        flag("--without-addon", "for comparison"),
    ),
    "i18n": ("translations", lambda m, o: m.renew(), "renew the files of the translations"),
    "neighbours": (
        *("neighbours", lambda m, o: m.neighbours(o.words, o.part)),
        "compare the tests of Odoo's other addons with and without the addon",
        words("MODULE"),
        ("--part", {"choices": ("server", "client"), "help": "Python and tours, or HOOT"}),
    ),
    "bench": (
        *("bench.command", lambda m, o: m.bench(o.words, o.quick, o.page)),
        "measure what the addon costs beside plain Odoo",
        words("LINE"),
        flag("--quick", "a small database, under 3 minutes"),
        flag("--page", "renew doc/benchmarks.md"),
    ),
    "walk": ("walk", lambda m, o: m.walk(), "count the functions that one goes through"),
    "mutate": (
        *("mutate", lambda m, o: m.mutate(o.words, o.tests, o.most, o.seed)),
        "change the code, and see whether a test notices",
        words("FILE", "Python, XML, CSV or SQL", "+"),
        ("--tests", {"nargs": "+", "default": [], "help": "as ./dev test takes them"}),
        ("--seed", {"type": int, "default": 0, "help": "chooses the mutants (default 0)"}),
        ("--most", {"type": int, "default": 100, "help": "how many (default 100)"}),
    ),
    "report": (
        *("report", lambda m, o: m.report(o.words), "print what the addon reads out of a mail"),
        words("FILE", "a saved mail; - for standard input", "+"),
    ),
    "clean": ("run", lambda m, o: m.clean(), "stop and remove everything that was made"),
}
#: everything after the name belongs to another program, its --help too
PASSED_ON = ("psql", "shell", "tool")


def parser():
    top = argparse.ArgumentParser(prog="./dev", description="Start, test and tidy this addon.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_module, _call, text, *arguments) in COMMANDS.items():
        command = commands.add_parser(name, help=text, add_help=name not in PASSED_ON)
        for word, more in arguments:
            command.add_argument(word, **more)
    return top


def dispatch(options):
    name, call, *_arguments = COMMANDS[options.command]
    # imported late: each command starts without what only others need
    module = import_module(name if "." in name else f"devtools.{name}")
    if options.command in ("clean", "report"):
        return call(module, options)
    base.prepare()
    with base.counted("commands"):
        return call(module, options)


def interrupt(number, _frame):
    """Turn a signal into the end of the command, so that everything is stopped."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main(argv):
    """Run a command; every foreseeable failure ends in one sentence."""
    options, rest = parser().parse_known_args(argv)
    if options.command in PASSED_ON:
        options.rest = argv[1:]
    elif rest:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        return dispatch(options)
    except (Stop, OSError) as failure:
        print(sentence(failure), file=sys.stderr, flush=True)
        if options.command == "test":
            # the last line is the count, also where nothing can be run
            print("0 passed, 1 failed", flush=True)
        return 1


def sentence(error):
    """Return what to do about a failure, such as one of access to the disk."""
    if isinstance(error, Stop):
        return str(error)
    where = base.shown(error.filename) if error.filename else "this checkout"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{base.DISK_FULL}."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"This account may not use {where}: change its owner or rights and try again."
    return f"{where}: {error.strerror or error}: fix this and try again."
