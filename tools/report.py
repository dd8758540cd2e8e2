# Part of mail_tracking. Licence: LGPL-3.
"""What an incoming mail says about mails sent before: delivered, bounced, displayed, complained.

Nothing here is proof of who sent it. Reports are easily forged, so act only on those that carry
back something unguessable (the envelope id, a token in the returned headers, a VERP address).
"""

from email.message import Message

from . import events as ev
from . import report_dsn, report_people, report_text
from . import report_parts as rp
from .report_parts import parse
from .report_types import DSN, MAX_DIAGNOSTIC, UNRECOGNIZED, Finding, Report

__all__ = ["Finding", "Report", "parse", "read", "read_bytes", "unrecognized"]

#: more mails of ours are never looked for
MAX_IDS = 20


def read(message: Message) -> Report:
    """Read a mail as a report.

    :param Message message: parsed with any policy from any bytes.
    :return Report: of kind `none` for ordinary mail. Never raises; linear time; bounded.
    """
    return _read(message, depth=0)


def _read(message: Message, depth: int) -> Report:
    leaves = rp.parts(message)
    if receipt := report_dsn.read_pec(message, leaves):
        return receipt
    # Some programs attach the fields of a report again when a person forwards it.
    if _is_of_a_person(message):
        return report_people.read_auto_reply(message) or Report()
    report = report_dsn.read(message, leaves)
    if report and report.findings:
        return report
    # A report is automatic too, so its type is looked at before the signs of an auto-reply.
    return (
        report_people.read_mdn(message, leaves)
        or report_people.read_feedback(message, leaves)
        or _read_enclosed(message, leaves, depth)
        or _read_rest(message, leaves, report)
    )


def read_bytes(data: bytes) -> Report:
    """Read the source of a mail as a report.

    :param bytes data: anything. Python's parser raises on some of it, this does not.
    :return Report: as `read` returns it.
    """
    return read(parse(data))


def _read_enclosed(message: Message, leaves: list[Message], depth: int) -> Report | None:
    """Read a report that a mail server handed on as an attachment, as people do too."""
    inner = next(rp.enclosed(leaves), None)
    if depth or inner is None or rp.content_type(inner) != "multipart/report":
        return None
    if not report_text.is_robot(message, rp.body_text(message)):
        return None
    found = _read(inner, depth + 1)
    return found if found.findings else None


def unrecognized(message: Message) -> Report:
    """Return what a mail refers to, and its subject and text as a finding that decides nothing.

    :param Message message: one that `read` does not understand.
    :return Report: of kind `none`; without any key where it refers to no mail.
    """
    text = rp.body_text(message)
    headers = rp.original_headers(rp.parts(message)) or report_text.copied_headers(text)
    answered = (rp.header(message, name) for name in ("in-reply-to", "references"))
    message_ids = rp.message_ids(headers.get("message-id", ""), *answered)
    said = f"{rp.header(message, 'subject')}\n\n{text.strip()}".strip()[:MAX_DIAGNOSTIC]
    finding = Finding(UNRECOGNIZED, diagnostic=said, event_type=ev.UNRECOGNIZED)
    return Report(findings=(finding,), message_ids=message_ids[:MAX_IDS], headers=headers)


def _is_of_a_person(message: Message) -> bool:
    if rp.content_type(message) == "multipart/report" or not report_text.is_answer(message):
        return False
    return not report_text.is_robot(message, rp.body_text(message))


def _read_rest(message: Message, leaves: list[Message], empty: Report | None) -> Report:
    """Read what has no usable fields: a delivery report without them, a notice for people."""
    reported = empty is not None or (
        rp.content_type(message) == "multipart/report"
        and rp.parameter(message, "report-type") == "delivery-status"
    )
    if reported or report_text.is_robot(message, rp.body_text(message)):
        loose = report_dsn.read(message, leaves, loose=True)
        if loose and loose.findings:
            return loose
    return (
        report_text.read(message, leaves, reported=reported)
        or empty
        or (Report(kind=DSN) if reported else None)
        or report_people.read_auto_reply(message)
        or Report()
    )
