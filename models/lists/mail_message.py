from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize

#: So many emails from a contact, and so many to one, are in its timeline: the last ones.
MAX_EMAILS = 500
#: So many recipients of an email are named there.
MAX_RECIPIENTS = 8
#: Key in the context: the contact whose emails are shown.
CORRESPONDENT = "mail_tracking_correspondent_id"
#: SQL: the bare address of who wrote a message, as far as it is an ordinary one.
SENDER = (
    "lower(substring(email_from from "
    """'([^[:space:]<>",;@]+@[^[:space:]<>",;@]+)>?[[:space:]]*$'))"""
)
#: What is said of a recipient, from what needs attention to what does not.
WORST_FIRST = ("error", "no_email", "cancelled", "waiting", "sent", "delivered", "opened")


class MailMessage(models.Model):
    """The emails from and to a contact, in one list."""

    _inherit = "mail.message"

    mail_tracking_correspondent_id = fields.Many2one(
        "res.partner",
        "Emails with",
        store=False,
        search="_search_mail_tracking_correspondent_id",
        groups="base.group_user",
        help="Finds the last emails from and to a contact; for a company, also those of its "
        "people.",
    )
    mail_tracking_direction = fields.Selection(
        [("received", "Received"), ("sent", "Sent")],
        "Direction",
        compute="_compute_mail_tracking_direction",
        groups="base.group_user",
        help="Whether the email came from the contact or went to them.",
    )
    mail_tracking_status = fields.Json(
        "Email status",
        compute="_compute_mail_tracking_status",
        groups="base.group_user",
        exportable=False,
        help="What became of a sent email.",
    )

    _mail_tracking_received_idx = models.Index("(author_id, id) WHERE message_type = 'email'")
    _mail_tracking_sender_idx = models.Index(
        f"({SENDER}, id) WHERE message_type = 'email' AND author_id IS NULL"
    )

    @api.model
    def _search_mail_tracking_correspondent_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._check_field_access(self._fields[CORRESPONDENT], "read")
        people = self._get_mail_tracking_people(value)
        if not people:
            return Domain.FALSE
        self.flush_model(["author_id", "email_from", "message_type"])
        self.env["mail.tracking.email"].flush_model(["partner_id", "mail_message_id"])
        # of a contact with many emails, the planner would look through those of everybody, newest
        # first: it does not look into what is materialized
        found = SQL(
            "(SELECT id FROM mail_message WHERE author_id IN %(ids)s AND message_type = 'email'"
            " ORDER BY id DESC LIMIT %(limit)s)"
            # from before their address was known
            " UNION (SELECT id FROM mail_message WHERE author_id IS NULL"
            " AND message_type = 'email' AND %(sender)s = ANY(%(addresses)s)"
            " ORDER BY id DESC LIMIT %(limit)s)"
            " UNION (WITH own AS MATERIALIZED (SELECT mail_message_id AS id"
            " FROM mail_tracking_email"
            " WHERE partner_id IN %(ids)s AND mail_message_id IS NOT NULL)"
            " SELECT id FROM own ORDER BY id DESC LIMIT %(limit)s)",
            addresses=list(filter(None, people.mapped("email_normalized"))),
            ids=people._ids,
            limit=MAX_EMAILS,
            sender=SQL(SENDER),
        )
        # a user who may not read a message does not find it
        return Domain("id", "any", found)

    @api.depends("author_id", "email_from", "message_type")
    @api.depends_context(CORRESPONDENT)
    def _compute_mail_tracking_direction(self):
        people = self._get_mail_tracking_people([self.env.context.get(CORRESPONDENT)])
        addresses = list(filter(None, people.mapped("email_normalized")))
        for message in self:
            is_theirs = not people or message.author_id in people
            if not message.author_id:
                is_theirs |= email_normalize(message.email_from or "", strict=False) in addresses
            is_received = message.message_type == "email" and is_theirs
            message.mail_tracking_direction = "received" if is_received else "sent"

    @api.depends("mail_tracking_direction")
    @api.depends_context(CORRESPONDENT, "lang")
    def _compute_mail_tracking_status(self):
        sent = self.filtered(lambda message: message.mail_tracking_direction == "sent")
        found = sent._get_tracking_status()
        people = self._get_mail_tracking_people([self.env.context.get(CORRESPONDENT)])
        for message in self:
            recipients = [
                recipient
                for recipient in found.get(message, ())
                if not people or recipient["partner_id"] in people._ids
            ]
            message.mail_tracking_status = message._prepare_mail_tracking_status(recipients)

    def _prepare_mail_tracking_status(self, recipients):
        """What the list shows of an email: the worst recipient first; False of none."""
        if not recipients:
            return False
        recipients = sorted(recipients, key=_get_place)
        return {
            "message_id": self.id,
            "time": self.date,
            "since": recipients[0]["time"] or self.date,
            "recipients": recipients[:MAX_RECIPIENTS],
            "more": max(0, len(recipients) - MAX_RECIPIENTS),
        }

    @api.model
    def _get_mail_tracking_people(self, partner_ids):
        """Contacts, and the people of those that are companies; one query, none without them."""
        ids = [partner_id for partner_id in partner_ids if partner_id]
        Partner = self.env["res.partner"].with_context(active_test=False)
        if not ids:
            return Partner
        return Partner.search_fetch([("id", "child_of", ids)], ["email_normalized"])


def _get_place(recipient):
    status = recipient["status"]
    return WORST_FIRST.index(status) if status in WORST_FIRST else len(WORST_FIRST)
