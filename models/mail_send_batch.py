"""What is known about the mails of one SMTP session while they are sent."""

import smtplib
import time
from collections import defaultdict
from dataclasses import dataclass, field

from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..tools import smtp, smtp_setup
from .columns import column_of
from .guard import tracking_guard

#: where a transaction keeps its CreatedRows
CREATED_ROWS = "mail_tracking_created_rows"
#: context key of mails that are sent after the commit of what they tell about
AFTER_COMMIT = "mail_tracking_after_commit"
#: What a :class:`PlainRow` holds of a row, in its order, and what stands for nothing.
PLAIN_FIELDS = {
    "token": "",
    "envelope_token": "",
    "partner_id": False,
    "recipient": "",
    "recipient_address": "",
    "state": "",
    "mail_id_int": 0,
    "mail_message_id": False,
}
#: While a queue is sent, readers of messages are told this often.
TELL_SECONDS = 1.0


class CreatedRows:
    """The rows that a transaction created itself, and need not look up."""

    def __init__(self):
        self._rows_by_mail = {}
        self._mail_by_row = {}

    @classmethod
    def of(cls, cr):
        """Those of the transaction of a cursor, which forgets them at its end."""
        return cr.cache.setdefault(CREATED_ROWS, cls())

    def add(self, rows):
        """Remember rows that were just created.

        :param list rows: :class:`PlainRow`
        """
        for row in rows:
            self._rows_by_mail.setdefault(row.mail_id, []).append(row)
            self._mail_by_row[row.id] = row.mail_id

    def get(self, mail_id):
        """The rows of a mail, None where they have to be looked up."""
        return self._rows_by_mail.get(mail_id)

    def forget(self, row_ids):
        """Drop the copies of rows that changed, with those of the same mail."""
        for row_id in row_ids:
            self._rows_by_mail.pop(self._mail_by_row.pop(row_id, None), None)


@dataclass(frozen=True)
class PlainRow:
    """A ``mail.tracking.email`` as it was when its mail was taken up.

    Plain values on purpose: core deletes a mail as soon as it is sent, which empties
    the cache of the ORM, so that records would be read again for each mail.

    :param bool is_new: created in this very transaction, so nobody else saw it yet
    :param dict vals: with which it was created, if that was in this transaction
    """

    id: int
    token: str
    envelope_token: str
    partner_id: int
    recipient: str
    recipient_address: str
    state: str
    mail_id: int
    message_id: int
    is_new: bool = False
    vals: dict | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, rows, *, is_new=False):
        """Plain copies of records.

        :param rows: ``mail.tracking.email``, read with sudo
        :rtype: list[PlainRow]
        """
        columns = [rows._ids]
        for name, empty in PLAIN_FIELDS.items():
            columns.append([value or empty for value in column_of(rows, name)])
        return [cls(*values, is_new) for values in zip(*columns, strict=True)]

    @classmethod
    def of_values(cls, row_id, vals, *, is_new=False):
        """A plain copy of a row that was just created.

        :param int row_id: its number
        :param dict vals: its complete values
        :rtype: PlainRow
        """
        return cls(
            id=row_id,
            token=vals["token"],
            envelope_token=vals.get("envelope_token") or "",
            partner_id=vals.get("partner_id") or False,
            recipient=vals.get("recipient") or "",
            recipient_address=vals["recipient_address"] or "",
            state=vals.get("state") or "",
            mail_id=vals.get("mail_id_int") or 0,
            message_id=vals.get("mail_message_id") or False,
            is_new=is_new,
            vals=vals,
        )


@dataclass
class Envelope:
    """One SMTP transaction: one email, one or several recipients.

    :param int mail_id: the ``mail.mail`` that is being sent
    :param list rows: its recipients, the first lends its token
    """

    mail_id: int
    rows: list


class ConcludedError(Exception):
    """A failure that core concluded, before or after the session with the server.

    :param str error_type: a word of core or of ours
    :param str text: for people
    :param dict codes: what the server said besides, as values of an event
    """

    def __init__(self, error_type, text, **codes):
        super().__init__(text)
        self.tracking_metadata = {"error_type": error_type, "error_description": text, **codes}

    @classmethod
    def of_connection(cls, exception):
        """Why no session with the server could be had.

        :param Exception exception: what was raised; None where that is not known
        """
        if exception is None:
            return None
        failure = smtp.describe(exception)
        error_type = failure.error_type
        if smtp_setup.is_unreachable(exception):
            error_type = "mail_smtp"  # core's word for it
        elif isinstance(exception, UserError):
            error_type = smtp_setup.SETTINGS
        elif error_type == "unknown":
            error_type = smtp_setup.FAILED
        codes = {"error_code": str(failure.code or ""), "error_status": failure.status}
        return cls(error_type, failure.text, **codes)


@dataclass
class Attempt:
    """The outcome of one envelope for one row."""

    row: PlainRow
    exception: Exception | None = None
    metadata: dict = field(default_factory=dict)


