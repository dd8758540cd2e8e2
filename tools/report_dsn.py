# Part of mail_tracking. Licence: LGPL-3.
"""Delivery reports whose fields are there to be read.

Delivery status notifications (RFC 3464, RFC 6533), and the receipts of PEC, the certified mail of
Italy: both providers notify the sender of what they did by signed mails, named by a header, with
the facts in `daticert.xml` (technical rules of the decree of 2 November 2005). Its tags are looked
for by words, not by an XML parser: what strangers send is not worth that risk.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.message import Message
from functools import cache, partial
from html import unescape

from . import events as ev
from . import report_parts as rp
from . import report_text
from .report_types import (
    DELAYED,
    DELIVERED,
    DSN,
    EXPANDED,
    FAILED,
    MAX_DIAGNOSTIC,
    MAX_FINDINGS,
    MAX_NAME,
    RELAYED,
    Finding,
    Report,
    assess,
    refusal,
)

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")

#: start of the Action field -> finding kind; some servers write `failure` or `error`
_ACTION_TO_KIND = {
    "fail": FAILED,
    "error": FAILED,
    "undeliver": FAILED,
    "delay": DELAYED,
    "defer": DELAYED,
    "deliver": DELIVERED,
    "relay": RELAYED,
    "expand": EXPANDED,
}
_CLASS_TO_KIND = {"5": FAILED, "4": DELAYED, "2": DELIVERED}

_NAMES = frozenset({"final-recipient", "original-recipient"})
_BEGINNINGS = _NAMES | {"action"}
#: what the mail's own group may say for all recipients
_PER_RECIPIENT = frozenset(
    {"action", "status", "diagnostic-code", "remote-mta", "last-attempt-date"}
)
_PER_MESSAGE = frozenset(
    {"reporting-mta", "original-envelope-id", "dsn-gateway", "received-from-mta", "arrival-date"}
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII)
#: a comment in the status, which some servers give instead of a diagnostic text
_COMMENT = re.compile(r"\(([^()]{4,500})\)")
#: parts that are searched for fields of the wrong type
_MAX_LOOSE = 10
_RECIPIENT_FIELD = re.compile(r"^(?:Final|Original)-Recipient[ \t]{0,9}:", re.I | re.M)
_OUTCOME_FIELD = re.compile(r"^(?:Action|Status)[ \t]{0,9}:", re.I | re.M)
_ADDRESS = re.compile(r"[^\s|/:][^\s]{0,400}@[^\s@]{1,255}|")
_TYPE_PREFIX = re.compile(r"\A[A-Za-z0-9-]{1,40}\s*;\s*")
#: xtext (RFC 3461), only where it cannot be a plus sign of the address itself
_XTEXT = re.compile(r"\+(2B|3D)|((?:\+[C-F][0-9A-F])(?:\+[89AB][0-9A-F]){1,3})")
#: Unicode in an address of type utf-8 (RFC 6533)
_ESCAPE = re.compile(r"\\x\{([0-9A-F]{2,6})\}")

#: PEC: the provider of the sender took the mail over
ACCEPTED = "accepted"

#: kind of receipt -> finding kind, event type; of others nothing follows for the sender
_PEC_RECEIPTS = {
    "accettazione": (ACCEPTED, ev.SENT),
    "avvenuta-consegna": (DELIVERED, ev.DELIVERED),
    "errore-consegna": (FAILED, ev.SOFT_BOUNCE),
    "preavviso-errore-consegna": (FAILED, ev.SOFT_BOUNCE),
    "non-accettazione": (FAILED, ev.REJECT),
    "rilevazione-virus": (FAILED, ev.REJECT),
    "presa-in-carico": (ACCEPTED, ""),  # from one provider to the other
}
#: what `errore` says -> reason; what the text says is looked at where it says nothing
_PEC_REASONS = {"no-dest": "user_unknown", "no-dominio": "host_unknown", "virus": "content"}
#: receipts about one recipient, whom `consegna` names; of the others all are meant
_PEC_OF_ONE = ("avvenuta-consegna", "errore-consegna", "preavviso-errore-consegna")

_PEC_FILE = re.compile(r"name\*?=\"?(?:[\w-]*'')?daticert\.xml", re.I)
_PEC_TAG = re.compile(r"<([a-z-]{1,40})(?:\s[^<>]{0,400})?>([^<>]{1,4000})</\1\s{0,9}>", re.I)
_PEC_HEAD = re.compile(r"<postacert\b([^<>]{0,400})>", re.I)
_PEC_ERROR = re.compile(r"\berrore\s{0,9}=\s{0,9}[\"']([^\"']{1,40})", re.I)
_PEC_ZONE = re.compile(
    r"<data\b[^<>]{0,100}\bzona\s{0,9}=\s{0,9}[\"']([+-])(\d\d)(\d\d)[\"']", re.I
)


def read(message: Message, leaves: list[Message], *, loose: bool = False) -> Report | None:
    """Read a report that has a part with delivery status fields.

    :param Message message: the whole mail.
    :param list leaves: its parts.
    :param bool loose: look for the fields in parts of other types too: some gateways change the
        type, or pour all parts into one. Only for mail that is known to be a report.
    :return Report: None when there is no such part.
    """
    texts = [rp.source(part) for part in leaves if rp.content_type(part) in STATUS_TYPES]
    if loose:
        texts = [text for text in map(rp.source, leaves[:_MAX_LOOSE]) if _has_fields(text)][:1]
    if not texts:
        return None
    common, blocks = split_blocks("\n\n".join(texts))
    notice = rp.body_text(message)
    headers = rp.original_headers(leaves) or report_text.copied_headers(
        texts[0] if loose else notice
    )
    default_time = rp.timestamp(rp.header(message, "date"))
    # prose is read only where the fields do not say enough
    explainer = cache(partial(report_text.explainer, notice, alone=len(blocks) == 1))
    parents = cache(partial(report_text.parents, notice))
    failed_headers = rp.addresses(rp.header(message, "x-failed-recipients"))
    fallback = failed_headers[0] if len(failed_headers) == len(blocks) == 1 else ""
    # Thousands of recipients mostly got the same answer.
    remembered = cache(assess)
    findings = (
        _finding(common, block, default_time, explainer, parents, fallback, remembered)
        for block in blocks
    )
    message_ids = rp.message_ids(headers.get("message-id", ""))
    return Report(
        kind=DSN,
        findings=tuple(dict.fromkeys(finding for finding in findings if finding)),
        message_ids=message_ids or rp.message_ids(rp.header(message, "in-reply-to")),
        headers=headers,
        envelope_id=unxtext(common.get("original-envelope-id", ""))[:MAX_NAME],
    )


def split_blocks(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Sort fields into those of the mail and those of each recipient.

    The fields of a group have no order, and blank lines are missing or too many in what some
    servers send. So a group that names a recipient is all that recipient's; one that does not
    belongs to the recipient before it, or else to the mail.

    :param str text: the status part.
    :return tuple: fields of the mail, fields of each recipient.
    """
    common, blocks = {}, []
    for group in _groups(text):
        for name in group.keys() & _PER_MESSAGE:
            common.setdefault(name, group.pop(name))
        last = blocks[-1] if blocks else {}
        if group.keys() & _NAMES or ("action" in group and (not last or "action" in last)):
            blocks.append(group)
            if len(blocks) >= MAX_FINDINGS:
                break
        else:
            target = last if blocks else common
            for name, value in group.items():
                target.setdefault(name, value)
    for block in blocks:  # some servers say once what holds for all
        for name in common.keys() & _PER_RECIPIENT:
            block.setdefault(name, common[name])
    return common, blocks


