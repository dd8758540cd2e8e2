# Part of mail_tracking. Licence: LGPL-3.
"""The pixel in the HTML of a mail: put one in, take ours out.

Both work on the text, never by parsing and writing the document anew: a parser would repair what
the author and the mail programs agreed on (conditional comments, doctypes, stray tags). The
scanner follows the tokenisation of the HTML standard as far as tags, attributes, comments and raw
text go, in one pass and linear time.
Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

import binascii
import contextlib
import re
from collections.abc import Iterator
from email import quoprimime
from email.message import EmailMessage
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

#: what the path of a pixel's address begins with: today's route, and the one of older versions
PIXEL_PATHS = ("/mail/tracking/open/", "/mail_tracking/open/")

#: every pixel address holds this word, however it is escaped or wrapped
_HINT = "tracking"
#: proxies wrap an address in another one; nobody wraps deeper than this
_MAX_WRAPS = 3

_PIXEL = (
    '<img src="%s" width="1" height="1" alt="" data-odoo-mail-tracking="1"'
    ' style="display:block;width:1px;height:1px;border:0;margin:0;padding:0;"/>'
)

_OPENER = re.compile(r"<(?:!--|(/?)([a-z][^\s/>]*))", re.IGNORECASE | re.ASCII)
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?:(?P<close>>)|(?P<name>[^\s/>][^\s/>=]*)
    (?:\s*=\s*(?:"(?P<double>[^"]*)(?:"|\Z)|'(?P<single>[^']*)(?:'|\Z)
    |(?P<bare>[^\s>"'][^\s>]*)|(?=>)))?)""",
    re.VERBOSE | re.ASCII,
)
#: how a document of today ends, and the same with the soft line breaks of quoted-printable
_BODY_END = re.compile(r"</body\s*>\s*(?:</html\s*>\s*)?\Z", re.IGNORECASE)
_ENCODED_BODY_END = re.compile("(?:=\r?\n)?".join("</body"), re.IGNORECASE)
#: base64 as Python writes it: lines of so many characters, the end of the line among them
_BASE64_LINE = 77
#: lines of it in which the end tag of the body is looked for
_BASE64_TAIL = 6
#: what may hide an end tag: comments and raw text; two letters ahead tell most tags apart sooner
_UNPLAIN = re.compile(
    r"<(?=[!instpx][-cefilmot])(?:!--|(?:script|style|textarea|title|xmp|noscript|iframe|plaintext)\b)",
    re.IGNORECASE,
)
#: and attributes in single quotes
_SINGLE_QUOTED = re.compile(r"=\s*'")
#: elements whose content is text, not tags
_RAW_TEXT = frozenset({"script", "style", "textarea", "title", "xmp"})


class _Tag(NamedTuple):
    start: int
    end: int
    name: str  #: lower case, with a leading slash for an end tag; empty for an unfinished one
    src: str  #: as written, of an image


def add_pixel(html: str, url: str) -> str:
    """Put exactly one pixel at the end of a mail's content.

    Pixels of ours that are already there (the mail is sent again, or quotes another one) are taken
    out first. All other characters stay as they are. An empty body gets a pixel too: it is then
    an HTML mail that consists of nothing else.

    :param str html: a fragment, a whole document, or neither of them well-formed; may be empty.
    :param str url: absolute address of the pixel, not escaped.
    :return str: the same HTML with the pixel before the last `</body>`, else before the last
        `</html>`, else at its end.
    """
    html = strip_pixels(html or "")
    position = _end_of_content(html)
    # join, because a Markup object would escape what is added to it
    return "".join((html[:position], _PIXEL % escape(url), html[position:]))


def add_pixel_to_message(message: EmailMessage, url: str) -> bool:
    """Put the pixel into the HTML part of a mail, and into no other.

    :param EmailMessage message: a mail that is ready to be sent; stays as it is if anything fails.
    :param str url: absolute address of the pixel, not escaped.
    :return bool: whether the mail has an HTML part.
    :raise LookupError: the part is in a character set that Python does not know.
    :raise UnicodeError: the part cannot be written in UTF-8.
    """
    part = message.get_body(("html",))
    if part is None:
        return False
    html = _read_html(part)
    payload = _insert_encoded(part, url) if _ends_plainly(html) else ""
    if payload:
        part.set_payload(payload)
        return True
    # written aside first: a mail without its content would be worse than one without a pixel
    fresh = EmailMessage(policy=part.policy)
    fresh.set_content(add_pixel(html, url), subtype="html", charset="utf-8")
    part.set_param("charset", "utf-8")
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = fresh["Content-Transfer-Encoding"]
    part.set_payload(fresh.get_payload())
    return True


