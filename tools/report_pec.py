# Part of mail_tracking. Licence: LGPL-3.
"""Receipts of PEC, the certified mail of Italy.

Both providers tell the sender what they did, in mails of their own: signed, named by a header, with
the facts in `daticert.xml` (technical rules of the decree of 2 November 2005). Its tags are looked
for by words, not by an XML parser: what strangers send is not worth that risk.
"""

import re
from datetime import datetime, timedelta, timezone
from email.message import Message
from html import unescape

from . import events as ev
from . import report_parts as rp
from .report_types import (
    DELIVERED,
    DSN,
    FAILED,
    MAX_DIAGNOSTIC,
    MAX_FINDINGS,
    MAX_NAME,
    Finding,
    Report,
    assess,
)

#: the provider of the sender took the mail over
ACCEPTED = "accepted"

#: kind of receipt -> finding kind, event type; of others nothing follows for the sender
_RECEIPTS = {
    "accettazione": (ACCEPTED, ev.SENT),
    "avvenuta-consegna": (DELIVERED, ev.DELIVERED),
    "errore-consegna": (FAILED, ev.SOFT_BOUNCE),
    "preavviso-errore-consegna": (FAILED, ev.SOFT_BOUNCE),
    "non-accettazione": (FAILED, ev.REJECT),
    "rilevazione-virus": (FAILED, ev.REJECT),
    "presa-in-carico": (ACCEPTED, ""),  # from one provider to the other
}
#: what `errore` says -> reason; what the text says is looked at where it says nothing
_REASONS = {"no-dest": "user_unknown", "no-dominio": "host_unknown", "virus": "content"}
#: receipts about one recipient, whom `consegna` names; of the others all are meant
_OF_ONE = ("avvenuta-consegna", "errore-consegna", "preavviso-errore-consegna")

_FILE = re.compile(r"name\*?=\"?(?:[\w-]*'')?daticert\.xml", re.I)
_TAG = re.compile(r"<([a-z-]{1,40})(?:\s[^<>]{0,400})?>([^<>]{1,4000})</\1\s{0,9}>", re.I)
_HEAD = re.compile(r"<postacert\b([^<>]{0,400})>", re.I)
_ERROR = re.compile(r"\berrore\s{0,9}=\s{0,9}[\"']([^\"']{1,40})", re.I)
_ZONE = re.compile(r"<data\b[^<>]{0,100}\bzona\s{0,9}=\s{0,9}[\"']([+-])(\d\d)(\d\d)[\"']", re.I)


def read(message: Message, leaves: list[Message]) -> Report | None:
    """Read a receipt.

    :param Message message: the whole mail.
    :param list leaves: its parts.
    :return Report: None when the mail is none; without findings where nothing follows from it.
    """
    receipt = rp.header(message, "x-ricevuta").partition(";")[0].strip().lower()
    if not receipt:
        return None
    facts = next((rp.source(part) for part in leaves if _is_facts(part)), "")
    if receipt not in _RECEIPTS and not facts:
        return None
    values = _values(facts)
    ids = rp.message_ids(rp.header(message, "x-riferimento-message-id"))
    return Report(
        kind=DSN,
        findings=tuple(_findings(message, receipt, facts, values)),
        message_ids=ids or rp.message_ids(*values.get("msgid", ())[:1]),
        headers=rp.original_headers(leaves),
    )


def _is_facts(part: Message) -> bool:
    names = rp.header(part, "content-type"), rp.header(part, "content-disposition")
    return any(_FILE.search(value) for value in names)


def _values(facts: str) -> dict[str, list[str]]:
    """Return what stands in the tags that hold nothing but a text."""
    found = {}
    for match in _TAG.finditer(facts):
        values = found.setdefault(match[1].lower(), [])
        if len(values) < MAX_FINDINGS:
            values.append(unescape(match[2]).replace("\x00", "").strip())
    return found


def _findings(message, receipt, facts, values):
    """Yield what happened to the mail for each recipient that the receipt is about."""
    kind, event_type = _RECEIPTS.get(receipt, ("", ""))
    if not event_type:
        return
    head = _HEAD.search(facts)
    error = _ERROR.search(head[1]) if head else None
    text = " ".join(" ".join(values.get("errore-esteso", ())[:5]).split())[:MAX_DIAGNOSTIC]
    found = assess(kind, "", text)
    known = _REASONS.get(error[1].strip().lower(), "") if error else ""
    reporter = next(iter(values.get("gestore-emittente", ())), "")[:MAX_NAME]
    for name in _recipients(receipt, values):
        yield Finding(
            kind,
            recipient=name,
            final_recipient=name,
            status=found.status,
            smtp_code=found.smtp_code,
            diagnostic=text or rp.header(message, "subject"),
            reporting_mta=reporter,
            time=_time(facts, values) or rp.timestamp(rp.header(message, "date")),
            reason=(known or found.reason) if kind == FAILED else "",
            event_type=event_type,
        )


def _recipients(receipt: str, values: dict[str, list[str]]) -> list[str]:
    """Return whom a receipt is about; one empty text where it does not say."""
    named = values.get("consegna", ()) if receipt in _OF_ONE else ()
    addressed = values.get("destinatari", ())
    if receipt in _OF_ONE and not named and len(addressed) > 1:
        addressed = ()
    found = (rp.address(value)[:MAX_NAME] for value in named or addressed)
    return list(dict.fromkeys(filter(None, found)))[:MAX_FINDINGS] or [""]


def _time(facts: str, values: dict[str, list[str]]) -> float | None:
    """Return the epoch seconds of the provider's clock, None without a usable time."""
    zone = _ZONE.search(facts)
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
