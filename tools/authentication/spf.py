# Part of mail_tracking. Licence: LGPL-3.
"""Which servers may send the emails of a domain: SPF (RFC 7208)."""

import ipaddress
import re
from typing import NamedTuple

from .answers import FAILED, FOUND, Ask, ip_of
from .spf_macros import expand

PASS, FAIL, SOFTFAIL, NEUTRAL = "pass", "fail", "softfail", "neutral"
NONE, PERMERROR, TEMPERROR = "none", "permerror", "temperror"
_QUALIFIERS = {"": PASS, "+": PASS, "-": FAIL, "~": SOFTFAIL, "?": NEUTRAL}

#: look-ups of one check, those that find nothing, and MX records of one name (section 4.6.4)
MAX_LOOKUPS, MAX_VOIDS, MAX_HOSTS = 10, 2, 10
#: where counting ends
MAX_COUNTED = 40
MAX_TERMS = 200

# problems of a record
SEVERAL, SYNTAX, LOOKUPS, VOIDS = "several", "syntax", "lookups", "voids"

_MECHANISM = re.compile(
    r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::(.+?))?(?:/(\d{1,3}))?(?://(\d{1,3}))?",
    re.I | re.ASCII,
)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(\S*)", re.I | re.ASCII)


class Spf(NamedTuple):
    """What SPF says of a domain, and of one server."""

    result: str
    record: str = ""
    problem: str = ""  #: with the result ``permerror``
    detail: str = ""  #: part of the record, or name, that the problem is about
    lookups: int = 0
    voids: int = 0


class Term(NamedTuple):
    """A mechanism, or the modifier ``redirect``."""

    qualifier: str
    name: str
    value: str = ""
    prefix4: int = 32
    prefix6: int = 128
    text: str = ""


class _Stop(Exception):
    """The check ends here."""

    def __init__(self, result, problem="", detail=""):
        super().__init__(result)
        self.result, self.problem, self.detail = result, problem, detail


def check(ask: Ask, domain: str, ip=None, limit: int = MAX_LOOKUPS) -> Spf:
    """Check whether a server may send emails of a domain.

    :param ask: see `answers.Ask`
    :param str domain: of the bounce address
    :param ip: address of the server; None for one that no part of the record names, so that all
        of them are read
    :param int limit: look-ups after which the check ends
    """
    walk = _Walk(ask, domain, ip, limit)
    record, problem, detail = "", "", ""
    try:
        record = _record(ask, domain)
        result = walk.check(record, domain)
    except _Stop as stop:
        result, problem, detail = stop.result, stop.problem, stop.detail
    return Spf(result, record, problem, detail, walk.lookups, walk.voids)


def survey(ask: Ask, domain: str) -> Spf:
    """Read the record with all that it includes, as far as it goes."""
    found = check(ask, domain, limit=MAX_COUNTED)
    if found.result in (PERMERROR, TEMPERROR) and found.problem != LOOKUPS:
        return found
    if found.lookups > MAX_LOOKUPS:
        return found._replace(result=PERMERROR, problem=LOOKUPS)
    if found.voids > MAX_VOIDS:
        return found._replace(result=PERMERROR, problem=VOIDS)
    return found


def _record(ask, domain):
    """The SPF record of a domain (section 4.5)."""
    answer = ask(domain, "TXT")
    if answer.status == FAILED:
        raise _Stop(TEMPERROR, detail=domain)
    records = [text for text in answer.values if re.match(r"v=spf1( |$)", text, re.I)]
    if len(records) > 1:
        raise _Stop(PERMERROR, SEVERAL, domain)
    if not records:
        raise _Stop(NONE, detail=domain)
    return records[0]


def parse(record: str) -> list[Term]:
    """Read a record into terms; ``redirect`` comes last.

    :raise ValueError: with the part that is wrong
    """
    terms, redirects = [], []
    for text in record.split(" ")[1:]:
        if not text:
            continue
        if len(terms) >= MAX_TERMS:
            raise ValueError(text)
        modifier = _MODIFIER.fullmatch(text)
        if modifier and modifier[1].lower() == "redirect":
            redirects.append(Term(PASS, "redirect", modifier[2], text=text))
        elif not modifier:
            terms.append(_mechanism(text))
    if len(redirects) > 1 or any(not each.value for each in redirects):
        raise ValueError(redirects[-1].text)
    return terms + redirects


