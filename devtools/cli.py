"""The command line."""

import argparse
import errno
import os
import signal
import sys

from . import paths, processes
from .errors import Stop


def port(text):
    """Parse a TCP port."""
    number = int(text)
    if not 0 < number < 65536:
        raise ValueError(text)
    return number


def parser():
    """Describe the commands."""
    top = argparse.ArgumentParser(prog="./dev", description="Start, test and tidy this addon.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="start Odoo with the addon and a mail catcher")
    for option, variable, default, what in (
        ("--port", "PORT", 8069, "Odoo"),
        ("--mail-port", "MAIL_PORT", 8025, "the mail catcher's page"),
        ("--smtp-port", "SMTP_PORT", 1025, "the mail catcher's SMTP server"),
    ):
        run.add_argument(
            option,
            type=port,
            default=os.environ.get(variable) or default,
            help=f"port of {what}; also ${variable} (default {default})",
        )
    test = commands.add_parser("test", help="run the linters and all tests")
    test.add_argument(
        "words", nargs="*", metavar="WORD", help="lint, pure, odoo, i18n, a test tag, class or file"
    )
    lint = commands.add_parser("lint", help="run linters")
    lint.add_argument("words", nargs="*", metavar="NAME|FILE", help="linters, files; else all")
    fmt = commands.add_parser("fmt", help="format files")
    fmt.add_argument("files", nargs="*", metavar="FILE")
    for name, what in (("psql", "psql"), ("shell", "Odoo's shell")):
        # Everything after the name belongs to that program, its --help too.
        commands.add_parser(name, help=f"open the database of ./dev run in {what}", add_help=False)
    core = commands.add_parser("core-tests", help="run Odoo's own tests beside the addon")
    core.add_argument("tags", help="Odoo test tags, such as /test_mail:TestMailGateway")
    core.add_argument("--without-addon", action="store_true", help="for comparison")
    commands.add_parser("i18n", help="renew the files of the translations")
    compare = commands.add_parser(
        "neighbours", help="compare the tests of Odoo's other addons with and without the addon"
    )
    compare.add_argument("words", nargs="*", metavar="MODULE", help="neighbours; else all")
    compare.add_argument(
        "--part", choices=("server", "client"), help="Python tests and tours, or HOOT; else both"
    )
    bench = commands.add_parser("bench", help="measure what the addon costs beside plain Odoo")
    bench.add_argument("words", nargs="*", metavar="LINE", help="names of lines; else all")
    bench.add_argument("--quick", action="store_true", help="a small database, under 3 minutes")
    bench.add_argument("--page", action="store_true", help="renew doc/benchmarks.md")
    commands.add_parser("walk", help="count the functions that one goes through")
    mutate = commands.add_parser("mutate", help="change the code, and see whether a test notices")
    mutate.add_argument("files", nargs="+", metavar="FILE", help="Python, XML, CSV or SQL")
    mutate.add_argument(
        "--tests", nargs="+", default=[], metavar="TEST", help="as ./dev test takes them"
    )
    mutate.add_argument("--seed", type=int, default=0, help="chooses the mutants (default 0)")
    mutate.add_argument("--most", type=int, default=100, help="how many (default 100)")
    report = commands.add_parser("report", help="print what the addon reads out of a saved mail")
    report.add_argument("files", nargs="+", metavar="FILE.eml", help="a mail; - for standard input")
    commands.add_parser("clean", help="stop and remove everything that was made")
    return top


def dispatch(options):
    """Run the chosen command; return its exit status."""
    # Imported late: each command starts without what only others need.
    if options.command == "clean":
        from . import cleanup

        return cleanup.clean()
    if options.command == "report":
        from . import report

        return report.report(options.files)
    paths.prepare()
    processes.end_orphans()
    if options.command == "test":
        return test(options.words)
    if options.command == "core-tests":
        from . import testing

        return testing.core(options.tags, not options.without_addon)
    if options.command == "i18n":
        from . import translations

        return translations.renew()
    if options.command == "walk":
        from . import walk

        return walk.walk()
    if options.command == "neighbours":
        from . import neighbours

        parts = (options.part,) if options.part else neighbours.PARTS
        return neighbours.neighbours(options.words, parts)
    if options.command == "mutate":
        from . import mutate

        return mutate.mutate(options.files, options.tests, options.most, options.seed)
    if options.command == "bench":
        from bench import command

        return command.bench(options.words, quick=options.quick, write_page=options.page)
    if options.command in ("lint", "fmt"):
        from . import lint

        if options.command == "fmt":
            return lint.fmt(options.files)
        names = [word for word in options.words if word in lint.LINTERS]
        files = [word for word in options.words if word not in lint.LINTERS]
        return 1 if lint.run(names, files)[1] else 0
    from . import run

    if options.command == "run":
        return run.run(options.port, options.mail_port, options.smtp_port)
    return run.console(options.command, options.args)


def test(words):
    """Run the tests; the last line is the count, also where they cannot be run."""
    from . import testing

    try:
        return testing.test(words)
    except (Stop, OSError) as failure:
        print(getattr(failure, "sentence", "") or sentence(failure), file=sys.stderr, flush=True)
        print("0 passed, 1 failed", flush=True)
        return 1


def interrupt(number, _frame):
    """Turn a signal into the end of the command, so that everything is stopped."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main(argv):
    """Run a command; every foreseeable failure ends in one sentence."""
    options, rest = parser().parse_known_args(argv)
    if options.command in ("psql", "shell"):
        options.args = argv[1:]
    elif rest:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        return dispatch(options)
    except Stop as stop:
        print(stop.sentence, file=sys.stderr)
        return stop.code
    except OSError as error:
        print(sentence(error), file=sys.stderr)
        return 1


def sentence(error):
    """Return what to do about a failed access to the disk."""
    where = paths.shown(error.filename) if error.filename else "this checkout"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: free some space and try again."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"This account may not use {where}: change its owner or rights and try again."
    return f"{where}: {error.strerror or error}: mend this and try again."