def _groups(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields between blank lines, or up to those that begin anew."""
    group = {}
    for name, value in rp.fields(text):
        begins_anew = name in group and (name in _BEGINNINGS or name == next(iter(group)))
        if group and (not name or begins_anew):
            yield group
            group = {}
        if name:
            group.setdefault(name, value)
    if group:
        yield group


def recipient(value: str) -> str:
    """Return the bare lower-case address in an Original- or Final-Recipient field."""
    kind, found, rest = value.partition(";")
    value = rest if found else kind
    listed = rp.addresses(value)
    if listed and "<" in value:
        value = listed[0]
    value = value.split("(")[0].strip().strip("<>\"'").strip()
    if "@" not in value and listed:
        value = listed[0]
    value = _ESCAPE.sub(_unescaped, value)
    return unxtext(value).lower()[:MAX_NAME]


def unxtext(value: str) -> str:
    """Decode xtext where a server returned it undecoded."""
    return _XTEXT.sub(
        lambda match: bytes.fromhex(match[0].replace("+", "")).decode("utf-8", "replace"),
        value.strip(),
    )


def without_type(value: str) -> str:
    """Return what follows the type in `type; value`."""
    return _TYPE_PREFIX.sub("", value, count=1).strip()


def _has_fields(text: str) -> bool:
    return bool(_RECIPIENT_FIELD.search(text) and _OUTCOME_FIELD.search(text))


def _unescaped(match: re.Match) -> str:
    code = int(match[1], 16)
    return chr(code) if 0x20 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


def _finding(common, block, default_time, explainer, parents, fallback, assess):
    """Read one recipient's fields; None when they do not say what happened."""
    status = _STATUS.search(block.get("status", ""))
    status = status[1] if status else ""
    kind = _kind(block.get("action", ""), status)
    if not kind:
        return None
    final = recipient(block.get("final-recipient", ""))
    original = recipient(block.get("original-recipient", ""))
    name = original if "@" in original else parents().get(final, final) or original or fallback
    if not _ADDRESS.fullmatch(name):  # a pipe, a file, a list
        name = fallback or name
    diagnostic = without_type(block.get("diagnostic-code", ""))
    if not diagnostic and (comment := _COMMENT.search(block.get("status", ""))):
        diagnostic = comment[1].strip()
    is_prose = not diagnostic and kind in (FAILED, DELAYED)
    if is_prose:
        explain = explainer()
        diagnostic = explain(final) or explain(name)
    return refusal(
        kind,
        status,
        diagnostic,
        assess=partial(assess, is_prose=True) if is_prose else assess,
        recipient=name,
        final_recipient=final,
        reporting_mta=without_type(common.get("reporting-mta", ""))[:MAX_NAME],
        remote_mta=without_type(block.get("remote-mta", ""))[:MAX_NAME],
        time=rp.timestamp(block.get("last-attempt-date", "")) or default_time,
        retry_until=rp.timestamp(block.get("will-retry-until", "")),
    )


def _kind(action: str, status: str) -> str:
    action = action.strip().lower()
    for start, kind in _ACTION_TO_KIND.items():
        if action.startswith(start):
            return kind
    return _CLASS_TO_KIND.get(status[:1], "")


def read_pec(message: Message, leaves: list[Message]) -> Report | None:
    """Read a receipt of PEC.

    :param Message message: the whole mail.
    :param list leaves: its parts.
    :return Report: None when the mail is none; without findings where nothing follows from it.
    """
    receipt = rp.header(message, "x-ricevuta").partition(";")[0].strip().lower()
    if not receipt:
        return None
    facts = next((rp.source(part) for part in leaves if _is_facts(part)), "")
    if receipt not in _PEC_RECEIPTS and not facts:
        return None
    values = _pec_values(facts)
    ids = rp.message_ids(rp.header(message, "x-riferimento-message-id"))
    return Report(
        kind=DSN,
        findings=tuple(_pec_findings(message, receipt, facts, values)),
        message_ids=ids or rp.message_ids(*values.get("msgid", ())[:1]),
        headers=rp.original_headers(leaves),
    )


def _is_facts(part: Message) -> bool:
    names = rp.header(part, "content-type"), rp.header(part, "content-disposition")
    return any(_PEC_FILE.search(value) for value in names)


def _pec_values(facts: str) -> dict[str, list[str]]:
    """Return what stands in the tags that hold nothing but a text."""
    found = {}
    for match in _PEC_TAG.finditer(facts):
        values = found.setdefault(match[1].lower(), [])
        if len(values) < MAX_FINDINGS:
            values.append(unescape(match[2]).replace("\x00", "").strip())
    return found


def _pec_findings(message, receipt, facts, values):
    """Yield what happened to the mail for each recipient that the receipt is about."""
    kind, event_type = _PEC_RECEIPTS.get(receipt, ("", ""))
    if not event_type:
        return
    head = _PEC_HEAD.search(facts)
    error = _PEC_ERROR.search(head[1]) if head else None
    text = " ".join(" ".join(values.get("errore-esteso", ())[:5]).split())[:MAX_DIAGNOSTIC]
    found = assess(kind, "", text)
    known = _PEC_REASONS.get(error[1].strip().lower(), "") if error else ""
    reporter = next(iter(values.get("gestore-emittente", ())), "")[:MAX_NAME]
    for name in _pec_recipients(receipt, values):
        yield Finding(
            kind,
            recipient=name,
            final_recipient=name,
            status=found.status,
            smtp_code=found.smtp_code,
            diagnostic=text or rp.header(message, "subject"),
            reporting_mta=reporter,
            time=_pec_time(facts, values) or rp.timestamp(rp.header(message, "date")),
            reason=(known or found.reason) if kind == FAILED else "",
            event_type=event_type,
        )


def _pec_recipients(receipt: str, values: dict[str, list[str]]) -> list[str]:
    """Return whom a receipt is about; one empty text where it does not say."""
    named = values.get("consegna", ()) if receipt in _PEC_OF_ONE else ()
    addressed = values.get("destinatari", ())
    if receipt in _PEC_OF_ONE and not named and len(addressed) > 1:
        addressed = ()
    found = (rp.address(value)[:MAX_NAME] for value in named or addressed)
    return list(dict.fromkeys(filter(None, found)))[:MAX_FINDINGS] or [""]


def _pec_time(facts: str, values: dict[str, list[str]]) -> float | None:
    """Return the epoch seconds of the provider's clock, None without a usable time."""
    zone = _PEC_ZONE.search(facts)
    day, hour = (next(iter(values.get(name, ())), "") for name in ("giorno", "ora"))
    if not zone:
        return None
    offset = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    try:
        moment = datetime.strptime(f"{day[:10]} {hour[:8]}", "%d/%m/%Y %H:%M:%S")  # noqa: DTZ007
        moment = moment.replace(tzinfo=timezone(-offset if zone[1] == "-" else offset))
    except ValueError:
        return None
    seconds = moment.timestamp()
    return seconds if 0 < seconds <= rp.MAX_TIME else None
