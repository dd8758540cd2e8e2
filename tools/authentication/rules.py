# Part of mail_tracking. Licence: LGPL-3.
"""What Google, Yahoo (since 2024) and Microsoft (since 2025) ask of those who send a lot."""

from typing import NamedTuple

from ..translate import _lt
from .texts import OK, PROBLEM, TEXTS, UNKNOWN

#: share of complaints that must not be reached
MAX_COMPLAINTS = 0.003
#: a smaller number of emails says nothing
MIN_EMAILS = 1_000


class Rule(NamedTuple):
    """A rule, with the checks that tell whether it is met."""

    kinds: tuple[str, ...]
    sources: str
    title: str


RULES = (
    Rule(("spf", "dkim"), "Google, Yahoo, Microsoft", _lt("Rule: SPF and DKIM")),
    Rule(("dmarc",), "Google, Yahoo, Microsoft", _lt("Rule: DMARC")),
    Rule(("alignment",), "Google, Yahoo, Microsoft", _lt("Rule: same domain (alignment)")),
    Rule(("ptr",), "Google, Yahoo", _lt("Rule: names of addresses (PTR)")),
    Rule(("tls",), "Google", _lt("Rule: encryption (TLS)")),
)
COMPLAINTS = Rule((), "Google, Yahoo", _lt("Rule: complaints below 0.3 %"))
ONE_CLICK = Rule((), "Google, Yahoo", _lt("Rule: one click to unsubscribe"))


def verdict_of(findings, kinds) -> str:
    """Tell whether what was found meets a rule: ``ok``, ``problem``, or ``unknown``.

    :param findings: see `answers.finding`
    """
    about = [each for each in findings if each["kind"] in ("domain", *kinds)]
    verdicts = {TEXTS[each["code"]].verdict for each in about}
    if PROBLEM in verdicts:
        return PROBLEM
    is_known = all(any(each["kind"] == kind for each in about) for kind in kinds)
    return UNKNOWN if UNKNOWN in verdicts or not is_known else OK


def complaints_verdict(complaints: int, emails: int) -> str:
    """Tell whether there are too many complaints among the emails that did not fail."""
    if emails < MIN_EMAILS or not complaints:
        return UNKNOWN
    return PROBLEM if complaints / emails >= MAX_COMPLAINTS else OK
