# Part of mail_tracking. Licence: LGPL-3.
"""What people did: displayed a mail (RFC 8098), complained (RFC 5965), are away (RFC 3834)."""

import re
from email.message import Message

from . import report_parts as rp
from . import report_words as words
from .report_dsn import recipient, unxtext
from .report_types import (
    ARF,
    AUTO_REPLY,
    COMPLAINT,
    DISPLAYED,
    FAILED,
    MAX_FINDINGS,
    MAX_NAME,
    MDN,
    Finding,
    Report,
    refusal,
)

DISPOSITION_TYPES = ("message/disposition-notification", "message/global-disposition-notification")
FEEDBACK_TYPE = "message/feedback-report"

#: feedback that is no complaint: taken back (RFC 6430), or about authentication (RFC 6591)
_NO_COMPLAINT = ("not-spam", "auth-failure", "dmarc")

_JMRP = re.compile(r"complaint about message from", re.I)


def read_mdn(message: Message, leaves: list[Message]) -> Report | None:
    """Read a disposition notification; only `displayed` is a finding.

    :return Report: None when the mail is none.
    """
    part = _first_part(leaves, DISPOSITION_TYPES)
    if part is None and rp.parameter(message, "report-type") != "disposition-notification":
        return None
    found = _fields(part)
    headers = rp.original_headers(leaves)
    ids = rp.message_ids(found.get("original-message-id", ""), headers.get("message-id", ""))
    disposition = found.get("disposition", "")[:MAX_NAME]
    kind, _slash, modifier = disposition.rpartition(";")[2].strip().lower().partition("/")
    final = recipient(found.get("final-recipient", ""))
    original = recipient(found.get("original-recipient", ""))
    outcome = _mdn_outcome(message, disposition, kind.strip(), modifier)
    finding = refusal(
        outcome or DISPLAYED,
        "",
        rp.body_text(message).strip() if outcome == FAILED else disposition,
        recipient=original or final or rp.address(rp.header(message, "from")),
        final_recipient=final,
        reporting_mta=found.get("reporting-ua", "")[:MAX_NAME],
        time=rp.timestamp(rp.header(message, "date")),
    )
    return Report(
        kind=MDN,
        findings=(finding,) if outcome else (),
        message_ids=ids or rp.message_ids(rp.header(message, "in-reply-to")),
        headers=headers,
    )


def _mdn_outcome(message: Message, disposition: str, kind: str, modifier: str) -> str:
    """Return what a disposition means: displayed, failed, or nothing to report.

    A filter of the recipient's that rejects a mail says so in such a notification (RFC 5429).
    """
    if kind == "displayed" and "error" not in modifier:
        return DISPLAYED
    is_automatic = disposition.lower().startswith("automatic-action")
    if not is_automatic or kind not in ("deleted", "denied", "failed", "processed"):
        return ""
    text = "\n".join(
        (
            rp.header(message, "auto-submitted"),
            rp.header(message, "subject"),
            rp.body_text(message)[:2_000],
        )
    )
    return FAILED if words.REJECTED.search(text) else ""


def read_feedback(message: Message, leaves: list[Message]) -> Report | None:
    """Read a complaint: a feedback report, or the older form of Microsoft.

    :return Report: None when the mail is none.
    """
    part = _first_part(leaves, (FEEDBACK_TYPE,))
    headers = rp.original_headers(leaves)
    if (
        part is None
        and rp.parameter(message, "report-type") != "feedback-report"
        and not (headers and _JMRP.match(rp.header(message, "subject")))
    ):
        return None
    found = _fields(part)
    no_complaint = found.get("feedback-type", "abuse").strip().lower() in _NO_COMPLAINT
    time = rp.timestamp(rp.header(message, "date"))
    findings = (
        Finding(
            COMPLAINT,
            recipient=name,
            final_recipient=name,
            diagnostic=found.get("feedback-type", "")[:MAX_NAME],
            reporting_mta=found.get("user-agent", "")[:MAX_NAME],
            time=time,
            event_type="" if no_complaint else "spam",
        )
        for name in _complainants(part, headers)
    )
    return Report(
        kind=ARF,
        findings=tuple(findings),
        message_ids=rp.message_ids(headers.get("message-id", "")),
        headers=headers,
        envelope_id=unxtext(found.get("original-envelope-id", ""))[:MAX_NAME],
    )


def read_auto_reply(message: Message) -> Report | None:
    """Read the answer of a machine on behalf of a person who is away.

    :return Report: None when the mail is none.
    """
    if not _is_auto_reply(message):
        return None
    sender = rp.address(rp.header(message, "from"))[:MAX_NAME]
    ids = rp.message_ids(rp.header(message, "in-reply-to"))
    references = rp.message_ids(rp.header(message, "references"))
    finding = Finding(
        AUTO_REPLY,
        recipient=sender,
        final_recipient=sender,
        diagnostic=rp.header(message, "subject"),
        time=rp.timestamp(rp.header(message, "date")),
    )
    return Report(kind=AUTO_REPLY, findings=(finding,), message_ids=ids or references[-1:])


def _is_auto_reply(message: Message) -> bool:
    """Tell answers of machines from the mail they send on their own, such as newsletters."""
    if rp.has_header(message, "list-id", "list-unsubscribe", "feedback-id"):
        return False
    submitted = rp.header(message, "auto-submitted").partition(";")[0].strip().lower()
    if submitted in ("no", "auto-replied"):
        return submitted == "auto-replied"
    # Exchange calls its answers generated, as others do what they send on their own.
    if submitted and rp.has_header(message, "in-reply-to", "references"):
        return True
    if rp.header(message, "precedence").strip().lower() in ("auto_reply", "auto-reply"):
        return True
    if rp.has_header(message, "x-autoreply", "x-autorespond", "x-autoresponder"):
        return rp.header(message, "x-autoreply").strip().lower() != "no"
    # Programs also set it on ordinary mail, to be spared such answers.
    suppress = rp.header(message, "x-auto-response-suppress").strip().lower()
    if suppress == "all" and rp.has_header(message, "in-reply-to"):
        return True
    return bool(words.AWAY.match(rp.header(message, "subject")))


def _complainants(part: Message | None, headers: dict[str, str]) -> list[str]:
    """Return whom the complaint comes from; one empty text when that was taken out."""
    pairs = rp.fields(rp.source(part)) if part is not None else ()
    named = [recipient(value) for name, value in pairs if name == "original-rcpt-to"]
    named = [name for name in dict.fromkeys(named) if "@" in name][:MAX_FINDINGS]
    if not named:
        named = rp.addresses(headers.get("x-hmxmroriginalrecipient", ""))[:1]
    if not named:
        addressed = rp.addresses(headers.get("to", ""))
        named = addressed if len(addressed) == 1 else []
    return named or [""]


def _first_part(leaves: list[Message], kinds: tuple[str, ...]) -> Message | None:
    return next((part for part in leaves if rp.content_type(part) in kinds), None)


def _fields(part: Message | None) -> dict[str, str]:
    found = {}
    for name, value in rp.fields(rp.source(part)) if part is not None else ():
        if name:
            found.setdefault(name, value)
    return found
