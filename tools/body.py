# Part of mail_tracking. Licence: LGPL-3.
"""The pixel in the HTML of a mail: put one in, take ours out.

Both work on the text, never by parsing and writing the document anew: a parser would repair what
the author and the mail programs agreed on (conditional comments, doctypes, stray tags).
"""

import binascii
import contextlib
import re
from email import quoprimime
from email.message import EmailMessage
from html import escape, unescape
from urllib.parse import parse_qsl, urlsplit

from .html_tags import tags

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
#: mails whose body must not be touched: who reads them checks it
_SEALED = frozenset({"multipart/signed", "multipart/encrypted"})
#: proxies wrap an address in another one; nobody wraps deeper than this
_MAX_WRAPS = 3

_PIXEL = (
    '<img src="%s" width="1" height="1" alt="" data-odoo-mail-tracking="1"'
    ' style="display:block;width:1px;height:1px;border:0;margin:0;padding:0;"/>'
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


def add_pixel_to_message(message: EmailMessage, url: str) -> bool:
    """Put the pixel into the HTML part of a mail, and into no other.

    What is signed or encrypted stays as it is. Of S/MIME in one piece (`application/pkcs7-mime`)
    no HTML part can be seen.

    :param EmailMessage message: a mail that is ready to be sent; stays as it is if anything fails.
    :param str url: absolute address of the pixel, not escaped.
    :return bool: whether the mail has an HTML part that may be changed.
    :raise LookupError: the part is in a character set that Python does not know.
    :raise UnicodeError: the part cannot be written in UTF-8.
    """
    part = message.get_body(("html",))
    if part is None or _is_sealed(message, part):
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


def _is_sealed(message: EmailMessage, part: EmailMessage) -> bool:
    """Tell whether a change of this part would break a signature."""
    return "DKIM-Signature" in message or any(
        outer.get_content_type() in _SEALED and any(inner is part for inner in outer.walk())
        for outer in message.walk()
    )


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
        and not _is_long(html)
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
    for tag in tags(html):
        if tag.name == "img" and _is_pixel(unescape(tag.src)):
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
