from odoo import fields, models


class MailTrackingDay(models.Model):
    """How many emails of a day have all these things in common.

    Each tracking is counted in one record, and moves to another one when its status changes.
    The numbers stay when trackings are deleted.
    """

    _name = "mail.tracking.day"
    _description = "Emails of a day"
    _order = "day desc, id desc"
    _rec_name = "day"

    key = fields.Char(readonly=True, help="What the emails have in common, as one text.")
    day = fields.Date(readonly=True, help="When the emails were created, in UTC.")
    company_id = fields.Many2one(
        "res.company", readonly=True, ondelete="set null", help="Whose emails they are."
    )
    server = fields.Char("Mail server", readonly=True, help="The server that Odoo handed them to.")
    provider = fields.Char(readonly=True, help="Who runs the mail servers of the recipients.")
    domain = fields.Char(
        "Recipient domain", readonly=True, help="Kept of emails that failed, for all others empty."
    )
    model = fields.Char("Record type", readonly=True, help="The model of their records.")
    template_id = fields.Many2one(
        "mail.template", readonly=True, ondelete="set null", help="If there was one."
    )
    state = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._fields["state"].selection,
        string="Status",
        readonly=True,
        help="Empty while they wait to be sent.",
    )
    reason = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_error_type(),
        readonly=True,
        help="Why they failed.",
    )
    open_mode = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_open_mode(),
        string="Open tracking",
        readonly=True,
        help="What may be known of opens.",
    )
    delivery_report = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._fields["delivery_report"].selection,
        string="Reports",
        readonly=True,
        help="Whether delivery can be known.",
    )
    is_opened = fields.Boolean("Opened", readonly=True, help="By people.")
    is_answered = fields.Boolean("Answered", readonly=True)
    delay = fields.Selection(
        [
            ("10s", "10 seconds"),
            ("1m", "1 minute"),
            ("5m", "5 minutes"),
            ("15m", "15 minutes"),
            ("1h", "1 hour"),
            ("4h", "4 hours"),
            ("1d", "1 day"),
            ("more", "Longer"),
        ],
        "Delivered within",
        readonly=True,
        help="From the first attempt to send them until the recipient's server took them.",
    )
    emails = fields.Integer(readonly=True, help="How many emails, each to one recipient.")

    _key_unique = models.UniqueIndex("(key)")
    _day_idx = models.Index("(day)")
