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


def parser():
    """Describe the commands."""
    top = argparse.ArgumentParser(prog="./dev", description="Start, test and tidy this addon.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, what, *words):
        command = commands.add_parser(name, help=what)
        if words:
            command.add_argument("words", nargs="*", metavar=words[0], help=words[1])
        return command

    run = add("run", "start Odoo with the addon and a mail catcher")
    for option, variable, default, what in (
        ("--port", "PORT", 8069, "Odoo"),
        ("--mail-port", "MAIL_PORT", 8025, "the mail catcher's page"),
        ("--smtp-port", "SMTP_PORT", 1025, "the mail catcher's SMTP server"),
    ):
        help_text = f"port of {what}; also ${variable} (default {default})"
        preset = os.environ.get(variable) or default
        run.add_argument(option, type=port, default=preset, help=help_text)
    words = "lint, pure, odoo, i18n, a test tag, class or file"
    add("test", "run the linters and all tests", "WORD", words)
    add("lint", "run linters", "NAME|FILE", "linters, files; else all")
    add("fmt", "format files", "FILE", "else all")
    for name, what in (("psql", "psql"), ("shell", "Odoo's shell")):
        # Everything after the name belongs to that program, its --help too.
        commands.add_parser(name, help=f"open the database of ./dev run in {what}", add_help=False)
    commands.add_parser("tool", add_help=False)  # for pre-commit
    core = add("core-tests", "run Odoo's own tests beside the addon")
    core.add_argument("tags", help="Odoo test tags, such as /test_mail:TestMailGateway")
    core.add_argument("--without-addon", action="store_true", help="for comparison")
    add("i18n", "renew the files of the translations")
    what = "compare the tests of Odoo's other addons with and without the addon"
    compare = add("neighbours", what, "MODULE", "neighbours; else all")
    what = "Python tests and tours, or HOOT; else both"
    compare.add_argument("--part", choices=("server", "client"), help=what)
    what = "measure what the addon costs beside plain Odoo"
    bench = add("bench", what, "LINE", "names of lines; else all")
    bench.add_argument("--quick", action="store_true", help="a small database, under 3 minutes")
    bench.add_argument("--page", action="store_true", help="renew doc/benchmarks.md")
    add("walk", "count the functions that one goes through")
    mutate = add("mutate", "change the code, and see whether a test notices")
    mutate.add_argument("files", nargs="+", metavar="FILE", help="Python, XML, CSV or SQL")
    what = "as ./dev test takes them"
    mutate.add_argument("--tests", nargs="+", default=[], metavar="TEST", help=what)
    mutate.add_argument("--seed", type=int, default=0, help="chooses the mutants (default 0)")
    mutate.add_argument("--most", type=int, default=100, help="how many (default 100)")
    report = add("report", "print what the addon reads out of a saved mail")
    report.add_argument("files", nargs="+", metavar="FILE.eml", help="a mail; - for standard input")
    add("clean", "stop and remove everything that was made")
    return top


def dispatch(options):
    """Run the chosen command; return its exit status."""
    name, call = {
        "run": ("run", lambda run: run.run(options.port, options.mail_port, options.smtp_port)),
        "psql": ("run", lambda run: run.console("psql", options.rest)),
        "shell": ("run", lambda run: run.console("shell", options.rest)),
        "clean": ("run", lambda run: run.clean()),
        "test": ("testing", lambda testing: testing.test(options.words)),
        "core-tests": ("testing", lambda t: t.core(options.tags, not options.without_addon)),
        "lint": ("lint", lambda lint: lint.lint(options.words)),
        "fmt": ("lint", lambda lint: lint.fmt(options.words)),
        "tool": ("lint", lambda lint: lint.tool(options.rest)),
        "i18n": ("translations", lambda translations: translations.renew()),
        "neighbours": ("neighbours", lambda n: n.neighbours(options.words, options.part)),
        "walk": ("walk", lambda walk: walk.walk()),
        "mutate": (
            "mutate",
            lambda m: m.mutate(options.files, options.tests, options.most, options.seed),
        ),
        "bench": ("bench.command", lambda b: b.bench(options.words, options.quick, options.page)),
        "report": ("report", lambda report: report.report(options.files)),
    }[options.command]
    # imported late: each command starts without what only others need
    module = import_module(name if "." in name else f"devtools.{name}")
    if options.command in ("clean", "report"):
        return call(module)
    base.prepare()
    with base.counted("commands"):
        return call(module)


def interrupt(number, _frame):
    """Turn a signal into the end of the command, so that everything is stopped."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main(argv):
    """Run a command; every foreseeable failure ends in one sentence."""
    options, rest = parser().parse_known_args(argv)
    if options.command in ("psql", "shell", "tool"):
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
    return f"{where}: {error.strerror or error}: mend this and try again."
