# Part of mail_tracking. Licence: LGPL-3.
"""The pixel in the HTML of a mail: put one in, take ours out; and the line at the foot.

All work on the text, never by parsing and writing the document anew: a parser would repair what
the author and the mail programs agreed on (conditional comments, doctypes, stray tags).

The scanner follows the tokenisation of the HTML standard as far as tags, attributes, comments and
raw text go, in one pass and linear time.
Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

#: what the path of a pixel's address begins with: today's route, and the one of older versions
PIXEL_PATHS = ("/mail/tracking/open/", "/mail_tracking/open/")

#: every pixel address holds this word, however it is escaped or wrapped
_HINT = "tracking"
#: Gmail cuts off what lies beyond 102 kB, and shows it on demand; services make links longer
MAX_SHOWN = 90_000
#: elements that stand before the content of a document
_HEAD = frozenset({"html", "head", "meta", "title", "link", "style", "script", "base", "noscript"})
_PROLOG = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype[^>]*>)?", re.IGNORECASE)
#: what is no document has no body of its own, but may quote one
_DOCUMENT = re.compile(r"\s*<(?:html|head)\b", re.IGNORECASE)
#: proxies wrap an address in another one; nobody wraps deeper than this
_MAX_WRAPS = 3

_PIXEL = (
    '<img src="%s" width="1" height="1" alt="" data-odoo-mail-tracking="1"'
    ' style="display:block;width:1px;height:1px;border:0;margin:0;padding:0;"/>'
)
#: Both colours are set, so that the one stands out from the other (7 : 1) on any ground; no class
#: and no style sheet, which mail programs drop.
_FOOT = (
    '<div lang="%(lang)s" dir="%(direction)s" style="margin:16px 0 0;padding:8px 0;'
    "background-color:#ffffff;color:#595959;font-family:Arial,Helvetica,sans-serif;"
    'font-size:12px;line-height:18px;">%(sentence)s <a href="%(url)s" rel="noreferrer"'
    ' style="color:#595959;text-decoration:underline;">%(words)s</a></div>'
)
_OPENER = re.compile(r"<(?:!--|(/?)([a-z][^\s/>]*))", re.IGNORECASE | re.ASCII)
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?:(?P<close>>)|(?P<name>[^\s/>][^\s/>=]*)
    (?:\s*=\s*(?:"(?P<double>[^"]*)(?:"|\Z)|'(?P<single>[^']*)(?:'|\Z)
    |(?P<bare>[^\s>"'][^\s>]*)|(?=>)))?)""",
    re.VERBOSE | re.ASCII,
)
#: elements whose content is text, not tags
_RAW_TEXT = frozenset({"script", "style", "textarea", "title", "xmp"})


def add_pixel(html: str, url: str) -> str:
    """Put exactly one pixel into a mail: at the end of its content, or at the top of a long one.

    Pixels of ours that are already there (the mail is sent again, or quotes another one) are taken
    out first. All other characters stay as they are. An empty body gets a pixel too: it is then
    an HTML mail that consists of nothing else.

    :param str html: a fragment, a whole document, or neither of them well-formed; may be empty.
    :param str url: absolute address of the pixel, not escaped.
    :return str: the same HTML with the pixel before the last `</body>`, else before the last
        `</html>`, else at its end; in a long one, where the content begins.
    """
    html = strip_pixels(html or "")
    position = _start_of_content(html) if _is_long(html) else _end_of_content(html)
    # join, because a Markup object would escape what is added to it
    return "".join((html[:position], _PIXEL % escape(url), html[position:]))


class Foot(NamedTuple):
    """The line at the foot of a mail; nothing is escaped yet."""

    sentence: str
    words: str  #: of the link
    url: str
    lang: str = ""  #: as HTML names it
    direction: str = "ltr"


def add_foot(html: str, foot: Foot) -> str:
    """Put a line at the end of the content of a mail, where a pixel goes after it.

    :param str html: as for `add_pixel`.
    """
    html = html or ""
    position = _end_of_content(html)
    line = _FOOT % {name: escape(value) for name, value in foot._asdict().items()}
    return "".join((html[:position], line, html[position:]))


def add_text_foot(text: str, foot: Foot) -> str:
    """Put the same line at the end of the plain text of a mail."""
    # no colon: languages put other things before it
    line = f"{foot.sentence}\n{foot.words}\n{foot.url}\n"
    return f"{text.rstrip()}\n\n{line}" if text.strip() else line


def strip_pixels(html: str) -> str:
    """Take out every image that is a pixel of ours, on whatever host.

    Also those behind the image proxies of Gmail (address in the fragment) and Yahoo (address in
    the query).

    :param str html: any HTML.
    :return str: the very same object when there is no pixel. Never raises; linear time.
    """
    if not html or _HINT not in html:
        return html
    return _strip(html, _is_pixel)


def strip_images(html: str, part: str) -> str:
    """Take out every image whose address holds a text.

    :return str: the very same object when there is none.
    """
    if not html or part not in html:
        return html
    return _strip(html, lambda address: part in address)


def strip_recipient(html: str, number: int) -> str:
    """Take the number of a recipient off the short links of link_tracker, `/r/CODE/m/NUMBER`.

    :param int number: of the recipient, 0 for none.
    """
    return re.sub(
        rf"(/r/[^/\s\"'<>?#]+)/m/{int(number)}(?![\w/])", r"\1", html or "", flags=re.ASCII
    )


def _strip(html: str, is_unwanted) -> str:
    """Take out the images whose address, no longer escaped, is unwanted."""
    pieces, position = [], 0
    for tag in tags(html):
        if tag.name == "img" and is_unwanted(unescape(tag.src)):
            pieces.append(html[position : tag.start])
            position = tag.end
    if not position:
        return html
    return "".join((*pieces, html[position:]))


def _is_long(html: str) -> bool:
    # characters first: it is quicker, and enough for nearly all mails
    return len(html) * 4 > MAX_SHOWN and len(html.encode("utf-8", "replace")) > MAX_SHOWN


def _start_of_content(html: str) -> int:
    """Find where the content begins that a reader's program shows.

    Before hidden text for the preview and not in it, where no image is loaded.
    """
    position = _PROLOG.match(html).end()
    is_document = bool(_DOCUMENT.match(html, position))
    is_head = True
    for tag in tags(html):
        if tag.name == "body" and (is_head or tag.start < MAX_SHOWN // 2):
            return tag.end
        is_head = is_head and tag.name.strip("/") in _HEAD
        if is_head:
            position = tag.end
        elif not is_document:
            break
    return position


def _end_of_content(html: str) -> int:
    """Find where more content can be put so that a reader's program shows it."""
    last = {tag.name: tag.start for tag in tags(html)}
    # An unfinished tag, comment or raw text swallows all that follows, so stay before it.
    for name in ("/body", "/html", ""):
        if name in last:
            return last[name]
    return len(html)


def _is_pixel(address: str, wraps: int = _MAX_WRAPS) -> bool:
    """Tell whether an address, or one wrapped in it, leads to a pixel of ours."""
    if _HINT not in address:
        return False
    try:
        parts = urlsplit(address.strip())
        inner = [parts.fragment, *(value for _key, value in parse_qsl(parts.query))]
    except ValueError:  # an unclosed bracket in the host, too many fields
        return False
    if parts.scheme.lower() in ("", "http", "https"):
        # a base address that ends with a slash doubles it
        if re.sub("^/+", "/", parts.path).startswith(PIXEL_PATHS):
            return True
    return wraps > 0 and any(_is_pixel(value, wraps - 1) for value in inner if "/" in value)


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
