from odoo import fields, models


class MailTrackingWebhookDay(models.Model):
    """What a webhook received on one day.

    Counts, so that no flood makes it grow; and apart from the webhook, so that a busy one can
    still be edited.
    """

    _name = "mail.tracking.webhook.day"
    _description = "Email tracking webhook: one day"
    _order = "date desc"
    _rec_name = "date"
    _log_access = False

    webhook_id = fields.Many2one(
        "mail.tracking.webhook",
        required=True,
        readonly=True,
        ondelete="cascade",
        help="The webhook that they came to.",
    )
    date = fields.Date(required=True, readonly=True, help="The day, in UTC.")
    events = fields.Integer(readonly=True, help="All events that came.")
    applied = fields.Integer(readonly=True, help="Events logged with an email of this database.")
    duplicates = fields.Integer(
        "Seen before", readonly=True, help="Events logged before: services report some twice."
    )
    waiting = fields.Integer(
        "Came before their email",
        readonly=True,
        help="Events kept until their email is known here.",
    )
    unmatched = fields.Integer(
        "Of other systems",
        readonly=True,
        help="Events of no email that is tracked in this database.",
    )
    ignored = fields.Integer(readonly=True, help="Events of kinds that mean nothing for an email.")
    failed = fields.Integer(
        readonly=True, help="Events that could not be applied; the log says why."
    )
    refused = fields.Integer(
        "Refused requests",
        readonly=True,
        help="Requests not proven to come from the service, or not readable.",
    )
    last_event = fields.Datetime("Last event", readonly=True, help="When the last one came.")
    last_refusal = fields.Datetime(
        "Last refusal", readonly=True, help="When a request was last refused."
    )
    refusal_reason = fields.Char(
        "Reason of refusal", readonly=True, help="Why it was refused, in one word."
    )
    unknown_kind = fields.Char(
        "Unknown kind", readonly=True, help="The last kind of event that is not known here."
    )

    _webhook_date_unique = models.UniqueIndex("(webhook_id, date)")
