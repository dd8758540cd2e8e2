"""The linters, and the formatters behind ``./dev fmt``."""

import shutil
from pathlib import Path

from . import environment, locks, node, paths, processes, say
from .errors import Stop

RUFF_CACHE = ("--cache-dir", paths.CACHE / "ruff")
STATE_RULE = ("tools/events.py", "tools/state.py", "devtools/states.py")


def tracked(files=()):
    """Return the checkout's files, or the given ones, relative to its root."""
    if files:
        return [relative(name) for name in files]
    code, output, errors = processes.output_of(
        # A clone may belong to another account than the one that runs this.
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=paths.ROOT,
    )
    if code:
        raise Stop(f"git cannot list the files of this checkout: {errors.strip()}")
    names = sorted({name for name in output.split("\0") if name})
    return [name for name in names if (paths.ROOT / name).is_file()]


def relative(name):
    """Return a file's path relative to the checkout."""
    path = Path(name).resolve()
    if not path.is_file() or not path.is_relative_to(paths.ROOT):
        raise Stop(f"There is no file {name} in this checkout: name one that exists.")
    return str(path.relative_to(paths.ROOT))


def python_files(files):
    """Choose Python files."""
    return [name for name in files if name.endswith(".py") or name == "dev"]


def addon_python_files(files):
    """Choose the addon's own Python files, without the developers' tools."""
    return [
        name
        for name in files
        if name.endswith(".py") and not name.startswith(("bench/", "devtools/"))
    ]


def module_files(files):
    """Choose what the addon consists of: classes of one model lie in several files."""
    folders = ("models/", "controllers/", "tools/")
    return [name for name in addon_python_files(files) if name.startswith(folders)]


def javascript_files(files):
    """Choose JavaScript files."""
    return [name for name in files if name.endswith((".js", ".mjs")) and "/lib/" not in name]


def xml_files(files):
    """Choose XML files."""
    return [name for name in files if name.endswith((".xml", ".svg"))]


def description_files(files):
    """Choose the page of the app list, and what it is made of."""
    return [name for name in files if name in ("README.rst", "static/description/index.html")]


def state_files(files):
    """Choose the picture of the state rule, and what it is made of."""
    return [name for name in files if name in (*STATE_RULE, "doc/states.svg")]


def states(*args):
    """Return the command that draws the state rule."""
    return [paths.PYTHON, paths.TOOLS / "states.py", *args]


def description(*args):
    """Return the command that makes the page of the app list."""
    return [paths.PYTHON, paths.TOOLS / "description.py", *args]


def ruff(*args):
    """Return a ruff command."""
    return [paths.VENV / "bin/ruff", *args, *RUFF_CACHE]


def eslint():
    """Return an ESLint command; its plug-ins are found beside its configuration."""
    config = paths.NODE / "eslint.config.mjs"
    shutil.copyfile(paths.TOOLS / "eslint.config.mjs", config)
    return [*node.command("eslint"), "--config", config, "--max-warnings=0"]


def prettier(*args):
    """Return a prettier command."""
    config = paths.TOOLS / "prettier.json"
    return [*node.command("prettier"), "--config", config, "--ignore-path", "/dev/null", *args]


def pylint():
    """Return a pylint command with Odoo's checks."""
    return [paths.PYTHON, "-m", "pylint", f"--rcfile={paths.TOOLS / 'pylintrc'}"]


# Name -> (which files, command, whether it needs the JavaScript linters).
LINTERS = {
    "ruff": (python_files, lambda: ruff("check"), False),
    "ruff-format": (python_files, lambda: ruff("format", "--diff"), False),
    "pylint-odoo": (addon_python_files, pylint, False),
    "doubles": (module_files, lambda: [paths.PYTHON, paths.TOOLS / "check_doubles.py"], False),
    "eslint": (javascript_files, eslint, True),
    "prettier": (javascript_files, lambda: prettier("--check"), True),
    "paths": (list, lambda: [paths.PYTHON, paths.TOOLS / "check_paths.py"], False),
    "xml": (xml_files, lambda: [paths.PYTHON, paths.TOOLS / "check_xml.py"], False),
    "description": (description_files, lambda: description("--check"), False),
    "states": (state_files, lambda: states("--check"), False),
}
FORMATTERS = {
    "ruff": (python_files, lambda: ruff("check", "--fix-only", "--select=I"), False),
    "ruff-format": (python_files, lambda: ruff("format"), False),
    "prettier": (javascript_files, lambda: prettier("--write"), True),
    "description": (description_files, description, False),
    "states": (state_files, states, False),
}


def prepare(tools):
    """Install what the tools need."""
    with locks.exclusive("setup", "Waiting for another command that sets things up"):
        environment.ensure()
        if any(tool[2] for tool in tools):
            node.ensure()


def run(names=(), files=()):
    """Run linters; return how many passed and how many failed.

    Without given files a linter that finds none to look at has failed: it would pass
    whatever is written.
    """
    chosen = {name: LINTERS[name] for name in names or LINTERS}
    prepare(chosen.values())
    everything = tracked(files)
    passed = failed = 0
    for name, (choose, command, _node) in chosen.items():
        selected = choose(everything)
        if not selected and files:
            continue
        if selected and lint(name, command(), selected):
            passed += 1
        else:
            if not selected:
                say.note(f"{name}: no files to look at")
            failed += 1
    return passed, failed


def lint(name, command, files):
    """Run one linter; print what it finds."""
    say.step(f"Lint: {name} ({len(files)} files)")
    log = processes.fresh_log(f"lint-{name}")
    code = processes.run(name, [*command, *files], log, cwd=paths.ROOT)
    if code:
        print(log.read_text(errors="replace").rstrip(), flush=True)
        say.note(f"{name} failed")
    return code == 0


def fmt(files=()):
    """Format files; return the exit status."""
    prepare(FORMATTERS.values())
    everything = tracked(files)
    status = 0
    for name, (choose, command, _node) in FORMATTERS.items():
        selected = choose(everything)
        if not selected:
            continue
        say.step(f"Format: {name} ({len(selected)} files)")
        log = processes.fresh_log(f"fmt-{name}")
        code = processes.run(name, [*command(), *selected], log, cwd=paths.ROOT)
        if code:
            print(log.read_text(errors="replace").rstrip(), flush=True)
            status = 1
    return status
