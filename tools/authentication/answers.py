# Part of mail_tracking. Licence: LGPL-3.
"""What DNS says, and what is made of it, in plain data."""

import ipaddress
from collections.abc import Callable
from typing import NamedTuple

from ..addresses import is_public_host

FOUND = "found"
EMPTY = "empty"  #: the name exists, and has no record of this type
MISSING = "missing"  #: there is no such name
FAILED = "failed"  #: no answer, or none that can be used

#: records of one answer, and characters of one record, that are looked at
MAX_VALUES, MAX_LENGTH = 50, 4_096
#: characters of the words of others in a finding
MAX_DETAIL = 500


class Answer(NamedTuple):
    """An answer of DNS.

    Names come in lower case without the last dot, MX records as ``10 mx.example.com``, and the
    parts of a TXT record as one text.
    """

    status: str
    values: tuple[str, ...] = ()

    @property
    def is_void(self) -> bool:
        """Whether there is certainly nothing."""
        return self.status in (EMPTY, MISSING)


#: asks for the records of a type, as ``ask("example.com", "TXT")``; raises nothing
Ask = Callable[[str, str], Answer]


def finding(kind: str, code: str, detail: str = "", enter=(), **values) -> dict:
    """Make one finding, as it is stored: without words, which depend on the language.

    :param str kind: what was checked, one of `texts.TITLES`
    :param str code: what was found, one of `texts.TEXTS`
    :param str detail: names, addresses and words of others
    :param enter: records to enter in DNS: triples of name, type and value
    :param values: numbers in the sentence
    """
    return {
        "kind": kind,
        "code": code,
        "detail": printable(detail),
        "enter": [[printable(part, MAX_LENGTH) for part in record] for record in enter],
        "values": values,
    }


def printable(text: str, limit: int = MAX_DETAIL) -> str:
    """What may be stored and shown of a text from outside."""
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def tags(text: str) -> dict[str, str] | None:
    """Read a list of tags, ``v=DKIM1; p=…`` (RFC 6376 section 3.2).

    :return: None where it is none; names in lower case, the first of each
    """
    found = {}
    for part in text.split(";"):
        name, equals, value = part.strip().partition("=")
        if not part.strip():
            continue
        if not equals or not name.strip():
            return None
        found.setdefault(name.strip().lower(), value.strip())
    return found


def addresses(ask: Ask, name: str) -> tuple[list, bool]:
    """The IP addresses of a host, and whether all questions were answered."""
    with_answer, found = True, []
    for record_type in ("A", "AAAA"):
        answer = ask(name, record_type)
        with_answer = with_answer and answer.status != FAILED
        found += filter(None, map(ip_of, answer.values))
    return found, with_answer


def missing(host: str, is_sure: bool, private: str) -> str:
    """What it means that a host has no address in DNS.

    :param bool is_sure: whether DNS answered
    :param str private: code of a host of our own network, which DNS need not know
    """
    if not is_public_host(host):
        return private
    return "host_missing" if is_sure else "no_answer"


def ip_of(text: str):
    """An IP address, or None."""
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def is_below(name: str, domain: str) -> bool:
    """Whether a name is a domain or lies below it."""
    return name == domain or name.endswith(f".{domain}")
