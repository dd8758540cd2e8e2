# Part of mail_tracking. Licence: LGPL-3.
"""Bounces written for people: qmail, Exim, old Gmail and Exchange, Sendmail, gateways.

Only mail that a machine sent is read this way. What people write, also about a bounce, is not.
"""

import re
from collections.abc import Callable, Mapping
from email.message import Message
from email.utils import parseaddr

from . import reasons, report_flufl
from . import report_parts as rp
from . import report_words as words
from .report_types import DELAYED, DSN, FAILED, MAX_DIAGNOSTIC, Report, refusal

#: characters and recipients that are looked at
_MAX_BODY = 200_000
_MAX_RECIPIENTS = 100
_MAX_LINES = 40

_COPIED_ID = re.compile(r"^[ \t>]{0,20}Message-ID:\s{0,40}(<[^<>\s]{1,990}>)", re.I | re.M)
_HEADER_LINE = re.compile(
    r"^(?:Return-Path|Received|From|To|Subject|Date|Message-ID|MIME-Version|DKIM-Signature):",
    re.I | re.M,
)
_EDGES = ".…'\"[]"


def read(message: Message, leaves: list[Message], *, reported: bool = False) -> Report | None:
    """Read a bounce without delivery status fields.

    :param Message message: the whole mail.
    :param list leaves: its parts.
    :param bool reported: its type already says that it is a delivery report.
    :return Report: None when the mail is no bounce, or does not say for whom.
    """
    text = rp.body_text(message)[:_MAX_BODY]
    if reported and len(leaves) > 1:
        text = rp.all_texts(leaves)[:_MAX_BODY] or text
    listed = rp.addresses(rp.header(message, "x-failed-recipients"))[:_MAX_RECIPIENTS]
    if not (listed or reported or is_robot(message, text)):
        return None
    notice, copy = _split_copy(text)
    subject = rp.header(message, "subject")
    if _says_delivered(subject, notice):
        return Report(DSN)
    headers = rp.original_headers(leaves) or copy
    found, delayed = listed or _recipients(message, notice, headers), frozenset()
    if not found:
        found, delayed = report_flufl.recipients(message, text)
    found = list(dict.fromkeys(found or _only_addressee(headers)))[:_MAX_RECIPIENTS]
    if not found:
        return None
    kind = _kind(subject, notice)
    explain, made_of = explainer(notice, alone=len(found) == 1), parents(notice)
    # what follows these words is the subject of the original
    title = "" if words.FAIL_START.match(subject) else subject
    sender = rp.address(rp.header(message, "from")) or rp.header(message, "from")
    reporter = sender.rpartition("@")[2].strip("> ").lower()[:255]
    time = rp.timestamp(rp.header(message, "date"))
    findings = tuple(
        refusal(
            DELAYED if name in delayed else kind,
            "",
            _with_title(explain(name), title),
            recipient=made_of.get(name, name),
            final_recipient=name,
            reporting_mta=reporter,
            time=time,
        )
        for name in found
    )
    return Report(DSN, findings, _original_ids(message, headers, text), headers)


def explainer(text: str, *, alone: bool) -> Callable[[str], str]:
    """Return a function that finds what a notice says about an address.

    :param str text: what a person would read.
    :param bool alone: the notice is about one recipient, so all of it is about that one.
    :return Callable: address -> text, empty when the notice does not say.
    """
    text = text[:_MAX_BODY]
    footer = words.FOOTER.search(text)  # what a scanner or a company writes below all its mails
    notice, _headers = _split_copy(text[: footer.start()] if footer else text)
    sections = _sections(notice)
    everything = notice.strip()[:MAX_DIAGNOSTIC]

    def explain(name: str) -> str:
        section = sections.get(name, "")
        # What stands above a lone address, or below a list of them, is about it as well.
        return everything if alone and not _says_why(section) else section

    return explain


def parents(text: str) -> dict[str, str]:
    """Return which address of ours a server made others of: member of a list -> the list.

    :param str text: what a person would read; Sendmail, Postfix and Exim say so there.
    """
    found = {}
    for match in words.EXPANDED.finditer(text[:_MAX_BODY]):
        before = rp.addresses(text[max(0, match.start() - 600) : match.start()])
        if before and len(found) < _MAX_RECIPIENTS:
            found.setdefault(before[-1], match[1].lower().strip(_EDGES))
    return found


def copied_headers(text: str) -> dict[str, str]:
    """Return the headers of the original where its copy is part of the text."""
    return _split_copy(text[:_MAX_BODY])[1]


def is_answer(message: Message) -> bool:
    """Tell by its subject whether a mail answers or forwards another: people do that."""
    return bool(words.ANSWER.match(rp.header(message, "subject")))


