# Part of mail_tracking. Licence: LGPL-3.
"""What is known of the email to one recipient, in a sentence for people who know nothing of email.

The one table of status and evidence: every screen that explains a status takes its sentence here.
"""

from . import events as ev
from . import modes
from .translate import _lt

#: What reports of a mail that left through an account of its sender: they go there.
PERSONAL = "personal"
#: (state of a tracking, or else the status; evidence) -> sentence
SENTENCES = {
    ("waiting", ""): _lt("The email is waiting to be sent."),
    ("cancelled", ""): _lt("The email was cancelled or deleted before it was sent."),
    ("cancelled", "mail_bl"): _lt("Nothing was sent: the address is blacklisted."),
    ("no_email", ""): _lt("Nothing was sent: this contact has no email address."),
    ("error", ""): _lt("The email did not reach this recipient."),
    ("error", "unsent"): _lt("The email was not sent to this recipient."),
    ("error", "unconfirmed"): _lt("It is not known whether the email arrived."),
    ("error", PERSONAL): _lt(
        "The email was not sent: the sender's own mail account did not accept it. Its owner can "
        "connect it again in the preferences, or choose the default mail server there."
    ),
    ("error", "invalid_address"): _lt("Nothing was sent: this is not an email address."),
    ("error", "address_dead"): _lt("Nothing was sent: the address has been dead since %(since)s."),
    (ev.REJECTED, ""): _lt("The email service did not send the email to this recipient."),
    (ev.BOUNCED, ""): _lt("The email did not reach this recipient: the address does not work."),
    (ev.SOFT_BOUNCED, ""): _lt(
        "The email did not reach this recipient. The address itself may be good."
    ),
    (ev.SPAM, ""): _lt("The email arrived, and the recipient reported it as spam."),
    (ev.DEFERRED, ""): _lt("The email has not been delivered yet. A mail server keeps trying."),
    ("sent", ""): _lt(
        "The outgoing mail server accepted the email. Nothing confirms its delivery so far."
    ),
    ("sent", "success"): _lt(
        "The outgoing mail server accepted the email. It reports delivery if the recipient's mail "
        "server supports that."
    ),
    ("sent", "failure"): _lt(
        "The outgoing mail server accepted the email. It reports failures and delays, but not "
        "delivery."
    ),
    ("sent", "off"): _lt(
        "The outgoing mail server accepted the email. It was not asked to report delivery."
    ),
    ("sent", "none"): _lt(
        "The outgoing mail server accepted the email. It does not report delivery."
    ),
    ("sent", "service"): _lt(
        "The email service accepted the email. It will report whether it is delivered."
    ),
    ("sent", PERSONAL): _lt(
        "The sender's own mail account accepted the email. If it comes back, the report goes to "
        "the sender's mailbox, and Odoo does not see it."
    ),
    ("sent", "relayed"): _lt(
        "%(reporter)s handed the email over to a mail server that does not report delivery."
    ),
    ("sent", "relayed_to"): _lt(
        "%(reporter)s handed the email over to %(server)s, which does not report delivery."
    ),
    ("delivered", ""): _lt(
        "The recipient's mail server accepted the email. Whether it was read is not known."
    ),
    ("delivered", "server"): _lt(
        "The mail server %(server)s accepted the email. Whether it was read is not known."
    ),
    ("delivered", "reporter"): _lt(
        "%(reporter)s reports that the email was delivered. Whether it was read is not known."
    ),
    ("delivered", "server_reporter"): _lt(
        "The mail server %(server)s accepted the email, as %(reporter)s reports. Whether it was "
        "read is not known."
    ),
    ("opened", ""): _lt("The email was opened."),
    ("opened", "answer"): _lt("The email was answered, so it arrived and was read."),
    ("opened", "click"): _lt("A link in the email was clicked."),
    ("opened", "receipt"): _lt("The recipient's mail program sent a read receipt."),
    ("opened", "image"): _lt(
        "The image in the email was loaded. That is no proof that a person read it."
    ),
    ("opened", "proxy"): _lt(
        "The recipient's mail service loaded the image in the email, usually because the email was "
        "opened."
    ),
    ("opened", "shared"): _lt(
        "The same email went to %(count)s recipients: which of them opened it is not known."
    ),
    ("unsub", ""): _lt("The recipient does not want any more emails of this kind."),
    ("cc", ""): _lt("A copy went to this address. What became of it is not known."),
    ("no_partner", ""): _lt("This recipient is not a contact. Nothing more is known."),
    ("unknown", ""): _lt("Nothing is known about an email to this recipient."),
    ("unknown", "inbox"): _lt("This recipient was notified in Odoo, not by email."),
}
#: What may be known of opens, in words; the first half of a sentence.
OPEN_MODES = {
    modes.IDENTIFIED: _lt("Opens are noted"),
    modes.LEGAL: _lt("Opens are kept as evidence"),
    modes.HYGIENE: _lt("Only the day of the last open of the address is kept"),
    modes.COUNTED: _lt("Opens are counted, not tied to persons"),
    modes.OFF: _lt("Opens are not tracked"),
}
#: Who decided that, in words; the second half, after a colon.
OPEN_REASONS = {
    "agreed": _lt("%(name)s agreed."),
    "not_asked": _lt("%(name)s was never asked, or did not answer."),
    "refused": _lt("%(name)s said No."),
    "country": _lt(
        "authorities in the country of %(name)s ask for consent, and %(name)s has not agreed "
        "so far."
    ),
    "company": _lt("the settings of the company say so."),
    "database": _lt("the settings of this database say so."),
    "server": _lt("the settings of the mail server say so."),
    "template": _lt("the settings of the email template say so."),
    "model": _lt("the settings for records of this kind say so."),
    "envelope": _lt("another recipient of this email has not agreed."),
}
#: Instead of both, where the recipient changed their mind.
REFUSED_LATER = _lt("%(name)s said No after this email was sent. Opens are no longer noted.")
#: What follows where a status might be read as "not opened".
OPEN_UNKNOWABLE = _lt("Whether %(name)s opened it cannot be known.")
#: Proofs that an email was opened, the strongest first.
PROOFS = ("answer", "click", "receipt", "image", "proxy")
#: Proofs that say only that some recipient of the email opened it.
SHARED_PROOFS = ("image", "proxy")
#: Statuses that say more than the state of the tracking.
OWN_STATUSES = ("cancelled", "no_email")
#: What an error is evidence of, by its reason.
ERROR_EVIDENCE = {
    "invalid_address": "invalid_address",
    "address_dead": "address_dead",
    "smtp_unconfirmed": "unconfirmed",
}
#: Reasons that lie with the account, where a mail leaves through one of its sender.
ACCOUNT_REASONS = ("smtp_login", "smtp_refused", "smtp_setup", "sender_rejected")
#: Reasons that say it all: what is stored beside them is a sentence in some language.
WORDLESS = ("no_recipient", "smtp_unconfirmed", "address_dead")
#: Reasons for which no server was asked to take the email.
NO_SERVER_ASKED = ("no_recipient", "invalid_address", "address_dead")


