# Part of mail_tracking. Licence: LGPL-3.
"""Reading the mail of strangers without ever raising: source, headers, parts, texts, fields.

Python's parser raises on some broken content types, and takes time that grows with the depth of
a mail times its length. The header properties of :mod:`email` parse lazily and may raise as well,
so only raw values are read here. Everything is bounded.
"""

import base64
import codecs
import contextlib
import quopri
import re
import string
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.utils import mktime_tz, parsedate_tz
from itertools import islice

#: Header values stay what was written: the other policies parse them, and raise on some.
POLICY = policy.compat32.clone(message_factory=EmailMessage)

#: bytes of a mail that are looked at, and parts that mails of real life do not have
MAX_BYTES = 50_000_000
MAX_BOUNDARIES = 100
#: bounds: characters of a header value, of a text; parts of a mail, texts; levels; fields of a part
MAX_VALUE = 4_000
MAX_FIELD = 20_000
MAX_TEXT = 1_000_000
MAX_PARTS = 200
MAX_TEXTS = 10
MAX_DEPTH = 20
MAX_FIELDS = 20_000
MAX_HEADERS = 200
#: last second of the year 9999
MAX_TIME = 253402300799

#: byte order mark
BOM = "\ufeff"

ORIGINAL_TYPES = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
)

#: what the parser was seen to raise, and what code of its kind may raise
_ERRORS = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)

#: begins a run of characters in ISO 2022; the widest charset of that kind that Python knows
_SHIFT = "\x1b$"
_SEVEN_BIT = "iso2022_jp_2"
_SEVEN_BIT_CHARSETS = ("utf-7", "hz-gb-2312", "hz")
#: codecs of Python that no mail is written in; one of them takes quadratic time
_NO_CHARSETS = ("punycode", "idna", "unicode_escape", "raw_unicode_escape")
_NOT_BASE64 = bytes(set(range(256)) - set(string.ascii_letters.encode() + b"0123456789+/"))

_BREAKS = re.compile(r"[\r\n]+[ \t]*")
_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]{0,20}:[ \t]*(.*)", re.ASCII | re.DOTALL)
_REPLY_LINE = re.compile(r"[ \t]{1,20}[245]\d\d[ -]", re.ASCII)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")
_ANGLE = re.compile(r"<\s{0,9}([^<>\s@]{1,64}@[^<>\s@]{1,255})\s{0,9}>")
_BARE = re.compile(r"[^\s<>@,;:\"'()]{1,64}@[^\s<>@,;:\"'()]{1,255}")
_TAG = re.compile(r"<[^<>]{0,4000}>")
_BLOCK_TAG = re.compile(r"<(?:br|p|div|tr|li|h[1-6]|table|/p|/div|/tr)\b[^<>]{0,4000}>", re.I)


def parse(data: bytes) -> EmailMessage:
    """Parse the source of a mail.

    :param bytes data: anything; only the first `MAX_BYTES` count.
    :return EmailMessage: only with its headers where its parts cannot be told apart.
    """
    data = data[:MAX_BYTES].removeprefix(codecs.BOM_UTF8)
    if data.lower().count(b"boundary") <= MAX_BOUNDARIES:
        # too deep, or a content type that Python stumbles over
        with contextlib.suppress(*_ERRORS):
            return message_from_bytes(data, policy=POLICY)
    return BytesHeaderParser(policy=POLICY).parsebytes(data)


def header(message: Message, name: str, *, limit: int = MAX_VALUE) -> str:
    """Return the first header of that name, unfolded and decoded, or the empty text."""
    name = name.lower()
    for key, value in message.raw_items():
        if key.lower() == name:
            return decoded(value, limit)
    return ""


def has_header(message: Message, *names: str) -> bool:
    """Tell whether one of the headers (lower-case names) is there."""
    return any(key.lower() in names for key, _value in message.raw_items())


def decoded(value, limit: int = MAX_VALUE) -> str:
    """Make a raw header value readable: unfold it, repair its bytes, decode RFC 2047 words."""
    value = _BREAKS.sub(" ", repaired(str(value)[:limit])).strip()
    if "=?" in value:
        # what cannot be decoded stays as it was written
        with contextlib.suppress(MessageError, ValueError, LookupError, TypeError):
            value = "".join(
                piece if isinstance(piece, str) else as_text(piece, charset)
                for piece, charset in decode_header(value)
            )
    return value.replace("\x00", "")


