# Part of mail_tracking. Licence: LGPL-3.
"""Why a mail was refused, from status codes and the words of the server that refused it.

Servers give the wrong code more often than the wrong words, so clear words beat the code.
Sources: RFC 5321 (replies), RFC 3463 and its registry (RFC 5248) for enhanced status codes.
"""

import re
from typing import NamedTuple

from .reason_rules import (
    AUTHENTICATION,
    CLEAR,
    CONTENT,
    DISABLED,
    EXPIRED,
    GREYLISTED,
    HOST_UNKNOWN,
    LOOP,
    MAILBOX_FULL,
    MOVED,
    NETWORK,
    POLICY,
    RATE,
    REASONS,
    SENDER_REJECTED,
    SPAM,
    TOO_LARGE,
    UNKNOWN,
    USER_UNKNOWN,
    VAGUE,
)
from .reason_rules_local import LOCAL

__all__ = [
    "AUTHENTICATION",
    "CONTENT",
    "DISABLED",
    "EXPIRED",
    "GREYLISTED",
    "HARD_REASONS",
    "HOST_UNKNOWN",
    "LOOP",
    "MAILBOX_FULL",
    "MOVED",
    "NETWORK",
    "POLICY",
    "RATE",
    "REASONS",
    "SENDER_REJECTED",
    "SPAM",
    "TOO_LARGE",
    "UNKNOWN",
    "USER_UNKNOWN",
    "Verdict",
    "extract_codes",
    "judge",
]

#: reasons that prove an address dead, when the refusal is permanent
HARD_REASONS = frozenset({USER_UNKNOWN, HOST_UNKNOWN, DISABLED, MOVED})

#: more of an answer is never looked at, characters
MAX_TEXT = 20_000
#: words are searched in this much of it
MAX_WORDS = 4_000


class Verdict(NamedTuple):
    """What a refusal means."""

    reason: str  #: one of `REASONS`
    hard: bool  #: the address should not be used again


_RECIPIENT_REJECTED = re.compile(
    r"(?:recipients?|(?<!sender )address)(?: address)?(?: \w+)? rejected", re.IGNORECASE
)
#: who says so takes back that anything is final
_TEMPORARY = re.compile(
    r"temporar(?:y|ily)|try (?:again )?later|try again in|\bdefer", re.IGNORECASE
)
#: the recipient was not what the server objected to
_OTHER_COMMAND = re.compile(
    r"reply to (?:end of )?(?:DATA|MAIL|EHLO|HELO|STARTTLS)|after (?:end of )?data", re.IGNORECASE
)

#: enhanced status code without its class -> reason; `x.y` stands for all others of the subject
#: https://www.iana.org/assignments/smtp-enhanced-status-codes/
_STATUS_TO_REASON = {
    "1.0": USER_UNKNOWN,
    "1.1": USER_UNKNOWN,
    "1.2": HOST_UNKNOWN,
    "1.3": USER_UNKNOWN,
    "1.6": MOVED,
    "1.7": SENDER_REJECTED,
    "1.8": SENDER_REJECTED,
    "1.10": HOST_UNKNOWN,
    "2.1": DISABLED,
    "2.2": MAILBOX_FULL,
    "2.3": TOO_LARGE,
    "3.4": TOO_LARGE,
    "3": NETWORK,
    "4.6": LOOP,
    "4.7": EXPIRED,
    "4": NETWORK,
    "5.3": RATE,
    "6": CONTENT,
    "7.7": CONTENT,
    "7.8": AUTHENTICATION,
    "7.9": AUTHENTICATION,
    "7.13": DISABLED,
    "7.17": DISABLED,
    "7.18": DISABLED,
    **{f"7.{detail}": AUTHENTICATION for detail in (20, 21, 22, 23, 24, 25, 26, 29, 30)},
    "7.27": SENDER_REJECTED,
    "7.28": SPAM,
    "7": POLICY,
}
_TEMPORARY_STATUS_TO_REASON = {"7.0": GREYLISTED, "7.1": GREYLISTED, "4.5": RATE, "7.28": RATE}

#: plain SMTP reply code -> reason, where there is no enhanced status at all
_CODE_TO_REASON = {
    421: NETWORK,
    450: GREYLISTED,
    451: NETWORK,
    452: MAILBOX_FULL,
    454: AUTHENTICATION,
    521: HOST_UNKNOWN,
    530: AUTHENTICATION,
    534: AUTHENTICATION,
    535: AUTHENTICATION,
    538: AUTHENTICATION,
    550: USER_UNKNOWN,
    551: MOVED,
    552: MAILBOX_FULL,
    553: USER_UNKNOWN,
    556: HOST_UNKNOWN,
}

