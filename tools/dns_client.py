# Part of mail_tracking. Licence: LGPL-3.
"""Asking DNS, by the Python package dnspython where it is installed."""

import ipaddress
import time

from .authentication.answers import (
    EMPTY,
    FAILED,
    FOUND,
    MAX_LENGTH,
    MAX_VALUES,
    MISSING,
    Answer,
)

try:
    import dns.exception
    import dns.name
    import dns.resolver
except ImportError:
    dns = None
else:
    #: what is raised of a text that can be no name
    _NO_NAMES = (dns.exception.SyntaxError, dns.name.NameTooLong, dns.name.IDNAException)

#: seconds for one question
QUESTION_SECONDS = 3
#: bytes of an answer that routers let through (RFC 9715)
UDP_BYTES = 1232


def is_available() -> bool:
    """Whether DNS can be asked at all."""
    return dns is not None


class DnsClient:
    """A function that asks for records, see `answers.Ask`, until its time is up.

    The same question is asked once.

    :param float seconds: for all questions
    :param str address: of the name server, with its port: ``127.0.0.1:53``, ``[::1]:53``; empty
        for those of the operating system
    """

    def __init__(self, seconds: float, address: str = ""):
        self.deadline = time.monotonic() + seconds
        self._answers = {}
        self._resolver = _resolver(address) if dns else None

    @property
    def is_over(self) -> bool:
        """Whether there is no time left."""
        return time.monotonic() >= self.deadline

    def __call__(self, name: str, record_type: str) -> Answer:
        key = name.lower().rstrip("."), record_type
        if key not in self._answers:
            seconds = min(QUESTION_SECONDS, self.deadline - time.monotonic())
            if not self._resolver or seconds <= 0:
                return Answer(FAILED)
            self._answers[key] = self._ask(*key, seconds)
        return self._answers[key]

    def _ask(self, name, record_type, seconds):
        try:
            answer = self._resolver.resolve(
                name, record_type, lifetime=seconds, search=False, raise_on_no_answer=False
            )
            values = [_value(record) for record in list(answer.rrset or ())[:MAX_VALUES]]
        except (dns.resolver.NXDOMAIN, *_NO_NAMES):
            return Answer(MISSING)
        except (dns.exception.DNSException, OSError, ValueError):
            return Answer(FAILED)
        return Answer(FOUND, tuple(values)) if values else Answer(EMPTY)


def _resolver(address):
    try:
        resolver = dns.resolver.Resolver(configure=not address)
        if address:
            host, _colon, port = address.rpartition(":")
            resolver.nameservers = [str(ipaddress.ip_address(host.strip("[]")))]
            resolver.port = int(port)
    except (dns.exception.DNSException, OSError, ValueError):
        return None  # nobody to ask
    resolver.use_edns(0, 0, UDP_BYTES)
    resolver.timeout = QUESTION_SECONDS / 2  # asks a second time, or another server
    return resolver


def _value(record):
    """A record as text; names in lower case, without the last dot."""
    if hasattr(record, "strings"):
        return b"".join(record.strings)[:MAX_LENGTH].decode("utf-8", "replace")
    return record.to_text()[:MAX_LENGTH].lower().rstrip(".")
