"""Write and compare translation files; started by ``translations.py``.

``write EXPORTED TEMPLATE`` makes the template of what Odoo exported and brings the files
beside it up to date; ``check`` with the same arguments tells whether there is anything to do.
"""

import sys
from pathlib import Path

import polib

WIDTH = 78
#: fields that all models with a chatter get from us, those of other addons as well
INHERITED = ("__failed_message_ids",)
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


def template_of(exported):
    """Return the template: without dates, which would differ with each export.

    :param Path exported: what Odoo wrote
    :rtype: polib.POFile
    """
    template = polib.pofile(str(exported), wrapwidth=WIDTH)
    template.metadata = dict(METADATA)
    for entry in template:
        entry.msgstr = ""
    return template


def merged(template, target):
    """Return the file of one language with the texts of the template, and no others.

    :param polib.POFile template: all texts
    :param Path target: the file as it is
    :rtype: polib.POFile
    """
    known = polib.pofile(str(target), wrapwidth=WIDTH)
    translations = {entry.msgid: entry.msgstr for entry in known if not entry.obsolete}
    result = polib.pofile(str(template), wrapwidth=WIDTH)
    result.header = known.header
    result.metadata = dict(known.metadata)
    for entry in result:
        entry.msgstr = translations.get(entry.msgid, "")
    return result


def places(entry):
    """Return where a text stands, without what depends on the other addons of the database."""
    return [place for place, _line in entry.occurrences if not place.endswith(INHERITED)]


def check(template, target):
    """Print how the template on disk differs; return the exit status."""
    old = polib.pofile(str(target)) if target.is_file() else []
    before = {entry.msgid: places(entry) for entry in old}
    after = {entry.msgid: places(entry) for entry in template}
    for sign, texts in (("+", after.keys() - before.keys()), ("-", before.keys() - after.keys())):
        for text in sorted(texts):
            print(f"    {sign} {text!r}")
    if before == after:
        return 0
    print(f"{target.name} is older than the texts of the addon: ./dev i18n renews it.")
    return 1


def write(template, target):
    """Write the template and the files of all languages; tell what they lack."""
    template.save(str(target))
    print(f"    {target.name}: {len(template)} texts")
    for path in sorted(target.parent.glob("*.po")):
        language = merged(str(target), path)
        language.save(str(path))
        print(f"    {path.name}: {len(language.untranslated_entries())} left to translate")
    return 0


def main(action, exported, target):
    """Write or check; return the exit status."""
    template = template_of(Path(exported))
    return {"write": write, "check": check}[action](template, Path(target))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