def _mechanism(text):
    found = _MECHANISM.fullmatch(text)
    if not found:
        raise ValueError(text)
    qualifier, name, value, prefix4, prefix6 = found.groups()
    name, value = name.lower(), value or ""
    if name == "ip6":
        prefix4, prefix6 = prefix6, prefix4
    address = ip_of(value)
    if (
        (name in ("ip4", "ip6") and (address is None or f"ip{address.version}" != name))
        or (prefix4 and name not in ("ip4", "a", "mx"))
        or (prefix6 and name not in ("ip6", "a", "mx"))
        or (name in ("include", "exists") and not value)
        or (name == "all" and value)
    ):
        raise ValueError(text)
    bits = (32 if prefix4 is None else int(prefix4), 128 if prefix6 is None else int(prefix6))
    if bits[0] > 32 or bits[1] > 128:
        raise ValueError(text)
    return Term(_QUALIFIERS[qualifier], name, value, *bits, text)


class _Walk:
    """One check, with what it has used so far."""

    def __init__(self, ask, domain, ip, limit):
        self.ask, self.sender_domain, self.ip, self.limit = ask, domain, ip, limit
        self.lookups = self.voids = 0

    def check(self, record, domain):
        """Find the first term that matches (section 4.6.2)."""
        try:
            terms = parse(record)
        except ValueError as error:
            raise _Stop(PERMERROR, SYNTAX, str(error)) from None
        has_all = any(term.name == "all" for term in terms)
        for term in terms:
            if term.name == "redirect":
                if not has_all:
                    return self.redirect(term, domain)
            elif self.matches(term, domain):
                return term.qualifier
        return NEUTRAL

    def redirect(self, term, domain):
        self.count()
        return self.check_other(term, self.target(term, domain))

    def check_other(self, term, name):
        """Check the record of another domain, which has to have one (section 5.2)."""
        try:
            return self.check(_record(self.ask, name), name)
        except _Stop as stop:
            if stop.result != NONE:
                raise
            self.voids += 1
            raise _Stop(PERMERROR, SYNTAX, term.text) from None

    def count(self):
        self.lookups += 1
        if self.lookups > self.limit:
            raise _Stop(PERMERROR, LOOKUPS)

    def target(self, term, domain):
        """The name in a term, with its macros replaced."""
        if not term.value:
            return domain
        try:
            return expand(term.value, self.sender_domain, domain, self.ip)
        except ValueError:
            raise _Stop(PERMERROR, SYNTAX, term.text) from None

    def matches(self, term, domain):
        if term.name == "all":
            return True
        if term.name in ("ip4", "ip6"):
            return self.is_in(term.value, term)
        self.count()
        name = self.target(term, domain)
        if term.name == "include":
            return self.check_other(term, name) == PASS
        if self.ip is None and "%{" in term.value:
            return False  # depends on the server: counted, and not asked
        return getattr(self, f"matches_{term.name}")(term, name)

    def matches_a(self, term, name):
        return any(self.is_in(value, term) for value in self.look_up(name, self.address_type))

    def matches_mx(self, term, name):
        hosts = [value.rpartition(" ")[2] for value in self.look_up(name, "MX")]
        if len(hosts) > MAX_HOSTS:
            raise _Stop(PERMERROR, LOOKUPS, term.text)
        if self.ip is None:
            return False
        found = (self.look_up(host, self.address_type, is_host=True) for host in hosts)
        return any(self.is_in(value, term) for values in found for value in values)

    def matches_ptr(self, term, name):
        """Slow, unreliable and not to be used (section 5.5): counted, and taken for no match."""
        return False

    def matches_exists(self, term, name):
        return bool(self.look_up(name, "A")) and self.ip is not None

    @property
    def address_type(self):
        return "AAAA" if self.ip is not None and self.ip.version == 6 else "A"

    def look_up(self, name, record_type, *, is_host=False):
        answer = self.ask(name, record_type)
        if answer.status == FAILED:
            raise _Stop(TEMPERROR, detail=name)
        if answer.is_void and not is_host:
            self.voids += 1
            if self.ip is not None and self.voids > MAX_VOIDS:
                raise _Stop(PERMERROR, VOIDS, name)
        return answer.values if answer.status == FOUND else ()

    def is_in(self, value, term):
        address = ip_of(value)
        if self.ip is None or address is None or address.version != self.ip.version:
            return False
        prefix = term.prefix4 if address.version == 4 else term.prefix6
        return self.ip in ipaddress.ip_network(f"{address}/{prefix}", strict=False)


def extended(record: str, mechanism: str) -> str:
    """A record that allows one more server: ahead of what decides on all others."""
    parts = [part for part in record.split(" ") if part]
    ends = (
        index
        for index, part in enumerate(parts)
        if re.fullmatch(r"[+?~-]?all|redirect=.*", part, re.I)
    )
    parts.insert(next(ends, len(parts)), mechanism)
    return " ".join(parts)
