"""Make the page of the app list, static/description/index.html, of README.rst.

Started by ``./dev fmt``, and with ``--check`` by ``./dev lint``.
"""

import re
import sys
from pathlib import Path

from docutils.core import publish_parts

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "README.rst"
TARGET = ROOT / "static/description/index.html"
#: a link to a file of this addon, which neither Odoo nor the app store shows
LOCAL_LINK = re.compile(r'<a class="reference external" href="(?!\w+:)[^"]+">(.*?)</a>', re.DOTALL)
SETTINGS = {
    "embed_stylesheet": False,
    "halt_level": 2,  # a warning is an error
    "initial_header_level": 2,
    "report_level": 2,
    "syntax_highlight": "none",
    "toc_backlinks": False,
}


def page():
    """Return the page: the part of a page that Odoo puts into its own."""
    parts = publish_parts(
        SOURCE.read_text(),
        source_path=str(SOURCE.relative_to(ROOT)),
        writer="html5",
        settings_overrides=SETTINGS,
    )
    # paths of images are relative to the page, in Odoo and in the app store
    body = parts["html_body"].replace('src="static/', 'src="../').replace("\r", "")
    body = LOCAL_LINK.sub(r"\1", body)
    return f'<section class="oe_container">\n{body.strip()}\n</section>\n'


def main(arguments):
    """Write the page, or tell whether it is what would be written; return the exit status."""
    text = page()
    if "--check" not in arguments:
        TARGET.write_text(text)
        return 0
    if TARGET.is_file() and TARGET.read_text() == text:
        return 0
    print(f"{TARGET.relative_to(ROOT)} is older than README.rst: ./dev fmt renews it.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
