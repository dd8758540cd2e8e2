# Part of mail_tracking. Licence: LGPL-3.
"""Bounces written for people: qmail, Exim, old Gmail and Exchange, Sendmail, gateways.

Only mail that a machine sent is read this way. What people write, also about a bounce, is not.
"""

import re
from collections.abc import Callable
from email.message import Message

from . import report_parts as rp
from .report_types import DELAYED, DSN, FAILED, MAX_DIAGNOSTIC, Report, refusal

#: characters and recipients that are looked at
_MAX_BODY = 200_000
_MAX_RECIPIENTS = 100
_MAX_LINES = 40

_ROBOTS = re.compile(
    r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mdaemon|mailerdaemon|"
    r"microsoftexchange[0-9a-f]{1,40})@|mailer-daemon$",
    re.I,
)
_POSTMASTER = re.compile(r"postmaster@", re.I)
_REPLY = re.compile(r"\s*(?:re|aw|sv|antw|rif|r|fwd?|wg|tr|rv|vs)\s*(?:\[\d+\])?\s*:", re.I)
_SUBJECT = re.compile(
    r"undeliver|not? (?:be )?deliver|failure|failed|returned|fail\b"
    r"|delivery (?:status|report|problem|error|notif)|rejected|bounce|non-?delivery|unzustellbar"
    r"|non remis|no se puede entregar"
    r"|nicht zugestellt|delayed|delivery warning|warning: ",
    re.I,
)
_BODY = re.compile(
    r"qmail-send program|created automatically by mail delivery software"
    r"|did not reach (?:some|the f)"
    r"|delivery to the following recipient|permanent fatal errors|unable to deliver your message"
    r"|could not be delivered|couldn't be delivered|wasn't able to deliver|was not delivered"
    r"|delivery has failed|undeliverable|could ?n[o']t deliver|delivery failed"
    r"|transcript of session",
    re.I,
)
_DELAY_SUBJECT = re.compile(
    r"\bdelay(?!ed delivery failed)|\bwarning\b|still being retried|verz\S{1,3}gert", re.I
)
_DELAY_BODY = re.compile(
    r"this is a warning message only|do(?:es)? not need to (?:re-?send|send)|no action is required"
    r"|has not yet been delivered|will (?:keep|continue) (?:on )?try|will be retried until",
    re.I,
)
_FAIL_SUBJECT = re.compile(r"fail|undeliver|returned|rejected|unzustellbar", re.I)
#: where the copy of the original begins
_COPY = re.compile(
    r"^[ \t>]*-{2,20} *(?:below this line is a copy|this is (?:a|the) copy|the (?:body|header)s? of"
    r"|original message|(?:returned|unsent) message|message headers? follow|forwarded message"
    r"|undelivered message|start of).{0,200}$"
    r"|^(?:original message headers|message headers follow).*$",
    re.I | re.M,
)
_COPIED_ID = re.compile(r"^[ \t>]{0,20}Message-ID:\s{0,40}(<[^<>\s]{1,990}>)", re.I | re.M)
_HEADER_LINE = re.compile(
    r"^(?:Return-Path|Received|From|To|Subject|Date|Message-ID|MIME-Version|DKIM-Signature):",
    re.I | re.M,
)
#: a line that begins with an address, which the rest and the lines below speak about
_INTRODUCTION = re.compile(
    r"[ \t]{0,40}[*\-•]?[ \t]{0,9}[<'\"(\[]{0,2}(?:mailto:)?"
    r"([^\s<>@'\"():;,\[\]]{1,64}@[^\s<>@'\"():;,\[\]]{1,255})"
)
_EDGES = ".…'\""


