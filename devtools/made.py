"""What ``./dev fmt`` makes of other files, and ``./dev lint`` compares with them."""

import re
import sys

from docutils.core import publish_parts

from bench import page as benchmarks

from . import states
from .base import ROOT, put_between

README = ROOT / "README.rst"
PAGE = ROOT / "static/description/index.html"
ARCHITECTURE = ROOT / "doc/architecture.md"
BEGIN, END = "<!-- ./dev fmt makes this table of tools/state.py -->", "<!-- end of the table -->"
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
    """Return the page of the app list: the part of a page that Odoo puts into its own."""
    parts = publish_parts(
        README.read_text(),
        source_path=README.name,
        writer="html5",
        settings_overrides=SETTINGS,
    )
    # paths of images are relative to the page, in Odoo and in the app store
    body = parts["html_body"].replace('src="static/', 'src="../').replace("\r", "")
    body = LOCAL_LINK.sub(r"\1", body)
    return f'<section class="oe_container">\n{body.strip()}\n</section>\n'


def architecture():
    return put_between(BEGIN, END, states.table(), ARCHITECTURE.read_text())


def main(arguments):
    """Write the files, or tell which ones are not what would be written."""
    status = 0
    made = ((PAGE, page()), (ARCHITECTURE, architecture()), (benchmarks.PAGE, benchmarks.page()))
    for file, text in made:
        if "--check" not in arguments:
            file.write_text(text)
        elif not file.is_file() or file.read_text() != text:
            print(f"{file.relative_to(ROOT)} is older than its sources: ./dev fmt renews it.")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
