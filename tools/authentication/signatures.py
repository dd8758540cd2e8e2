# Part of mail_tracking. Licence: LGPL-3.
"""Which signatures a mail carries: the domain and the selector of each (RFC 6376, RFC 8601)."""

import re
from email.message import Message
from typing import NamedTuple

from .. import report_parts as rp
from .answers import is_below, tags

#: signatures of one mail, and headers that are read for them
MAX_SIGNATURES, MAX_HEADERS = 10, 20
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?", re.ASCII)
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"[\s;]dkim\s*=\s*\w+([^;]*)", re.I)
_DOMAIN = re.compile(r"header\.d\s*=\s*\"?([^\s\";]+)", re.I)
_IDENTITY = re.compile(r"header\.i\s*=\s*\"?[^\s\";@]*@([^\s\";]+)", re.I)
_SELECTOR = re.compile(r"header\.s\s*=\s*\"?([^\s\";]+)", re.I)


class Signature(NamedTuple):
    """A signature: who signed, and the name of the key."""

    domain: str
    selector: str

    def is_of(self, domain: str) -> bool:
        """Whether it is in the name of this domain, or of one above or below it."""
        return is_below(self.domain, domain) or is_below(domain, self.domain)


class Signed(NamedTuple):
    """A mail with its signatures."""

    domain: str  #: of its author
    signatures: tuple[Signature, ...] = ()


def of_mail(message: Message) -> Signed:
    """The signatures of a mail that arrived."""
    return _read(list(message.raw_items())[: rp.MAX_HEADERS])


def of_returned(message: Message) -> Signed:
    """The signatures of the mail that a report returns.

    :param Message message: the report
    """
    for part in rp.parts(message):
        if rp.content_type(part) in rp.ORIGINAL_TYPES:
            text = rp.source(part).lstrip("\n \t")[: rp.MAX_TEXT].partition("\n\n")[0]
            pairs = [(name, value) for name, value in rp.fields(text) if name]
            signed = _read(pairs[: rp.MAX_HEADERS])
            if signed.domain:
                return signed
    return Signed("")


def _read(pairs):
    author, found, headers = "", [], 0
    for name, value in pairs:
        name = str(name).lower()
        if name == "from" and not author:
            author = rp.address(rp.decoded(value)).rpartition("@")[2]
        elif name in ("dkim-signature", "authentication-results") and headers < MAX_HEADERS:
            headers += 1
            text = rp.decoded(value)
            found += _of_header(text) if name == "dkim-signature" else _of_results(text)
    good = dict.fromkeys(each for each in found if all(map(_NAME.fullmatch, each)))
    return Signed(author, tuple(good)[:MAX_SIGNATURES])


def _of_header(text):
    found = tags(text) or {}
    return [_signature(found.get("d", ""), found.get("s", ""))]


def _of_results(text):
    """What a receiver says that it found."""
    found = []
    for result in _RESULT.finditer(_COMMENT.sub("", text)):
        domain = _DOMAIN.search(result[1]) or _IDENTITY.search(result[1])
        selector = _SELECTOR.search(result[1])
        if domain and selector:
            found.append(_signature(domain[1], selector[1]))
    return found


def _signature(domain, selector):
    return Signature(domain.strip().lower().rstrip("."), selector.strip().lower())