def read(message: Message, leaves: list[Message], *, reported: bool = False) -> Report | None:
    """Read a bounce without delivery status fields.

    :param Message message: the whole mail.
    :param list leaves: its parts.
    :param bool reported: its type already says that it is a delivery report.
    :return Report: None when the mail is no bounce, or does not say for whom.
    """
    listed = rp.addresses(rp.header(message, "x-failed-recipients"))[:_MAX_RECIPIENTS]
    text = rp.body_text(message)[:_MAX_BODY]
    subject = rp.header(message, "subject")
    if not (listed or reported or _is_robot(message, subject, text)):
        return None
    notice, copy = _split_copy(text)
    sections = _sections(notice)
    own = {rp.address(rp.header(message, name)) for name in ("from", "to", "return-path")}
    found = listed or [name for name in sections if name not in own and not _ROBOTS.match(name)]
    if not found:
        return None
    explain = explainer(notice, alone=len(found) == 1)
    kind = _kind(subject, notice)
    headers = rp.original_headers(leaves) or copy
    when = rp.timestamp(rp.header(message, "date"))
    sender = rp.header(message, "from").rpartition("@")[2].strip("> ").lower()[:255]
    findings = tuple(
        refusal(
            kind,
            "",
            explain(name),
            recipient=name,
            final_recipient=name,
            reporting_mta=sender,
            time=when,
        )
        for name in dict.fromkeys(found[:_MAX_RECIPIENTS])
    )
    return Report(DSN, findings, _original_ids(message, headers, text), headers)


def explainer(text: str, *, alone: bool) -> Callable[[str], str]:
    """Return a function that finds what a notice says about an address.

    :param str text: what a person would read.
    :param bool alone: the notice is about one recipient, so all of it is about that one.
    :return Callable: address -> text, empty when the notice does not say.
    """
    notice, _headers = _split_copy(text[:_MAX_BODY])
    sections = _sections(notice)
    everything = notice.strip()[:MAX_DIAGNOSTIC]

    def explain(name: str) -> str:
        section = sections.get(name, "")
        # An address in a list says nothing: what follows the list is about all of its members.
        return everything if alone and len(section) < 10 else section

    return explain


def is_answer(message: Message) -> bool:
    """Tell by its subject whether a mail answers or forwards another: people do that."""
    return bool(_REPLY.match(rp.header(message, "subject")))


def _is_robot(message: Message, subject: str, text: str) -> bool:
    """Tell whether a mail server wrote the mail, and to say that something was not delivered."""
    if is_answer(message):
        return False
    sender = rp.address(rp.header(message, "from")) or rp.header(message, "from").strip()
    embedded = rp.has_header(message, "x-ms-embedded-report")
    if not _ROBOTS.match(sender) and not embedded:
        return False
    in_subject, in_text = bool(_SUBJECT.search(subject)), bool(_BODY.search(text))
    if rp.header(message, "return-path").replace(" ", "") == "<>":
        return in_subject or in_text
    # People answer from postmaster@ too, and what is taken for a bounce reaches nobody. Only
    # who has no such address can do with one sign; a null return path gets lost on some ways.
    answered = rp.has_header(message, "in-reply-to", "list-unsubscribe", "list-id")
    if answered or (_POSTMASTER.match(sender) and not embedded):
        return in_subject and in_text
    return in_subject or in_text


def _kind(subject: str, notice: str) -> str:
    if _DELAY_SUBJECT.search(subject):
        return DELAYED
    if not _FAIL_SUBJECT.search(subject) and _DELAY_BODY.search(notice[:5_000]):
        return DELAYED
    return FAILED


def _split_copy(text: str) -> tuple[str, dict[str, str]]:
    """Return the notice, and the headers in the copy of the original below it."""
    marker = _COPY.search(text)
    if not marker:
        return text, {}
    first = _HEADER_LINE.search(text, marker.end())
    return text[: marker.start()], rp.headers_of(text[first.start() :]) if first else {}


def _sections(notice: str) -> dict[str, str]:
    """Return what the lines below each address say, in the order of the addresses."""
    sections, name = {}, ""
    for line in notice.split("\n"):
        match = _INTRODUCTION.match(line)
        found = match[1].lower().strip(_EDGES) if match else ""
        if found and "." in found.partition("@")[2]:
            name = found
            if name not in sections and len(sections) >= _MAX_RECIPIENTS:
                break
            sections.setdefault(name, [])
            line = line[match.end() :].lstrip(">'\")]:; \t")
        if name and line.strip() and len(sections[name]) < _MAX_LINES:
            sections[name].append(line.strip()[:2_000])
    return {name: "\n".join(lines)[:MAX_DIAGNOSTIC] for name, lines in sections.items()}


def _original_ids(message: Message, headers: dict[str, str], text: str) -> tuple[str, ...]:
    return (
        rp.message_ids(headers.get("message-id", ""))
        or tuple(dict.fromkeys(_COPIED_ID.findall(text)[:3]))
        or rp.message_ids(rp.header(message, "in-reply-to"))
    )
