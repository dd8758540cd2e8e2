# Part of mail_tracking. Licence: LGPL-3.
"""Why a mail was refused, from status codes and the words of the server that refused it.

Servers give the wrong code more often than the wrong words, so clear words beat the code.
Sources: RFC 5321 (replies), RFC 3463 and its registry (RFC 5248) for enhanced status codes.
"""

import re
from typing import NamedTuple

from .reason_rules import (
    ADDRESS,
    AUTHENTICATION,
    CLEAR,
    CONTENT,
    DISABLED,
    EXPIRED,
    FIRST,
    GREYLISTED,
    HOST_UNKNOWN,
    LOCAL,
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

#: characters of an answer that are looked at, and in which words are searched
MAX_TEXT = 20_000
MAX_WORDS = 4_000


class Verdict(NamedTuple):
    """What a refusal means."""

    reason: str  #: one of `REASONS`
    hard: bool  #: the address should not be used again


_PAIR = re.compile(
    r"(?<![\d.])([245][0-5]\d)[ \t-]+[#(]{0,2}([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII
)
_STATUS = re.compile(r"(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII)
#: what follows a number that is no code, and what stands before one
_UNIT = (
    r"(?![\s-]{0,2}(?:[kmg]i?b(?:yte)?s?\b|bytes?\b|octets?\b|characters?\b|seconds?\b|minutes?\b"
    r"|hours?\b|days?\b|attempts?\b|%))"
)
_NO_SIZE = (
    r"(?<!size )(?<!size: )(?<!size=)(?<!limit )(?<!limit: )(?<!port )(?<!than )(?<!exceeds )"
    r"(?<!of )(?<!for )"
)
_CODE = re.compile(
    rf"(?:^|[:;#(：]\s?|<<<\s){_NO_SIZE}([245][0-5]\d)(?=[\s\-:;,)#']|$){_UNIT}",
    re.ASCII | re.MULTILINE | re.IGNORECASE,
)
_LONE_CODE = re.compile(
    rf"(?<![^\s'\"]){_NO_SIZE}(421|45[0-5]|5[035]\d)(?=[\s\-:;,)#.]|$){_UNIT}",
    re.ASCII | re.IGNORECASE,
)
#: rules that count more than any code
_BEFORE_CODES = FIRST + CLEAR + LOCAL
_RECIPIENT_REJECTED = re.compile(
    r"(?:recipients?|(?<!sender )address)(?: address)?(?: \w+)? rejected", re.IGNORECASE
)
#: who says so takes back that anything is final
_TEMPORARY = re.compile(
    r"temporar(?:y|ily)|try (?:again )?later|try again in|\bdefer|at this (?:time|moment)"
    r"|at the moment",
    re.IGNORECASE,
)
#: the command that the server refused, where an answer or a transcript of the session names it
_COMMAND = re.compile(
    r"(?:reply to|response to|answer(?:ed)? to|after|at|stage|command|during|>>>)[ :]{1,3}"
    r"(?:the |initial |pipelined |end of |\(?end of\)? ?)*"
    r"(?P<name>MAIL[ -]?FROM\b|MAIL(?= command|\))|[EH][HE]LO\b|STARTTLS|AUTH\b|connect(?:ion)?\b"
    r"|banner|greeting|DATA\b)",
    re.IGNORECASE,
)
#: how qmail names it
_QMAIL_TO_COMMAND = {
    "my name was rejected": "helo",
    "sender was rejected": "mail",
    "greeting failed": "greeting",
    "after i sent the message": "data",
}
_QMAIL = re.compile("|".join(_QMAIL_TO_COMMAND), re.IGNORECASE)
#: command -> what an answer to it is about, if its words seem to speak of a recipient
_COMMAND_TO_REASON = {
    "mail": SENDER_REJECTED,
    "helo": AUTHENTICATION,
    "ehlo": AUTHENTICATION,
    "auth": AUTHENTICATION,
    "starttls": NETWORK,
    "connect": POLICY,
    "connection": POLICY,
    "banner": POLICY,
    "greeting": POLICY,
}
#: statuses that speak of the sender
_SENDER_STATUS = ("1.7", "1.8", "7.27")
#: an answer that another program quotes, and the words in which it does
_QUOTED = re.compile(
    r"['\"<](?P<a>[245]\d\d[ -][^'\"<>]{3,2000}|[245]\.\d{1,3}\.\d{1,3} [^'\"]{3,2000})"
    r"|\b[245]\d\d-?[ ]?'(?P<b>[^']{3,2000})"
    r"|(?:other|remote) (?:server|host|side|system|end)[^:]{0,40}(?:said|was|returned|replied"
    r"|answered)"
    r"\s{0,3}:\s{0,3}(?P<c>[245]\d\d[ -][^\n]{3,2000})",
    re.IGNORECASE,
)
#: a name that does not exist, which no further attempt changes
_NO_SUCH_NAME = re.compile(r"nxdomain|non-existent domain", re.IGNORECASE)

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
_TEMPORARY_STATUS_TO_REASON = {
    "2.1": RATE,
    "7.0": GREYLISTED,
    "7.1": GREYLISTED,
    "4.5": RATE,
    "7.28": RATE,
}

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

#: an address: what it is made of says nothing (<spam@…>: User unknown), that it stands there does
_ADDRESS = re.compile(
    r"<?[^\s<>@\"'():;,\[\]]{1,64}@[^\s<>@\"'():;,\[\]]{1,255}>?(?:\.{3})?", re.ASCII
)
_NOISE = re.compile(
    # so it is with the name of a server
    r"<[^<>\s]{1,320}>|\bhost [^\s\[]{1,255}\[[^\]\s]{1,64}\] said:"
    # types of addresses
    r"|\brfc-?822;|\butf-8;|\bsmtp;"
    # a reply of several lines repeats its codes on each of them
    r"|(?:^|\n)[ \t]{0,20}[245]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3})?",
    re.ASCII | re.IGNORECASE,
)
_URL = re.compile(r"(https?://[^/\s]{1,255})[^\s]{0,1000}", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[^\W\d_]{2}")


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


def judge(status: str | None, smtp_code: int | None, text: str, *, final: bool = True) -> Verdict:
    """Say why a recipient was refused and whether the address is dead.

    :param str status: enhanced status code such as `5.1.1`, None or empty without one.
    :param int smtp_code: SMTP reply code, None or 0 without one.
    :param str text: the server's answer, or what a report says about it.
    :param bool final: False while the sender keeps trying; nothing is hard then.
    :return Verdict: reason and hardness; never raises.
    """
    text = (text or "")[:MAX_TEXT]
    found = _QUOTED.search(text)
    quoted = found and next(filter(None, found.groups()), "")
    if quoted and quoted != text:
        # the label that a relay puts before an answer says less than the answer
        code, found = extract_codes(quoted)
        verdict = _judge(found or "", code, quoted, text, final=final)
        if verdict.reason != UNKNOWN and _first(FIRST[:2], _words(text)) != EXPIRED:
            return verdict
    return _judge(_specific_status(status or "", text), smtp_code, text, text, final=final)


def _judge(status: str, smtp_code: int | None, text: str, whole: str, *, final: bool) -> Verdict:
    """Judge an answer; `whole` is what quotes it, and may name the command that it was given to."""
    words = _words(text)
    reason = (
        _first(_BEFORE_CODES, words)
        or _rejected_recipient(status, words)
        or _by_status(status)
        or _first(VAGUE, words)
        or _by_code(status, smtp_code, words)
        or UNKNOWN
    )
    if reason == EXPIRED and not final:
        reason = NETWORK  # nobody has given up yet
    if reason in HARD_REASONS or reason == UNKNOWN:
        reason = _meant(reason, status, whole)
    temporary = status.startswith("4") or 400 <= (smtp_code or 0) < 500
    if temporary and status in ("", "4.0.0") and not smtp_code and _NO_SUCH_NAME.search(words):
        temporary = False  # Gmail gives up at once, and calls it temporary
    hard = final and not temporary and reason in HARD_REASONS and not _TEMPORARY.search(words)
    return Verdict(reason, hard and not status.startswith("2"))


def _specific_status(status: str, text: str) -> str:
    """Return the status, or the one in the text where the given one says nothing."""
    if status and not status.endswith(".0.0"):
        return status
    found = extract_codes(text)[1] or ""
    return found if found and found[:1] == (status or found)[:1] else status


def _meant(reason: str, status: str, text: str) -> str:
    """Return the reason where words about a user or a host may mean our own.

    An answer to MAIL or HELO cannot be about the recipient. After the data a missing domain is
    that of the sender.
    """
    if found := _QMAIL.search(text):
        command = _QMAIL_TO_COMMAND[found[0].lower()]
    else:
        found = _COMMAND.search(text)
        command = re.split(r"[ -]", found["name"].lower())[0] if found else ""
    if command == "data" and reason == HOST_UNKNOWN or status[2:] in _SENDER_STATUS:
        return SENDER_REJECTED
    return _COMMAND_TO_REASON.get(command, reason)


def _words(text: str) -> str:
    """Return what a person would read: one line, with a sign in the place of each address and
    without host names and the paths of links.
    """
    text = _ADDRESS.sub(f" {ADDRESS} ", _URL.sub(r"\1", text))
    return _SPACES.sub(" ", _NOISE.sub(" ", text))[:MAX_WORDS]


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
    """Judge by the bare reply code; beside words that say something else it proves nothing."""
    reason = "" if status else _CODE_TO_REASON.get(smtp_code or 0, "")
    return "" if reason in HARD_REASONS and _WORD.search(words) else reason
