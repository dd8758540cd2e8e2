"""``./dev i18n``: the texts to translate, in ``i18n/mail_tracking.pot`` and the ``.po`` files.

Odoo itself exports them, out of a database with the addon and out of the sources. It reads
the sources of everything below an addon's folder, so it gets a copy without what serves
development only.
"""

import shutil
from pathlib import Path

from . import environment, lint, locks, odoo_command, paths, postgres, processes, say

FOLDER = paths.ROOT / "i18n"
TEMPLATE = FOLDER / f"{paths.ADDON}.pot"
COPY = paths.CACHE / "i18n"
#: what is no part of the running addon
LEFT_OUT = ("bench/", "devtools/", "tests/", "static/tests/", "doc/", "i18n/")
SCRIPT = paths.TOOLS / "translation_files.py"


def renew():
    """Write the template, and bring the files of all languages up to date with it."""
    source = odoo_command.prepare()
    with postgres.server() as server:
        odoo = odoo_command.Odoo(source, server)
        with odoo.throwaway(from_template=True) as database:
            say.step(f"Installing {paths.ADDON}")
            odoo.install("i18n-install", database, paths.ADDON)
            exported = export(odoo, database)
    FOLDER.mkdir(exist_ok=True)
    return run_script("write", exported)


def is_current(odoo, database):
    """Tell whether the template holds the texts of the addon, and say what differs.

    :param Odoo odoo: the command line
    :param str database: where the addon is installed
    """
    say.step("Texts to translate")
    return run_script("check", export(odoo, database)) == 0


def export(odoo, database):
    """Have Odoo export the texts; return the file."""
    shutil.rmtree(COPY, ignore_errors=True)
    addon = COPY / "addons" / paths.ADDON
    for name in lint.tracked():
        if not name.startswith(LEFT_OUT):
            (addon / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(paths.ROOT / name, addon / name)
    folders = [odoo.source.python_path / "odoo/addons", *odoo.source.addons, COPY / "addons"]
    config = COPY / "odoo.conf"
    config.write_text(
        f"[options]\naddons_path = {','.join(map(str, folders))}\ndata_dir = {paths.DATA}\n"
    )
    target = COPY / TEMPLATE.name
    log = processes.fresh_log("i18n-export")
    command = [paths.PYTHON, "-m", "odoo", "i18n", "export", "-c", config, "-d", database]
    command += ["-l", "pot", "-o", target, paths.ADDON]
    code = processes.run("odoo", command, log, cwd=paths.HOME, env=odoo.environ)
    odoo_command.check("Odoo cannot export the texts to translate", code, log)
    return target


def run_script(action, exported):
    """Compare or write the files; return the exit status."""
    with locks.exclusive("setup", "Waiting for another command that sets things up"):
        environment.ensure()
    code, output, errors = processes.output_of(
        [paths.PYTHON, SCRIPT, action, Path(exported), TEMPLATE], cwd=paths.ROOT
    )
    print((output + errors).rstrip() or "    nothing to change", flush=True)
    return code