def is_robot(message: Message, text: str) -> bool:
    """Tell whether a mail server wrote the mail, and to say that something was not delivered.

    :param Message message: the mail.
    :param str text: what a person would read of it.
    """
    sender = _sender(message)
    nobody = words.NOBODY.fullmatch(rp.header(message, "return-path", limit=300).strip())
    embedded = rp.has_header(message, "x-ms-embedded-report")
    is_named = words.ROBOTS.match(sender) or embedded or _is_robot_name(message)
    if not (is_named or nobody):
        return False
    if is_answer(message):
        return bool(is_named and nobody and words.PROGRAM.search(text[:2_000]))
    subject = rp.header(message, "subject")
    if words.AWAY.match(subject):
        return False
    in_subject = bool(words.SUBJECT.search(subject))
    if not in_subject and words.HELD.search(subject):
        return False
    notice = _split_copy(text)[0]
    in_text = bool(words.BODY.search(text))
    if nobody and not is_named:
        # notes of absence and receipts have no return path either
        is_notice = in_text or _has_answer(notice) or (in_subject and _says_why(notice[:3_000]))
        return is_notice and not _is_sent_by_program(message)
    if nobody:
        return in_subject or in_text or _has_answer(notice)
    # People answer from postmaster@ too, and what is taken for a bounce reaches nobody. Only
    # who has no such address can do with one sign; a null return path gets lost on some ways.
    answered = rp.has_header(message, "in-reply-to", "list-unsubscribe", "list-id")
    surely = words.ROBOTS.match(sender) and not words.POSTMASTER.match(sender)
    if answered or not (surely or embedded):
        may_answer = surely or not answered
        return in_subject and (in_text or (may_answer and _has_answer(notice)))
    return in_subject or in_text or bool(surely and _has_answer(notice))


def _sender(message: Message) -> str:
    """Return the address in From; a mail server may leave out its domain, or all of it."""
    value = rp.header(message, "from", limit=1_000).strip()
    if found := rp.address(value):
        return found
    name, address = parseaddr(value[:300])
    return "mailer-daemon" if value in ("", "<>") else address or name or value


def _is_robot_name(message: Message) -> bool:
    name = parseaddr(rp.header(message, "from", limit=300))[0]
    return bool(words.ROBOT_NAMES.search(name))


def _is_sent_by_program(message: Message) -> bool:
    """Tell mail that programs send on their own or for a person, and that is no notice."""
    names = ("list-id", "list-unsubscribe", "feedback-id", "x-autoreply", "x-autorespond")
    return rp.has_header(message, *names, "x-auto-response-suppress")


def _has_answer(notice: str) -> bool:
    """Tell whether the first lines hold the answer of a mail server, or its words."""
    head = notice[:3_000]
    return bool(words.ANSWER_LINE.search(head) or words.UNKNOWN_USER.search(head))


def _with_title(text: str, title: str) -> str:
    """Return what is said of an address, and the subject where only that says why."""
    return f"{title}\n{text}".strip() if _says_why(title) and not _says_why(text) else text


def _says_why(section: str) -> bool:
    return bool(section) and reasons.judge("", None, section).reason != reasons.UNKNOWN


def _says_success(text: str) -> bool:
    found = words.SUCCESS.search(text)
    return bool(found) and not words.NEGATION.search(
        text[max(0, found.start() - 25) : found.start()]
    )


def _says_delivered(subject: str, notice: str) -> bool:
    """Tell reports of success whose fields were lost on the way."""
    is_success = _says_success(subject) or _says_success(notice[:1_000])
    return is_success and not (
        words.FAIL_SUBJECT.search(subject)
        or words.BODY.search(notice)
        or words.ANSWER_LINE.search(notice)
    )


def _recipients(message: Message, notice: str, headers: Mapping[str, str]) -> list[str]:
    """Return the addresses that lines begin with, else the only address there is."""
    own = {rp.address(rp.header(message, name)) for name in ("from", "to", "return-path")}
    own |= {rp.address(headers.get(name, "")) for name in ("from", "sender", "return-path")}
    own -= set(rp.addresses(headers.get("to", "")))

    def is_other(name):
        return name not in own and not words.ROBOTS.match(name)

    made_of = parents(notice)
    found = [name for name in _sections(notice) if is_other(name)]
    found = [name for name in found if name not in made_of.values()] or found
    if not found:
        asked = (match[1].lower() for match in words.ASKED.finditer(notice))
        found = [name for name in dict.fromkeys(asked) if is_other(name)]
    if not found:
        named = {name.strip(_EDGES) for name in rp.addresses(notice[: rp.MAX_VALUE])}
        named = {name for name in named if is_other(name) and not words.HELPERS.match(name)}
        found = list(named) if len(named) == 1 else []
    return found


def _only_addressee(headers: Mapping[str, str]) -> list[str]:
    """Return whom the original was addressed to: a notice may leave that to its copy."""
    found = rp.addresses(headers.get("to", ""))
    return found if len(found) == 1 else []


def _kind(subject: str, notice: str) -> str:
    # the words after these are the subject of the original
    if words.FAIL_START.match(subject):
        return FAILED
    if words.DELAY_SUBJECT.search(subject):
        # some programs warn of what is final
        is_final = reasons.judge("", None, f"{subject}\n{notice[:3_000]}").hard
        return FAILED if is_final and not words.DELAY_BODY.search(notice[:5_000]) else DELAYED
    if not words.FAIL_SUBJECT.search(subject) and words.DELAY_BODY.search(notice[:5_000]):
        return DELAYED
    return FAILED


def _split_copy(text: str) -> tuple[str, dict[str, str]]:
    """Return the notice, and the headers in the copy of the original below it."""
    marker = words.COPY.search(text)
    if not marker:
        return text, {}
    first = _HEADER_LINE.search(text, marker.start())
    return text[: marker.start()], rp.headers_of(text[first.start() :]) if first else {}


def _sections(notice: str) -> dict[str, str]:
    """Return what the lines below each address say, in the order of the addresses."""
    sections, name = {}, ""
    for line in words.SUMMARY.sub("\n", notice).split("\n"):
        match = words.INTRODUCTION.match(line)
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