_PAIR = re.compile(
    r"(?<![\d.])([245][0-5]\d)[ \t-]+[#(]{0,2}([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII
)
_STATUS = re.compile(r"(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII)
_CODE = re.compile(
    r"(?:^|[:;#=(：]\s?|<<<\s)([245][0-5]\d)(?=[\s\-:;,)#]|$)", re.ASCII | re.MULTILINE
)
_LONE_CODE = re.compile(r"(?<![^\s'\"])(421|45[0-5]|5[035]\d)(?=[\s\-:;,)#.]|$)", re.ASCII)

_NOISE = re.compile(
    # what a server's name or an address is made of says nothing: <spam@…>: User unknown
    r"<[^<>\s]{1,320}>|[^\s<>@]{1,64}@[^\s<>@]{1,255}|\bhost [^\s\[]{1,255}\[[^\]\s]{1,64}\] said:"
    # a reply of several lines repeats its codes on each of them
    r"|(?:^|\n)[ \t]{0,20}[245]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3})?",
    re.ASCII,
)
_URL = re.compile(r"(https?://[^/\s]{1,255})[^\s]{0,1000}", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def judge(status: str | None, smtp_code: int | None, text: str, *, final: bool = True) -> Verdict:
    """Say why a recipient was refused and whether the address is dead.

    :param str status: enhanced status code such as `5.1.1`, None or empty without one.
    :param int smtp_code: SMTP reply code, None or 0 without one.
    :param str text: the server's answer, or what a report says about it.
    :param bool final: False while the sender keeps trying; nothing is hard then.
    :return Verdict: reason and hardness; never raises.
    """
    text = (text or "")[:MAX_TEXT]
    status = _specific_status(status or "", text)
    words = _words(text)
    temporary = status.startswith("4") or 400 <= (smtp_code or 0) < 500
    reason = (
        _first(CLEAR, words)
        or _first(LOCAL, words)
        or _rejected_recipient(status, words)
        or _by_status(status)
        or _first(VAGUE, words)
        or _by_code(status, smtp_code, words)
        or UNKNOWN
    )
    if reason == EXPIRED and not final:
        reason = NETWORK  # nobody has given up yet
    hard = final and not temporary and reason in HARD_REASONS and not _TEMPORARY.search(words)
    return Verdict(reason, hard and not status.startswith("2"))


def extract_codes(text: str) -> tuple[int | None, str | None]:
    """Find the SMTP code and the enhanced status code in an answer.

    :param str text: such as `550 5.1.1 <x>: User unknown`; only its start is looked at.
    :return tuple: `(550, "5.1.1")`; None for what is not there. Never raises.
    """
    text = (text or "")[:MAX_TEXT]
    if pair := _PAIR.search(text):
        return int(pair[1]), pair[2]
    status = _STATUS.search(text)
    code = _CODE.search(text) or _LONE_CODE.search(text)
    return int(code[1]) if code else None, status[1] if status else None


def _specific_status(status: str, text: str) -> str:
    """Return the status, or the one in the text where the given one says nothing."""
    if status and not status.endswith(".0.0"):
        return status
    found = extract_codes(text)[1] or ""
    return found if found and found[:1] == (status or found)[:1] else status


def _words(text: str) -> str:
    """Return what a person would read: one line, without addresses, host names and link paths."""
    return _SPACES.sub(" ", _URL.sub(r"\1", _NOISE.sub(" ", text)))[:MAX_WORDS]


def _first(rules, words: str) -> str:
    return next((reason for pattern, reason in rules if pattern.search(words)), "")


def _rejected_recipient(status: str, words: str) -> str:
    """Read “recipient rejected” without a why: an unknown user, unless the code says policy."""
    rejected = _RECIPIENT_REJECTED.search(words) and status[2:4] != "7."
    return USER_UNKNOWN if rejected else ""


def _by_status(status: str) -> str:
    detail = status[2:]
    if status.startswith("4") and detail in _TEMPORARY_STATUS_TO_REASON:
        return _TEMPORARY_STATUS_TO_REASON[detail]
    return _STATUS_TO_REASON.get(detail) or _STATUS_TO_REASON.get(detail.partition(".")[0], "")


def _by_code(status: str, smtp_code: int | None, words: str) -> str:
    """Judge by the bare reply code, which only means the recipient when RCPT was refused."""
    reason = "" if status else _CODE_TO_REASON.get(smtp_code or 0, "")
    return "" if reason in HARD_REASONS and _OTHER_COMMAND.search(words) else reason
