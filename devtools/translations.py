"""``./dev i18n``: the texts to translate, in ``i18n/mail_tracking.pot`` and the ``.po`` files.

Odoo itself exports them, out of a database with the addon and out of the sources. It reads
the sources of everything below an addon's folder, so it gets a copy without what serves
development only. The files are compared and written by this module as a program, with polib.
"""

import shutil
import sys

from . import base, lint, odoo_command, processes
from .base import ADDON

TEMPLATE = base.ROOT / "i18n" / f"{ADDON}.pot"
COPY = base.CACHE / "i18n"
EXPORTED = COPY / TEMPLATE.name
#: what is no part of the running addon
LEFT_OUT = ("bench/", "devtools/", "tests/", "static/tests/", "doc/", "i18n/")
WIDTH = 78
#: the place of a field that all models with a chatter get, those of other addons as well
ON_THREADS = "mail_tracking.field_mail_thread__"
#: a field that ``sms`` gives them: on our models it is named by whichever addon is loaded first
OF_OTHERS = "__message_has_sms_error"
#: Odoo's own habit for files of one addon
METADATA = {
    "Project-Id-Version": "mail_tracking 19.0",
    "Report-Msgid-Bugs-To": "",
    "Last-Translator": "",
    "Language-Team": "",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "",
}


def renew():
    with odoo_command.installed("i18n") as (odoo, database):
        return act("write", odoo, database)


def count(odoo, database):
    """Compare the template with the texts of the addon; return how much passed and failed."""
    return (0, 1) if act("check", odoo, database) else (1, 0)


def act(action, odoo, database):
    """Have Odoo export the texts; compare or write the files."""
    base.step("Texts to translate")
    shutil.rmtree(COPY, ignore_errors=True)
    for name in lint.tracked():
        if not name.startswith(LEFT_OUT):
            target = COPY / "addons" / ADDON / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(base.ROOT / name, target)
    folders = [odoo.source.python_path / "odoo/addons", *odoo.source.addons, COPY / "addons"]
    config = COPY / "odoo.conf"
    config.write_text(
        f"[options]\naddons_path = {','.join(map(str, folders))}\ndata_dir = {base.DATA}\n"
    )
    log = processes.fresh_log("i18n-export")
    command = [base.PYTHON, "-m", "odoo", "i18n", "export", "-c", config, "-d", database]
    command += ["-l", "pot", "-o", EXPORTED, ADDON]
    code = processes.run("odoo", command, log, cwd=base.HOME, env=odoo.environ)
    odoo_command.check("Odoo cannot export the texts to translate", code, log)
    command = [base.PYTHON, "-m", __name__, action]
    code, output, errors = processes.output_of(command, cwd=base.ROOT)
    print((output + errors).rstrip() or "    nothing to change", flush=True)
    return code


def check(template, polib):
    """Print how the template on disk differs; return the exit status."""

    def places(file):
        """Text -> where it stands, without what depends on the other addons of the database."""
        found = {entry.msgid: [place for place, _n in entry.occurrences] for entry in file}
        inherited = tuple(
            "__" + place.partition(ON_THREADS)[2]
            for occurrences in found.values()
            for place in occurrences
            if ON_THREADS in place
        )
        left_out = (*inherited, OF_OTHERS)
        own = {
            text: [place for place in occurrences if not place.endswith(left_out)]
            for text, occurrences in found.items()
        }
        return {text: occurrences for text, occurrences in own.items() if occurrences}

    before, after = places(polib.pofile(str(TEMPLATE))), places(template)
    for sign, texts in (("+", after.keys() - before.keys()), ("-", before.keys() - after.keys())):
        for text in sorted(texts):
            print(f"    {sign} {text!r}")
    if before == after:
        return 0
    print(f"{TEMPLATE.name} is older than the texts of the addon: ./dev i18n renews it.")
    return 1


def write(template, polib):
    template.save(str(TEMPLATE))
    print(f"    {TEMPLATE.name}: {len(template)} texts")
    for path in sorted(TEMPLATE.parent.glob("*.po")):
        known = polib.pofile(str(path), wrapwidth=WIDTH)
        translations = {entry.msgid: entry.msgstr for entry in known if not entry.obsolete}
        language = polib.pofile(str(TEMPLATE), wrapwidth=WIDTH)
        language.header, language.metadata = known.header, dict(known.metadata)
        for entry in language:
            entry.msgstr = translations.get(entry.msgid, "")
        language.save(str(path))
        print(f"    {path.name}: {len(language.untranslated_entries())} left to translate")
    return 0


def main(action):
    import polib

    # without dates, which would differ with each export
    template = polib.pofile(str(EXPORTED), wrapwidth=WIDTH)
    template.metadata = dict(METADATA)
    for entry in template:
        entry.msgstr = ""
    return {"write": write, "check": check}[action](template, polib)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