class SendBatch:
    """Collects the outcomes of the mails of one SMTP session.

    It lives for one call of ``mail.mail._send`` and is handed down through the
    context, as core does with the addresses it validated: core's signatures
    between ``_send`` and ``send_email`` leave no other way.

    :param env: environment, with sudo
    :param mail_server: the ``ir.mail_server`` in use, may be empty
    :param bool auto_commit: whether core commits after each mail
    """

    def __init__(self, env, mail_server=None, auto_commit=False):
        self.env = env
        self.mail_server = mail_server
        self.auto_commit = auto_commit
        # read once: what a mail empties from the cache would be read for the next
        # sudo: ir.mail_server - settings of the server that sends, whoever sends
        server = (mail_server or env["ir.mail_server"]).sudo()
        self.server_name = server.smtp_host or server.name or ""
        self.is_pixel_off = bool(server) and not server.mail_tracking_pixel
        self.sender_filter = server.from_filter if server else server._get_default_from_filter()
        self.dsn_setting = server._tracking_dsn_setting()
        self.is_told_by_service = server._tracking_has_service()
        self.dsn_known = server._tracking_offers_dsn()
        self.offers_dsn = None  # whether the server offers delivery reports, once it told
        self.rows_by_mail = {}
        self.matched_mail_ids = set()  # mails whose rows are those of their recipients
        self.surplus_ids = []  # rows for which there is no email after all
        self.threads = {}  # message id -> model and id of its record
        self.untold_ids = set()  # messages whose readers have still to be told
        self.told_at = float("-inf")
        self.envelopes = {}
        self.pixels = {}  # token of an envelope -> address of the pixel of its email
        self.attempts = defaultdict(dict)  # mail id -> row id -> Attempt
        self.sent_mail_ids = set()
        self.concluded_message_ids = set()  # of mails that core is done with
        self.errors = []
        self.session = None  # a connection opened after the first one died
        self.server_error = None  # why no connection can be had any more
        self.is_private = {}  # row id -> whether its recipient wants no pixel

    def record(self, row):
        """The ``mail.tracking.email`` of a plain row, for hooks that want one."""
        return self.env["mail.tracking.email"].browse(row.id)

    def add_envelope(self, token, mail_id, rows):
        self.envelopes[token] = Envelope(mail_id, rows)

    def note_thread(self, mail):
        """Remember where the message of a mail is shown."""
        if mail.mail_message_id and mail.model and mail.res_id:
            self.threads[mail.mail_message_id.id] = (mail.model, mail.res_id)

    def succeed(self, envelope, smtp_server, message, message_id, refused, facts=None):
        """Note that the server took the mail, except for those it refused.

        :param dict refused: address -> (SMTP code, answer) of each refused recipient
        :param dict facts: what else the server told, for the event
        """
        self.sent_mail_ids.add(envelope.mail_id)
        for row in envelope.rows:
            answer = refused.get(smtp.address_key(row.recipient_address))
            if answer:
                error = smtplib.SMTPRecipientsRefused({row.recipient_address: answer})
                self._add(envelope, row, error, smtp_server)
                continue
            metadata = {"smtp_server": smtp_server, **(facts or {})}
            with tracking_guard("preparing what is known of a mail that was sent"):
                prepared = self.record(row)._tracking_sent_prepare(
                    self.mail_server, smtp_server, message, message_id
                )
                metadata.update(prepared or {})
            self.attempts[envelope.mail_id][row.id] = Attempt(row, metadata=metadata)

    def fail(self, envelope, smtp_server, exception):
        """Note that nobody of this envelope gets the mail."""
        self.errors.append(exception)
        for row in envelope.rows:
            self._add(envelope, row, exception, smtp_server)

    def _add(self, envelope, row, exception, smtp_server):
        self.attempts[envelope.mail_id][row.id] = Attempt(
            row, exception=exception, metadata={"smtp_server": smtp_server}
        )

    def is_left_to_caller(self, exception):
        """Whether a failure is to undo the whole transaction, as core wants it.

        A connection that dies while somebody else's transaction sends, before any mail has
        left: undone, all mails wait in the queue and are tried again. After a commit there
        is nothing to undo, and of mails that left nothing can be.

        :param Exception exception: what ``send_email`` raised
        :rtype: bool
        """
        is_dead = isinstance(exception, smtplib.SMTPServerDisconnected)
        return is_dead and self.may_be_undone and not self.sent_mail_ids

    @property
    def may_be_undone(self):
        """Whether these mails are sent in a transaction that somebody else may roll back."""
        return not (self.auto_commit or self.env.context.get(AFTER_COMMIT))

    def take_attempts(self):
        """The outcomes collected so far, which are forgotten here."""
        attempts = [a for per_mail in self.attempts.values() for a in per_mail.values()]
        self.attempts.clear()
        return attempts

    def tell(self, messages):
        """Tell the readers of these messages, together with those of other mails.

        After the commit of each mail, so once for all mails of a moment is enough.

        :param messages: ``mail.message`` of which there are news
        """
        self.untold_ids.update(messages._ids)
        if time.monotonic() - self.told_at > TELL_SECONDS:
            self.tell_all()

    def tell_all(self):
        """Tell the readers of all messages that are left."""
        ids, self.untold_ids = self.untold_ids, set()
        self.told_at = time.monotonic()
        with tracking_guard("telling the readers of messages"):
            self.env["mail.message"].browse(ids)._notify_tracking_update()

    def drop_surplus(self):
        """Delete the rows for which there was no email after all."""
        ids, self.surplus_ids = self.surplus_ids, []
        self.env["mail.tracking.email"].browse(ids).exists().filtered(
            lambda r: not r.state
        ).unlink()

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
