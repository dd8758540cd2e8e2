"""``./dev lint`` is pre-commit with the hooks of ``.pre-commit-config.yaml``; and ``./dev fmt``."""

import os
import re
from pathlib import Path

from . import base, environment, processes
from .base import ROOT, Stop

HOOKS = re.findall(r"\bid: (\S+)", (ROOT / ".pre-commit-config.yaml").read_text())
PRETTIER = ("--config", base.TOOLS / "prettier.json", "--ignore-path", os.devnull)


def tracked(files=()):
    """Return the checkout's files, or the given ones, relative to its root."""
    if files:
        return [relative(name) for name in files]
    code, output, errors = processes.output_of(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, env=environ()
    )
    if code:
        raise Stop(f"git cannot list the files of this checkout: {errors.strip()}")
    return sorted({name for name in output.split("\0") if name and (ROOT / name).is_file()})


def relative(name):
    path = Path(name).resolve()
    if not path.is_file() or not path.is_relative_to(ROOT):
        raise Stop(f"There is no file {name} in this checkout: name one that exists.")
    return str(path.relative_to(ROOT))


def environ():
    """Return what the programs get to know, in variables."""
    return {
        "PATH": f"{base.VENV / 'bin'}:{environment.NODE_PROGRAMS}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(base.CACHE / "pre-commit"),
        "RUFF_CACHE_DIR": str(base.CACHE / "ruff"),
        # A clone may belong to another account than the one that runs this.
        **{
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        },
    }


def tool(words):
    """Become one of the programs, for a hook of pre-commit."""
    environment.prepare(javascript=words[0] in ("eslint", "prettier"))
    os.chdir(ROOT)
    os.execvpe(words[0], words, processes.child_environment(environ()))


def lint(words):
    """Run linters on files, of whatever order; return the exit status."""
    names = [word for word in words if word in HOOKS]
    return 1 if run(names, [word for word in words if word not in HOOKS])[1] else 0


def run(names=(), files=()):
    """Run linters; return how many passed and how many failed.

    Without given files a linter that finds none to look at has failed: it would pass
    whatever is written.
    """
    environment.prepare(javascript=True)
    passed = failed = 0
    for name in names or HOOKS:
        base.step(f"Lint: {name}")
        log = processes.fresh_log(f"lint-{name}")
        args = [base.VENV / "bin/pre-commit", "run", name, "--color=never", "--files"]
        code = processes.run(name, [*args, *tracked(files)], log, cwd=ROOT, env=environ())
        text = log.read_text(errors="replace")
        is_idle = "(no files to check)Skipped" in text
        if code or (is_idle and not files):
            print(text.rstrip(), flush=True)
            failed += 1
        elif not is_idle:
            passed += 1
    return passed, failed


def fmt(files=()):
    """Format files, and make what is made of others; return the exit status."""
    environment.prepare(javascript=True)
    names = tracked(files)
    python = [name for name in names if name.endswith(".py") or name == "dev"]
    scripts = [name for name in names if name.endswith((".js", ".mjs")) and "/lib/" not in name]
    status = 0
    for args, chosen in (
        (["ruff", "check", "--fix-only", "--select=I"], python),
        (["ruff", "format"], python),
        (["prettier", *PRETTIER, "--write"], scripts),
        (["python", "-m", "devtools.made"], names),
    ):
        base.step(f"Format: {' '.join(Path(arg).name for arg in args[:2])}")
        log = processes.fresh_log(f"fmt-{args[0]}")
        if chosen and processes.run(args[0], [*args, *chosen], log, cwd=ROOT, env=environ()):
            print(log.read_text(errors="replace").rstrip(), flush=True)
            status = 1
    return status
