# Part of mail_tracking. Licence: LGPL-3.
"""What a mail was when it left, and whether a saved mail is that one."""

from __future__ import annotations

import hashlib
import json
import re
from typing import NamedTuple

#: what the data of a proof says of itself
FORMAT = "mail_tracking.proof"
VERSION = 1
SIGNATURE = "signature"

#: bytes of a saved mail, and of the data of a proof, that are read
MAX_MAIL = 64 * 2**20
MAX_DATA = 16 * 2**20
#: header lines that servers may have put on top; far more than any mail has
MAX_ON_TOP = 200

CRLF = b"\r\n"
#: mbox files write the beginning of a line so that it begins no mail (RFC 4155)
_MBOX_LINE = re.compile(rb"From [^\r\n]{0,1000}(?:\r\n|\n|\r)")
#: how often; a line that was quoted more often was not so by a mail program
MAX_QUOTED = 8
_HEADER = re.compile(rb"([!-9;-~]{1,200}):")

#: What a reader is shown, and what says how to read it: no server puts that on top of a mail,
#: but who wants to make it look like another one would.
ESSENTIAL = frozenset(
    b"from sender reply-to to cc bcc subject date message-id in-reply-to references comments "
    b"keywords mime-version".split()
)

#: verdicts on a saved mail
SAME, ON_TOP, ALTERED, OTHER = ("same", "on_top", "altered", "other")


class Fingerprint(NamedTuple):
    """A mail as it was handed over.

    :ivar size: in bytes
    :ivar digest: SHA-256, in hexadecimal digits
    """

    size: int
    digest: str


class Verdict(NamedTuple):
    """What became of a saved mail.

    :ivar kind: `SAME`, `ON_TOP`: with header lines on top that it did not leave with,
        `ALTERED`: these pretend to be its own, or `OTHER`
    :ivar fingerprint: the one that fits, None for `OTHER`
    :ivar names: of the headers on top
    """

    kind: str
    fingerprint: Fingerprint | None = None
    names: tuple[str, ...] = ()


# ------------------------------------------------------------
# THE MAIL
# ------------------------------------------------------------


def as_sent(data: bytes) -> bytes:
    """A mail as SMTP transmits it: each line ends in CRLF (RFC 5321 section 2.3.8).

    :param bytes data: a mail, whatever its lines end in
    """
    ends = data.count(CRLF)
    if not data.count(b"\n") == data.count(b"\r") == ends:
        # no pattern: it would hold each of millions of lines at once
        data = data.replace(CRLF, b"\n").replace(b"\r", b"\n").replace(b"\n", CRLF)
    return data if data.endswith(CRLF) else data + CRLF


def fingerprint(data: bytes) -> Fingerprint:
    """Size and SHA-256 of a mail as SMTP transmits it, before dots are doubled."""
    sent = as_sent(data)
    return Fingerprint(len(sent), hashlib.sha256(sent).hexdigest())


def compare(saved: bytes, known) -> Verdict:
    """Tell whether a saved mail is one of those that left.

    Servers on the way put header lines on top (RFC 5321 section 4.4); below them, nothing
    may differ. The size says where the mail begins, so each one is hashed once.

    :param bytes saved: a mail as a mail program or a server saved it
    :param known: each `Fingerprint` that it may have
    """
    sizes: dict[int, set[str]] = {}
    for size, digest in known:
        sizes.setdefault(size, set()).add(digest)
    for data in _readings(saved[:MAX_MAIL]):
        names: list[str] = []
        for start, name in _starts(data):
            digests = sizes.get(len(data) - start)
            if digests:
                digest = hashlib.sha256(memoryview(data)[start:]).hexdigest()
                if digest in digests:
                    return _verdict(Fingerprint(len(data) - start, digest), names)
            names.append(name)
    return Verdict(OTHER)


def _verdict(found: Fingerprint, names: list[str]) -> Verdict:
    lowered = [name.lower() for name in names]
    forged = [
        name
        for name, low in zip(names, lowered, strict=True)
        if low.encode() in ESSENTIAL or low.startswith("content-")
    ]
    if forged:
        return Verdict(ALTERED, found, tuple(dict.fromkeys(forged)))
    return Verdict(ON_TOP if names else SAME, found, tuple(dict.fromkeys(names)))


def _readings(saved: bytes):
    """The mails that a file may hold: of an mbox, without what its format adds."""
    line = _MBOX_LINE.match(saved)
    if not line:
        yield as_sent(saved)
        return
    rest = as_sent(saved[line.end() :])
    unquoted = rest
    for depth in range(1, MAX_QUOTED + 1):
        line = b">" * depth + b"From "
        unquoted = unquoted.replace(b"\n" + line, b"\n" + line[1:])
    for data in (rest, unquoted):
        yield data
        if data.endswith(CRLF + CRLF):  # the empty line before the next mail of the file
            yield data[: -len(CRLF)]


def _starts(data: bytes):
    """Where header lines of a mail begin, from the top, with their names."""
    start = 0
    for _number in range(MAX_ON_TOP + 1):
        header = _HEADER.match(data, start)
        if not header:
            return
        yield start, header[1].decode("ascii")
        start = data.index(CRLF, start) + 2
        while data[start : start + 1] in (b" ", b"\t"):  # folded (RFC 5322 section 2.2.3)
            start = data.index(CRLF, start) + 2


# ------------------------------------------------------------
# THE DATA
# ------------------------------------------------------------


def canonical(document: dict) -> bytes:
    """The one spelling of a document: sorted keys, no spaces, UTF-8.

    :param dict document: of texts, whole numbers, booleans, None, lists and dicts
    """
    text = json.dumps(
        document, allow_nan=False, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    return text.encode("utf-8", "surrogatepass")


def digest_of(document: dict) -> str:
    """What is signed of a document: the SHA-256 of all but the signature."""
    rest = {key: value for key, value in document.items() if key != SIGNATURE}
    return hashlib.sha256(canonical(rest)).hexdigest()


def read(data: bytes) -> dict | None:
    """Read the data of a proof.

    :param bytes data: anything
    :return: a document of our format, None for anything else. Never raises.
    """
    if len(data) > MAX_DATA:
        return None
    try:
        document = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_without_repeats,
            parse_constant=_refuse,
            parse_float=_refuse,
        )
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            return None
        canonical(document)
    except (ValueError, RecursionError):
        return None
    return document


def fingerprints(document: dict) -> dict[Fingerprint, dict]:
    """The mails that a document speaks of, by what they were when they left.

    :param dict document: as `read` returns it
    :return: fingerprint -> recipient. Never raises.
    """
    found: dict[Fingerprint, dict] = {}
    emails = document.get("emails")
    for email in emails if isinstance(emails, list) else ():
        handed = email.get("handed_over") if isinstance(email, dict) else None
        for each in handed if isinstance(handed, list) else ():
            size, digest = (
                (each.get("size"), each.get("sha256")) if isinstance(each, dict) else (0, "")
            )
            if type(size) is int and isinstance(digest, str) and digest:
                found.setdefault(Fingerprint(size, digest), email)
    return found


def _refuse(text: str):
    raise ValueError(f"a proof holds no such number: {text}")


def _without_repeats(pairs: list) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found
