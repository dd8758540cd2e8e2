# Part of mail_tracking. Licence: LGPL-3.
"""The tags of an HTML text, and where they stand in it.

The scanner follows the tokenisation of the HTML standard as far as tags, attributes, comments and
raw text go, in one pass and linear time.
Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_OPENER = re.compile(r"<(?:!--|(/?)([a-z][^\s/>]*))", re.IGNORECASE | re.ASCII)
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?:(?P<close>>)|(?P<name>[^\s/>][^\s/>=]*)
    (?:\s*=\s*(?:"(?P<double>[^"]*)(?:"|\Z)|'(?P<single>[^']*)(?:'|\Z)
    |(?P<bare>[^\s>"'][^\s>]*)|(?=>)))?)""",
    re.VERBOSE | re.ASCII,
)
#: elements whose content is text, not tags
_RAW_TEXT = frozenset({"script", "style", "textarea", "title", "xmp"})


class Tag(NamedTuple):
    start: int
    end: int
    name: str  #: lower case, with a leading slash for an end tag; empty for an unfinished one
    src: str  #: as written, of an image


def tags(html: str) -> Iterator[Tag]:
    """Yield the tags of a document outside comments and raw text, in order.

    Something unfinished at the end is yielded as a last tag without a name.
    """
    position = 0
    while opener := _OPENER.search(html, position):
        start, name, src = opener.start(), "", ""
        if opener[2]:
            name = opener[1] + opener[2].lower()
            position, src = _read_attributes(html, opener.end())
        else:
            position = _end_of_comment(html, start)
        if position and name in _RAW_TEXT:
            position = _end_of_raw_text(html, name, position)
        if not position:
            yield Tag(start, len(html), "", "")
            return
        if name:
            yield Tag(start, position, name, src)


def _end_of_comment(html: str, start: int) -> int:
    """Return the position after a comment, 0 when it has no end."""
    # `<!-->` is a whole comment: its end may share the two dashes of its beginning
    end = html.find("-->", start + 2)
    return end + 3 if end >= 0 else 0


def _end_of_raw_text(html: str, name: str, position: int) -> int:
    """Return where the end tag of a raw text element begins, 0 when there is none."""
    match = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE | re.ASCII).search(html, position)
    return match.start() if match else 0


def _read_attributes(html: str, position: int) -> tuple[int, str]:
    """Return the position after the tag's `>` (0: there is none) and its first `src`."""
    src = None
    while match := _ATTRIBUTE.match(html, position):
        position = match.end()
        if match["close"]:
            return position, src or ""
        if src is None and match["name"].lower() == "src":
            src = match["double"] or match["single"] or match["bare"] or ""
    return 0, ""
