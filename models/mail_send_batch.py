"""What is known about the mails of one SMTP session while they are sent."""

import smtplib
from collections import defaultdict
from dataclasses import dataclass, field

from odoo.addons.base.models.ir_mail_server import MailDeliveryException


@dataclass
class Envelope:
    """One SMTP transaction: one e-mail, one or several recipients.

    :param mail: ``mail.mail`` that is being sent
    :param rows: ``mail.tracking.email`` of the recipients, the first lends its token
    """

    mail: object
    rows: object


@dataclass
class Attempt:
    """The outcome of one envelope for one row."""

    row: object
    exception: Exception | None = None
    metadata: dict = field(default_factory=dict)


class SendBatch:
    """Collects the outcomes of the mails of one SMTP session.

    It lives for one call of ``mail.mail._send`` and is handed down through the
    context, as core does with the addresses it validated: core's signatures
    between ``_send`` and ``send_email`` leave no other way.
    """

    def __init__(self, mail_server=None, auto_commit=False):
        self.mail_server = mail_server
        self.auto_commit = auto_commit
        self.rows_by_mail = {}
        self.envelopes = {}
        self.attempts = defaultdict(dict)  # mail id -> row id -> Attempt
        self.sent_mail_ids = set()
        self.errors = []
        self.session = None  # a connection opened after the first one died
        self.server_error = None  # why no connection can be had any more
        self.offers_dsn = None  # whether the server offers delivery reports, if known
        self.private_partner_ids = None
        self.private_addresses = None

    def add_envelope(self, token, mail, rows):
        self.envelopes[token] = Envelope(mail, rows)

    def succeed(self, envelope, smtp_server, message, message_id, refused, facts=None):
        """Note that the server took the mail, except for those it refused.

        :param dict refused: address -> (SMTP code, answer) of each refused recipient
        :param dict facts: what else the server told, for the event
        """
        self.sent_mail_ids.add(envelope.mail.id)
        for row in envelope.rows:
            answer = refused.get(row.recipient_address)
            if answer:
                error = smtplib.SMTPRecipientsRefused({row.recipient_address: answer})
                self._add(envelope, row, error, smtp_server)
                continue
            metadata = row._tracking_sent_prepare(
                self.mail_server, smtp_server, message, message_id
            )
            metadata = {**(facts or {}), **(metadata or {})}
            self.attempts[envelope.mail.id][row.id] = Attempt(row, metadata=metadata)

    def fail(self, envelope, smtp_server, exception):
        """Note that nobody of this envelope gets the mail."""
        self.errors.append(exception)
        for row in envelope.rows:
            self._add(envelope, row, exception, smtp_server)

    def _add(self, envelope, row, exception, smtp_server):
        self.attempts[envelope.mail.id][row.id] = Attempt(
            row, exception=exception, metadata={"smtp_server": smtp_server}
        )

    def close(self):
        """End the connection that this batch opened itself, if any."""
        if self.session is None:
            return
        session, self.session = self.session, None
        try:
            session.quit()
        except (smtplib.SMTPException, OSError):
            session.close()


def root_cause(exception):
    """The exception below core's :class:`MailDeliveryException` wrapper.

    :param Exception exception: what ``send_email`` raised
    :rtype: Exception
    """
    seen = exception
    while isinstance(seen, MailDeliveryException) and isinstance(seen.__context__, Exception):
        seen = seen.__context__
    return seen
