import time
from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize, escape_psql
from odoo.tools.mail import email_normalize_all

from ..tools import tokens
from ..tools.addresses import plain_address
from .guard import NEW_MAILS

MAX_TEXT = 20_000
MAX_NAME = 1_000
#: PostgreSQL takes up to 2704 bytes into an index, and a character has up to four.
MAX_INDEXED = 500


class MailTrackingEmail(models.Model):
    """What became of one mail for one envelope recipient.

    A record outlives its mail, message and contact, and keeps the address as it was
    when the mail was sent. Its state is derived from its events and written by
    ``_fold`` alone. It is tied to the ``mail.mail`` by a bare number: a foreign key
    would make the deletion of a sent mail write this row, and fail - after the mail
    has left - when an event changes the row at that moment.

    Nobody may write it by hand, not even an administrator: it is evidence.
    """

    _name = "mail.tracking.email"
    _inherit = "mail.tracking.evidence"
    _description = "Tracking email"
    _order = "time desc, id desc"

    # the mail
    name = fields.Char("Subject", readonly=True, help="Subject of the email as it was sent.")
    timestamp = fields.Float("UTC timestamp", readonly=True, help="Seconds since 1970, UTC.")
    time = fields.Datetime(readonly=True, help="When the email was created.")
    date = fields.Date(readonly=True, help="The day, in UTC.")
    mail_message_id = fields.Many2one(
        "mail.message",
        "Chatter message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The message that this email was sent for.",
    )
    message_id = fields.Char(
        "Message-ID",
        compute="_compute_message_id",
        compute_sudo=True,
        help="The Message-ID header of the email.",
    )
    mail_id_int = fields.Integer(
        "Email ID",
        readonly=True,
        index="btree_not_null",
        help="ID of the outgoing email, also after it was deleted.",
    )
    mail_id = fields.Many2one(
        "mail.mail",
        "Outgoing email",
        compute="_compute_mail_id",
        inverse="_inverse_mail_id",
        search="_search_mail_id",
        compute_sudo=True,
        help="The outgoing email, while it exists: most are deleted once they are sent.",
    )
    author_id = fields.Many2one(
        "res.partner",
        readonly=True,
        ondelete="set null",
        help="Who wrote the message.",
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Whose email it is; users of other companies do not see it.",
    )
    sender = fields.Char(
        readonly=True, help="The address that the email comes from, as it was sent."
    )
    # the recipient
    partner_id = fields.Many2one(
        "res.partner",
        "Recipient",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The contact that the email was for, if it was for one.",
    )
    recipient = fields.Char(
        "Recipient email",
        readonly=True,
        help="Name and address as the email was addressed to them.",
    )
    recipient_address = fields.Char(
        "Recipient address", readonly=True, help="The address without the name, in lower case."
    )
    recipient_domain = fields.Char(
        "Recipient domain", readonly=True, help="The part of the address after the @."
    )
    is_cc = fields.Boolean("Carbon copy", readonly=True, help="The recipient got a copy (Cc).")
    envelope_token = fields.Char(
        "Envelope token",
        readonly=True,
        index="btree_not_null",
        copy=False,
        help="Common to the recipients of one and the same email.",
    )
    token = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Key of this email that nobody can guess.",
    )
    recipient_text = fields.Char(
        "Name or address",
        compute="_compute_recipient_text",
        search="_search_recipient_text",
        help="The recipient as it was addressed; a search for an address is quick.",
    )
    # its status
    state = fields.Selection(
        [
            ("error", "Error"),
            ("deferred", "Delayed"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("opened", "Opened"),
            ("rejected", "Rejected"),
            ("spam", "Spam"),
            ("unsub", "Unsubscribed"),
            ("bounced", "Bounced"),
            ("soft-bounced", "Soft bounced"),
        ],
        string="Status",
        readonly=True,
        help="Empty while the email waits to be sent.",
    )
    state_time = fields.Datetime("Since", readonly=True, help="When the status last changed.")
    needs_action = fields.Boolean(
        "Needs action", readonly=True, help="It failed, and nobody has reviewed or resent it yet."
    )
    # the evidence, in the words that fit here
    smtp_server = fields.Char(help="The mail server that took the email from Odoo.")
    queue_id = fields.Char(
        help="The number that the outgoing mail server gave to the email, as in its log."
    )
    answering_server = fields.Char(
        "Server that answered", readonly=True, help="The server whose answer a report quotes."
    )
    reporting_server = fields.Char(help="The mail server that sent the report.")
    final_recipient = fields.Char(
        help="The address that failed, where it is not the one that the email was sent to: a "
        "member of an alias, or where the email was forwarded to."
    )
    is_unproven = fields.Boolean(
        help="The event behind the status carries no key that only this database knows, so "
        "anybody could have sent it."
    )
    error_smtp_server = fields.Char(
        "Server that refused", readonly=True, help="The mail server that did not take the email."
    )
    error_type = fields.Selection(help="Why the email failed.")
    error_description = fields.Text(help="Why the email failed, in the words of the mail server.")
    bounce_type = fields.Char(
        "Bounce type", readonly=True, help="Why the email came back, in one word."
    )
    bounce_description = fields.Text(
        "Bounce description",
        readonly=True,
        help="Why the email came back, in the words of the mail server.",
    )
    tracking_event_ids = fields.One2many(
        "mail.tracking.event",
        "tracking_email_id",
        "Events",
        readonly=True,
        help="What happened to the email; the status follows from these events.",
    )
    # opens and clicks by people
    first_open = fields.Datetime(
        "First open",
        readonly=True,
        help="When the image was first loaded, as far as that counts as an open.",
    )
    last_open = fields.Datetime(
        "Last open",
        readonly=True,
        help="When the image was last loaded, as far as that counts as an open.",
    )
    first_reply = fields.Datetime(
        "Answered on", readonly=True, help="When the first answer to the email arrived."
    )
    open_count = fields.Integer(
        "Opens",
        readonly=True,
        help="How often the image was loaded, as far as that counts as an open.",
    )
    machine_open_count = fields.Integer(
        "Machine opens",
        readonly=True,
        help="How often scanners, programs that load images in advance, or your own users loaded "
        "it.",
    )
    click_count = fields.Integer(
        "Clicks",
        readonly=True,
        help="How often links in the email were followed, as reported by an email service.",
    )

    _token_unique = models.UniqueIndex("(token) WHERE token IS NOT NULL")
    # of this kind, so that the beginning of an address is found as well
    _address_idx = models.Index("(recipient_address text_pattern_ops, state)")
    _author_time_idx = models.Index("(author_id, time DESC, id DESC)")
    # lists are grouped by state under the rule on companies: without reading the table
    _state_company_idx = models.Index("(state, company_id, successor_id)")
    _time_id_idx = models.Index("(time DESC, id DESC)")
    _reply_idx = models.Index("(time DESC, id DESC) WHERE first_reply IS NOT NULL")
    _needs_action_idx = models.Index("(mail_message_id) WHERE needs_action IS TRUE")

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    @api.depends("mail_message_id")
    def _compute_message_id(self):
        for tracking in self:
            tracking.message_id = tracking.mail_message_id.message_id

    @api.depends("mail_id_int")
    def _compute_mail_id(self):
        mails = self.env["mail.mail"].browse({n for n in self.mapped("mail_id_int") if n}).exists()
        for tracking in self:
            tracking.mail_id = tracking.mail_id_int if tracking.mail_id_int in mails._ids else False

    def _inverse_mail_id(self):
        for tracking in self:
            tracking.mail_id_int = tracking.mail_id.id

    def _search_mail_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("mail_id_int", "in", list(value))]

    @api.depends("name", "recipient", "recipient_address")
    def _compute_display_name(self):
        for tracking in self:
            words = filter(None, (tracking.name, tracking.recipient_address or tracking.recipient))
            tracking.display_name = " - ".join(words) or str(tracking.id)

    @api.depends("recipient")
    def _compute_recipient_text(self):
        for tracking in self:
            tracking.recipient_text = tracking.recipient

    def _search_recipient_text(self, operator, value):
        """An address, or the beginning of one, is found by its index; anything else is not."""
        if operator != "ilike" or not isinstance(value, str):
            return NotImplemented
        text = value.strip()
        if "@" not in text[1:]:
            return Domain("recipient", "ilike", value)
        address = email_normalize(text, strict=False) or text
        return Domain("recipient_address", "=like", f"{escape_psql(address.lower())}%")

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._prepare_create_vals(vals) for vals in vals_list]
        self._add_records_of_messages(vals_list)
        self._add_outside(vals_list)
        return super().create(vals_list)

    @api.private
    def flush_model(self, fnames=None):
        """Override of ``base``: who looks for trackings finds those of new mails as well."""
        if NEW_MAILS in self.env.cr.precommit.data:
            self._create_waiting()
        return super().flush_model(fnames)

    @api.model
    def _create_waiting(self):
        """Create the trackings of the new mails of this transaction that have none yet."""
        waiting = self.env.cr.precommit.data.pop(NEW_MAILS, {})
        if waiting:
            self.env.flush_all()  # what fails here is not ours
        for env, mail_ids in waiting.items():
            # a savepoint may have been rolled back since
            env["mail.mail"].browse(mail_ids).exists()._tracking_create()

    @api.model
    def _prepare_create_vals(self, vals):
        """Complete and bound the values of a new tracking."""
        vals = dict(vals)
        if "mail_id" in vals:
            vals["mail_id_int"] = vals.pop("mail_id")
        vals["token"] = vals.get("token") or tokens.new_token()
        vals["timestamp"] = vals.get("timestamp") or time.time()
        created = datetime.fromtimestamp(vals["timestamp"], timezone.utc).replace(tzinfo=None)
        vals.setdefault("time", created)
        vals.setdefault("date", created.date())
        for key, value in vals.items():
            field = self._fields[key]
            if value and field.type in ("char", "selection", "text"):
                limit = MAX_TEXT if field.type == "text" else MAX_NAME
                vals[key] = bounded(value, MAX_INDEXED if field.index else limit)
        if "recipient_address" not in vals:
            vals["recipient_address"] = normalized(vals.get("recipient")) or False
        if vals["recipient_address"]:
            vals["recipient_address"] = vals["recipient_address"].lower()[:MAX_INDEXED]
            vals["recipient_domain"] = vals["recipient_address"].rpartition("@")[2]
        return vals


def bounded(text, limit=MAX_TEXT):
    """Text that PostgreSQL can hold, of a bounded length.

    :param text: anything that came with a mail
    :param int limit: characters kept
    :rtype: str
    """
    text = str(text)
    if len(text) <= limit and text.isascii() and "\x00" not in text:
        return text
    text = text.replace("\x00", "")[:limit]
    return text.encode("utf-8", "replace").decode("utf-8")


def to_utc_datetime(seconds):
    """A naive UTC datetime of seconds since 1970, without fractions; False of None."""
    if seconds is None:
        return False
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None, microsecond=0)


def normalized(recipient):
    """The address of a recipient, the first one where there are several.

    :param str recipient: as a mail is addressed to them, or nothing
    :return: the normalised address; empty where there is none
    :rtype: str
    """
    recipient = recipient or ""
    return plain_address(recipient) or email_normalize(recipient, strict=False) or ""


def all_normalized(text):
    """All addresses in what stands for one, of a contact for example.

    :param str text: addresses, with or without names, or nothing
    :return: the normalised addresses
    :rtype: list[str]
    """
    address = plain_address(text or "")
    return [address] if address else email_normalize_all(text)