def content_type(part: Message) -> str:
    """Return the lower-case type of a part, `text/plain` when it does not say."""
    value = header(part, "content-type").partition(";")[0].strip().lower()
    return value if "/" in value else "text/plain"


def parameter(part: Message, name: str) -> str:
    """Return a parameter of the content type, lower-case."""
    match = re.search(
        rf";\s*{name}\s*=\s*\"?([^\";\s]{{1,100}})", header(part, "content-type"), re.I
    )
    return match[1].lower() if match else ""


def parts(message: Message) -> list[Message]:
    """List the leaves of a mail in order; enclosed mails and reports are leaves, not entered."""
    leaves, stack = [], [(message, 0)]
    while stack and len(leaves) < MAX_PARTS:
        part, depth = stack.pop()
        children = _children(part)
        if children and depth < MAX_DEPTH and not content_type(part).startswith("message/"):
            stack.extend((child, depth + 1) for child in reversed(children[:MAX_PARTS]))
        else:
            leaves.append(part)
    return leaves


def source(part: Message) -> str:
    """Return the decoded text of a leaf.

    The parser splits what is inside `message/*` into headers and bodies, wrongly so for encoded
    parts and for `message/global-delivery-status`. So it is put together again first.

    :param Message part: a leaf as `parts` lists them.
    :return str: at most `MAX_TEXT` characters, lines separated by `\\n`.
    """
    pieces, size = [], 0
    for text in _pieces(part, 0):
        pieces.append(text[: MAX_TEXT - size])
        size += len(pieces[-1])
        if size >= MAX_TEXT:
            break
    charset = parameter(part, "charset") if content_type(part).startswith("text/") else "utf-8"
    encoding = header(part, "content-transfer-encoding").lower()
    text = transfer_decoded("\n\n".join(pieces)[:MAX_TEXT], encoding, charset)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return text.replace(BOM, "")


def body_text(message: Message) -> str:
    """Return what a person would read first: plain text, else HTML without its tags."""
    html = broken = ""
    for part in parts(message):
        kind = content_type(part)
        if kind == "text/plain" and (text := source(part)).strip():
            return text
        if kind == "text/html" and not html:
            html = source(part)
        elif kind.startswith("multipart/") and not broken:
            broken = source(part)  # its boundary is wrong, so nothing was split
    if broken and not html:
        return broken
    return _TAG.sub(" ", _BLOCK_TAG.sub("\n", html)).replace("&lt;", "<").replace("&gt;", ">")


def lines(text: str) -> Iterator[str]:
    """Yield the lines of a text one by one: a list of them takes many times its memory."""
    begin = 0
    while (end := text.find("\n", begin)) >= 0:
        yield text[begin:end]
        begin = end + 1
    yield text[begin:]


def all_texts(leaves: list[Message]) -> str:
    """Return the plain texts of a mail one after the other."""
    plain = [part for part in leaves if content_type(part) == "text/plain"]
    return "\n\n".join(map(source, plain[:MAX_TEXTS]))


def fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield (lower-case name, unfolded value) of every field; a blank line yields ("", "").

    The lines of an SMTP reply stay lines.
    """
    name, values, size, count = "", [], 0, 0
    for line in lines(text):
        if name and line[:1] in (" ", "\t") and line.strip():
            if size < MAX_FIELD:
                values.append(("\n" if _REPLY_LINE.match(line) else " ") + line.strip())
                size += len(values[-1])
            continue
        if name:
            yield name, "".join(values)[:MAX_FIELD].strip()
            count += 1
        name = ""
        if count >= MAX_FIELDS:
            return
        if not line.strip():
            yield "", ""
        elif match := _FIELD.match(line):
            name, values, size = match[1].lower(), [match[2].strip()], 0
    if name:
        yield name, "".join(values)[:MAX_FIELD].strip()


def enclosed(leaves: list[Message]) -> Iterator[Message]:
    """Yield the mails that are attached as a whole."""
    for part in leaves:
        if content_type(part) == "message/rfc822":
            yield from _children(part)[:1]


def original_headers(leaves: list[Message], depth: int = 0) -> dict[str, str]:
    """Return the headers of the returned mail: lower-case names, the first of each name."""
    for part in leaves:
        if content_type(part) not in ORIGINAL_TYPES:
            continue
        children = _children(part)
        nested = children[0] if children else None
        if nested and depth < 2 and content_type(nested) == "multipart/report":
            # a report about a report: ours is the mail that the inner one is about
            if found := original_headers(parts(nested), depth + 1):
                return found
        if nested and (found := _bounded(nested.raw_items())):
            return found
        if found := headers_of(source(part)):
            return found
    return {}


def headers_of(text: str) -> dict[str, str]:
    """Return the headers at the start of a text, after blank lines."""
    pairs = []
    for name, value in fields(text.lstrip("\n \t")[: MAX_VALUE * MAX_HEADERS]):
        if not name or len(pairs) >= MAX_HEADERS:
            break
        pairs.append((name, value))
    return _bounded(pairs)


def message_ids(*values: str) -> tuple[str, ...]:
    """Return the message ids in header values, each once."""
    found = (match for value in values for match in _MESSAGE_ID.findall(value)[:100])
    return tuple(dict.fromkeys(found))


def address(value: str) -> str:
    """Return the first bare lower-case address in a header value, or the empty text."""
    return next(iter(addresses(value)), "")


def addresses(value: str) -> list[str]:
    """Return the bare lower-case addresses in a header value."""
    value = value[:MAX_VALUE]
    return [found.lower() for found in _ANGLE.findall(value) or _BARE.findall(value)]


def timestamp(value: str) -> float | None:
    """Return the epoch seconds of an RFC 5322 date, None without a usable one."""
    try:
        parsed = parsedate_tz(value[:200])
        seconds = float(mktime_tz(parsed)) if parsed else -1.0
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return seconds if 0 < seconds <= MAX_TIME else None


def _bounded(pairs) -> dict[str, str]:
    found = {}
    for name, value in pairs:
        if len(found) >= MAX_HEADERS:
            break
        found.setdefault(decoded(name, 100).lower(), decoded(value))
    return found


def _children(part: Message) -> list[Message]:
    payload = part.get_payload() if part.is_multipart() else []
    return [child for child in payload if isinstance(child, Message)]


def _pieces(part: Message, depth: int) -> Iterator[str]:
    """Yield the source of what is inside a part, bounded in depth."""
    children = _children(part)
    for child in children:
        pairs = islice(child.raw_items(), MAX_FIELDS)
        yield "\n".join(f"{name}: {repaired(str(value)[:MAX_FIELD])}" for name, value in pairs)
        if depth < MAX_DEPTH:
            yield from _pieces(child, depth + 1)
    if not children:
        # as parsed: asking the message for it parses headers and loses bytes
        payload = getattr(part, "_payload", "")
        yield payload if isinstance(payload, str) else ""


def as_text(data: bytes, charset: str | None) -> str:
    """Decode bytes with a charset a stranger named. Never raises, never makes half characters."""
    charset = "utf-8" if not charset or charset in _NO_CHARSETS else charset
    try:
        text = data.decode(charset, "replace")
    except (LookupError, ValueError, TypeError):  # unknown, or not a text encoding at all
        text = data.decode("utf-8", "replace")
    return text.encode("utf-8", "replace").decode()


def transfer_decoded(text: str, encoding: str, charset: str) -> str:
    """Decode a body; `encoding` is its Content-Transfer-Encoding in lower case."""
    if encoding not in ("base64", "quoted-printable"):
        return repaired(text, charset)
    raw = _smuggled(text)
    if encoding == "quoted-printable":
        return as_text(quopri.decodestring(raw), charset)
    raw = raw.translate(None, _NOT_BASE64)
    if len(raw) % 4 == 1:  # one letter is less than a byte
        raw = raw[:-1]
    return as_text(base64.b64decode(raw + b"=="), charset)


def repaired(value: str, charset: str = "utf-8") -> str:
    """Turn the bytes that the parser smuggles through text into characters."""
    if _SHIFT in value:  # Japanese, Chinese or Korean in seven bits, whatever the charset says
        return as_text(_smuggled(value), charset if charset.startswith("iso-2022") else _SEVEN_BIT)
    if value.isascii() and charset not in _SEVEN_BIT_CHARSETS:
        return value
    return as_text(_smuggled(value), charset)


def _smuggled(value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character that no byte can stand for
        return value.encode("utf-8", "replace")