def find(status: str, evidence: str = "", state: str = "") -> str:
    """Return the sentence on a status, to be translated where it is shown.

    :param status: a status word of the chatter; one that an addon brings along counts as unknown
    :param evidence: see `evidence_of`; one that says nothing new of the status is ignored
    :param state: of the tracking, if there is one and it is not waiting
    """
    for key in (status,) if status in OWN_STATUSES else (state, status):
        if sentence := SENTENCES.get((key, evidence)) or SENTENCES.get((key, "")):
            return sentence
    return SENTENCES["unknown", ""]


def evidence_of(
    state: str,
    *,
    error_type: str = "",
    delivery_report: str = "",
    server: str = "",
    reporter: str = "",
    proof: str = "",
) -> str:
    """Return on what a state rests, as `SENTENCES` names it.

    :param error_type: reason word of a failure
    :param delivery_report: what the server that took the email, or did not, reports
    :param server: the server that accepted the email, according to a report
    :param reporter: the server that wrote the report
    :param proof: one of `PROOFS`, or ``shared``
    """
    if state == ev.ERROR and delivery_report == PERSONAL and error_type in ACCOUNT_REASONS:
        return PERSONAL
    if state == ev.ERROR:
        return ERROR_EVIDENCE.get(error_type, "unsent")
    if state == ev.SENT and reporter:
        return "relayed_to" if server and server != reporter else "relayed"
    if state == ev.SENT:
        return delivery_report
    if state == ev.DELIVERED and server and reporter and server != reporter:
        return "server_reporter"
    if state == ev.DELIVERED:
        return "reporter" if reporter and not server else "server" if server else ""
    return proof if state == ev.OPENED else ""


def proof_of(event_type: str, open_kind: str, open_reason: str) -> str:
    """Return which of `PROOFS` a counted open or click is."""
    if event_type == ev.CLICK:
        return "click"
    if open_reason == "read_receipt":
        return "receipt"
    return "proxy" if open_kind == ev.PROXY else "image"
