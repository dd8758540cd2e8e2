# Part of mail_tracking. Licence: LGPL-3.
"""What a report says, in plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from . import events as ev
from . import reasons

#: kinds of reports
DSN = "dsn"
MDN = "mdn"
ARF = "arf"
AUTO_REPLY = "auto_reply"
NONE = "none"

#: kinds of findings; `AUTO_REPLY` is one too
DELIVERED = "delivered"
RELAYED = "relayed"
EXPANDED = "expanded"
DELAYED = "delayed"
FAILED = "failed"
DISPLAYED = "displayed"
COMPLAINT = "complaint"
UNRECOGNIZED = "unrecognized"

#: findings of one report, characters of a server's answer and of a name
MAX_FINDINGS = 1_000
MAX_DIAGNOSTIC = 20_000
MAX_NAME = 400

#: finding kind -> event type; others make no event, and `failed` asks the verdict.
#: `relayed` is no proof of delivery: the trail ends at a server without DSN (RFC 3461).
_KIND_TO_EVENT = {
    DELIVERED: ev.DELIVERED,
    DELAYED: ev.DEFERRAL,
    DISPLAYED: ev.OPEN,
    COMPLAINT: ev.SPAM,
}


@dataclass(frozen=True)
class Finding:
    """What happened to the mail for one recipient.

    :param str kind: one of the constants above, or `auto_reply`.
    :param str recipient: lower-case bare address we sent to, as far as known; may be empty.
    :param str final_recipient: the address the reporter used, after aliases and forwards.
    :param str status: enhanced status code, empty without one.
    :param int smtp_code: SMTP reply code, None without one.
    :param str diagnostic: the server's text; for displayed the disposition.
    :param str reporting_mta: who reports; for an MDN or a complaint the program.
    :param str remote_mta: whose answer it was.
    :param float time: epoch seconds, None when unknown.
    :param float retry_until: epoch seconds until which the sender keeps trying.
    :param str reason: one of `reasons.REASONS`, empty unless failed or delayed.
    :param bool hard: the address is dead.
    :param str event_type: one of `events.EVENT_TYPES`, empty for no event.
    """

    kind: str
    recipient: str = ""
    final_recipient: str = ""
    status: str = ""
    smtp_code: int | None = None
    diagnostic: str = ""
    reporting_mta: str = ""
    remote_mta: str = ""
    time: float | None = None
    retry_until: float | None = None
    reason: str = ""
    hard: bool = False
    event_type: str = ""

    @property
    def addresses(self) -> set[str]:
        """The addresses that it names."""
        return {self.recipient, self.final_recipient} - {""}

    @property
    def final(self) -> bool:
        """Nothing more will be heard of this recipient's delivery; only a delay is not final."""
        return self.kind != DELAYED


@dataclass(frozen=True)
class Report:
    """What an incoming mail says about mails sent before.

    :param str kind: dsn, mdn, arf, auto_reply, or none for all other mail.
    :param tuple findings: at most `MAX_FINDINGS`, in the order of the report.
    :param tuple message_ids: Message-IDs of the original, with angle brackets.
    :param Mapping headers: headers of the returned original, lower-case names.
    :param str envelope_id: what we gave as ENVID.
    """

    kind: str = NONE
    findings: tuple[Finding, ...] = ()
    message_ids: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    envelope_id: str = ""

    @property
    def failed(self) -> list[Finding]:
        """The findings that say that a mail failed."""
        return [finding for finding in self.findings if finding.kind == FAILED]


#: reasons that a status gives for want of a better one
_WIDE_REASONS = (reasons.UNKNOWN, reasons.NETWORK, reasons.POLICY, reasons.CONTENT)


class Assessment(NamedTuple):
    """What can be read out of a server's answer."""

    status: str
    smtp_code: int | None
    reason: str
    hard: bool


def assess(kind: str, status: str, diagnostic: str, *, is_prose: bool = False) -> Assessment:
    """Read codes and verdict out of what a server said.

    :param str kind: of the finding; failed and delayed are judged.
    :param str status: enhanced status of the report, may be empty.
    :param str diagnostic: the server's answer.
    :param bool is_prose: no answer, but what the report says to people: advice and advertising
        stand there too, so a status that says something counts for more.
    :return Assessment: complete; no reason for other kinds.
    """
    smtp_code, found = reasons.extract_codes(diagnostic)
    if found and (not status or (status.endswith(".0.0") and status[0] == found[0])):
        status = found
    if kind not in (FAILED, DELAYED):
        return Assessment(status, smtp_code, "", False)
    final = kind == FAILED
    verdict = reasons.judge(status, smtp_code, diagnostic, final=final)
    if is_prose and not status.endswith(".0"):
        alone = reasons.judge(status, smtp_code, "", final=final)
        verdict = verdict if alone.reason in _WIDE_REASONS else alone
    return Assessment(status, smtp_code, *verdict)


def refusal(kind: str, status: str, diagnostic: str, *, assess=assess, **values) -> Finding:
    """Make a finding with codes and verdict from what the server said.

    :param str kind: any; failed and delayed are judged.
    :param str status: enhanced status of the report, may be empty.
    :param str diagnostic: the server's answer.
    :param Callable assess: `assess`, or one that remembers its answers.
    :param values: other fields of `Finding`.
    :return Finding: complete.
    """
    diagnostic = diagnostic[:MAX_DIAGNOSTIC]
    found = assess(kind, status, diagnostic)
    event_type = _KIND_TO_EVENT.get(kind, "")
    if kind == FAILED:
        event_type = ev.HARD_BOUNCE if found.hard else ev.SOFT_BOUNCE
    return Finding(
        kind=kind,
        status=found.status,
        smtp_code=found.smtp_code,
        diagnostic=diagnostic,
        reason=found.reason,
        hard=found.hard,
        event_type=event_type,
        **values,
    )
