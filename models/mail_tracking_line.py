"""Plain data: what the chatter shows of one recipient, and what is read of a row for it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import fields

#: What decides about the words of a line: rows that agree in these say the same.
OUTCOME_FIELDS = (
    "state",
    "is_cancelled",
    "is_cc",
    "error_type",
    "error_code",
    "error_description",
    "error_smtp_server",
    "delivery_report",
    "answering_server",
    "reporting_server",
    "final_recipient",
    "is_unproven",
    "retry_until",
)
#: What is said of a recipient of whom there is nothing to say.
NO_OUTCOME = {
    "error_type": False,
    "error_description": False,
    "evidence": "",
    "isCc": False,
    "state": "",
    "shared": 1,
}
OUTCOME_MODEL = "mail.tracking.outcome"
EPOCH, SECOND = datetime(1970, 1, 1), timedelta(seconds=1)


class RowFacts(NamedTuple):
    """What the lines of a chatter need of a row, read for many messages at once."""

    id: int
    message_id: int
    partner_id: int | None
    address: str | None
    recipient: str | None
    time: datetime | None
    envelope_token: str | None
    successor_id: int | None
    outcome: tuple

    @property
    def key(self):
        """What tells the recipients of a message apart."""
        return self.partner_id, self.address or self.recipient or ""


class Line(NamedTuple):
    """What is shown of one recipient of a message.

    ``outcome`` are the values that many recipients have in common, see ``_prepare_outcome``;
    the name and the address of the contact are what the client knows of it by itself.
    """

    outcome: dict
    tracking_id: int | bool = False
    partner_id: int | bool = False
    recipient: str = ""
    email: str | bool = False
    time: datetime | bool = False
    partner_name: str | bool = ""
    partner_email: str | bool = False

    def as_dict(self):
        """The line in full, see ``mail.message.tracking_status``.

        :rtype: dict
        """
        return {
            **self.outcome,
            "tracking_id": self.tracking_id,
            "partner_id": self.partner_id,
            "recipient": self.recipient,
            "email": self.email,
            "time": fields.Datetime.to_string(self.time) if self.time else False,
        }

    def as_row(self, outcome_id):
        """The line as the client gets it, which fills in what it knows of the contact.

        :param str outcome_id: of the outcome, which is sent once
        :rtype: list
        """
        _outcome, tracking_id, partner_id, recipient, email, time, name, address = self
        row = [tracking_id, partner_id, outcome_id, time and (time - EPOCH) // SECOND]
        own = {}
        if recipient != (name or ""):
            own["recipient"] = recipient
        if email != (address or False):
            own["email"] = email
        if own:
            row.append(own)
        return row