def _read_html(part: EmailMessage) -> str:
    """The text of an HTML part; of nearly all that Odoo sends in a third of the time."""
    encoding, kind = part["Content-Transfer-Encoding"], part["Content-Type"]
    # asked of the parsed header: get_content_charset parses it once more
    if encoding == "base64" and kind.params.get("charset") == "utf-8":
        with contextlib.suppress(ValueError):  # get_content makes the best of what is broken
            return binascii.a2b_base64(part.get_payload()).decode()
    return part.get_content()


def _ends_plainly(html: str) -> bool:
    """Tell whether a pixel can go before the end tag of the body without a closer look.

    That holds for nearly all that Odoo renders. Nothing is to be taken out, and nothing in there
    can make the end tag part of something else: no comment, no raw text, no open quote.
    """
    return bool(
        _HINT not in html
        and _BODY_END.search(html, max(0, len(html) - 100))
        and html.count('"') % 2 == 0
        and not _UNPLAIN.search(html)
        and not ("'" in html and _SINGLE_QUOTED.search(html))
    )


def _insert_encoded(part: EmailMessage, url: str) -> str:
    """Put the pixel into what was encoded already: to encode all again costs most of a send.

    :return str: the new payload; empty where the end tag of the body is not found in there, or
        the encoding is another one.
    """
    payload, pixel = part.get_payload(), _PIXEL % escape(url)
    encoding = part.get("Content-Transfer-Encoding", "7bit").lower()
    if encoding == "quoted-printable":
        # soft line breaks around it: no line gets longer
        pixel = f"=\n{quoprimime.body_encode(pixel, maxlinelen=76)}=\n"
    elif encoding == "7bit":
        pixel = f"\n{pixel}\n"
    elif encoding == "base64":
        return _insert_base64(payload, pixel)
    else:
        return ""
    ends = list(_ENCODED_BODY_END.finditer(payload, max(0, len(payload) - 300)))
    if not ends:
        return ""
    return "".join((payload[: ends[-1].start()], pixel, payload[ends[-1].start() :]))


def _insert_base64(payload: str, pixel: str) -> str:
    """Do that in base64: nearly all that Odoo sends, for the invisible characters in its preview.

    Only the last lines are decoded and written anew; all have to be as Python writes them.
    """
    start = max(0, len(payload) // _BASE64_LINE - _BASE64_TAIL) * _BASE64_LINE
    head, tail = payload[:start], payload[start:]
    breaks = "\n" * (start // _BASE64_LINE)
    if head[_BASE64_LINE - 1 :: _BASE64_LINE] != breaks or "=" in head:
        return ""
    try:
        content = binascii.a2b_base64(tail)
    except binascii.Error:
        return ""
    position = content.lower().rfind(b"</body")
    if position < 0 or _as_base64(content) != tail:
        return ""
    return head + _as_base64(content[:position] + pixel.encode() + content[position:])


def _as_base64(content: bytes) -> str:
    text = binascii.b2a_base64(content, newline=False).decode("ascii")
    width = _BASE64_LINE - 1
    return "".join(f"{text[start : start + width]}\n" for start in range(0, len(text), width))


def strip_pixels(html: str) -> str:
    """Take out every image that is a pixel of ours, on whatever host.

    Also those behind the image proxies of Gmail (address in the fragment) and Yahoo (address in
    the query).

    :param str html: any HTML.
    :return str: the very same object when there is no pixel. Never raises; linear time.
    """
    if not html or _HINT not in html:
        return html
    pieces, position = [], 0
    for tag in _tags(html):
        if tag.name == "img" and _is_pixel(unescape(tag.src)):
            pieces.append(html[position : tag.start])
            position = tag.end
    if not position:
        return html
    return "".join((*pieces, html[position:]))


def _end_of_content(html: str) -> int:
    """Find where more content can be put so that a reader's program shows it."""
    last = {tag.name: tag.start for tag in _tags(html)}
    # An unfinished tag, comment or raw text swallows all that follows, so stay before it.
    for name in ("/body", "/html", ""):
        if name in last:
            return last[name]
    return len(html)


def _tags(html: str) -> Iterator[_Tag]:
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
            yield _Tag(start, len(html), "", "")
            return
        if name:
            yield _Tag(start, position, name, src)


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
