# Part of mail_tracking. Licence: LGPL-3.
"""What is asked of receivers, and which domains count as one: DMARC (RFC 7489).

The organisational domain is found by walking up the tree of DNS, as the revision of that RFC does,
and not by a list of public suffixes, which would have to be kept up to date.
"""

import re
from typing import NamedTuple

from .answers import FAILED, Ask, is_below, tags

VALID, MISSING, SEVERAL, BROKEN, UNKNOWN = "valid", "missing", "several", "broken", "unknown"
POLICIES = ("none", "quarantine", "reject")
#: labels of a name whose parents are all asked
MAX_LABELS = 7


class Dmarc(NamedTuple):
    """The record that applies to a domain."""

    status: str
    record: str = ""
    domain: str = ""  #: where it stands
    policy: str = ""
    is_strict_spf: bool = False
    is_strict_dkim: bool = False


def look_up(ask: Ask, domain: str) -> Dmarc:
    """Find the record that applies to the emails of a domain."""
    own = _at(ask, domain)
    if own.status != MISSING:
        return own
    above = organisation(ask, domain)
    if above == domain:
        return own
    found = _at(ask, above)
    parsed = tags(found.record) or {}
    policy = parsed.get("sp", found.policy).lower()
    return found._replace(policy=policy if policy in POLICIES else found.policy)


def _at(ask, domain):
    answer = ask(f"_dmarc.{domain}", "TXT")
    if answer.status == FAILED:
        return Dmarc(UNKNOWN, domain=domain)
    records = [text for text in answer.values if re.match(r"v\s*=\s*DMARC1\s*(;|$)", text)]
    if len(records) > 1:
        return Dmarc(SEVERAL, domain=domain)
    if records:
        return read(records[0], domain)
    almost = [text for text in answer.values if "dmarc1" in text.lower()]
    return Dmarc(BROKEN, almost[0], domain) if almost else Dmarc(MISSING, domain=domain)


def read(record: str, domain: str = "") -> Dmarc:
    """Read a record."""
    found = tags(record)
    policy = (found or {}).get("p", "").lower()
    if policy not in POLICIES:
        return Dmarc(BROKEN, record, domain)
    return Dmarc(
        VALID,
        record,
        domain,
        policy,
        is_strict_spf=found.get("aspf", "r").lower() == "s",
        is_strict_dkim=found.get("adkim", "r").lower() == "s",
    )


def organisation(ask: Ask, domain: str) -> str:
    """The domain of the organisation: the highest one that has a record, or else itself.

    A registry that has one says so, with ``psd=y``, and is no organisation.
    """
    labels, found = domain.split("."), domain
    for start in range(max(0, len(labels) - MAX_LABELS), len(labels)):
        name = ".".join(labels[start:])
        record = _at(ask, name).record
        if not record:
            continue
        psd = (tags(record) or {}).get("psd", "").lower()
        if psd == "y":
            return ".".join(labels[start - 1 :]) if start else domain
        found = name
        if psd == "n":
            break
    return found


def is_aligned(ask: Ask, domain: str, other: str, *, is_strict: bool = False) -> bool:
    """Whether another domain, of a bounce address or a signature, speaks for this one."""
    if domain == other or is_strict:
        return domain == other
    if organisation(ask, domain) == organisation(ask, other):
        return True
    # without any record nothing tells where the organisation ends
    has_dots = "." in domain and "." in other
    return has_dots and (is_below(domain, other) or is_below(other, domain))
