from odoo import fields, models


class MailTrackingEvidence(models.AbstractModel):
    """Who said what of a mail: what an event knows, and what its tracking takes over from it."""

    _name = "mail.tracking.evidence"
    _description = "Tracking evidence"

    smtp_server = fields.Char(
        "Server", readonly=True, help="The mail server that took the email, or did not."
    )
    queue_id = fields.Char(
        "Queue number", readonly=True, help="The number of the email in the queue of the server."
    )
    delivery_report = fields.Selection(
        [
            ("success", "Delivery, delays and failures"),
            ("failure", "Delays and failures"),
            ("service", "What the email service reports"),
            ("off", "Nothing was asked for"),
            ("none", "The server reports nothing"),
            ("personal", "Nothing: reports go to the sender's own mailbox"),
        ],
        "Reports",
        readonly=True,
        help="What the server that took the email was asked to report.",
    )
    open_mode = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_open_mode(),
        string="Open tracking",
        readonly=True,
        help="What may be known of opens. It was decided when the email was sent.",
    )
    open_mode_reason = fields.Char(
        "Decided by",
        readonly=True,
        help="What decided how opens of this email are tracked, as a keyword.",
    )
    click_mode = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_open_mode(),
        string="Click tracking",
        readonly=True,
        help="Whether clicks may be noted. It was decided when the email was sent.",
    )
    reporting_server = fields.Char(
        "Reported by", readonly=True, help="The mail server that wrote the report."
    )
    final_recipient = fields.Char(
        "Behind this address",
        readonly=True,
        help="The address that failed, where it is not the one that the email was sent to.",
    )
    retry_until = fields.Datetime(
        "Retried until", readonly=True, help="Until when the mail server tries again."
    )
    dead_since = fields.Datetime(
        "Dead since",
        readonly=True,
        help="Since when the address was known to be dead, so that nothing was sent.",
    )
    is_unproven = fields.Boolean(
        "Unverified",
        readonly=True,
        help="It carries no key that only this database knows, so anybody could have sent it. It "
        "can raise a warning, but resolves nothing.",
    )
    # what went wrong
    error_type = fields.Selection(
        # by a method, so that the words of other addons and of older versions are accepted
        selection="_selection_error_type",
        string="Reason",
        readonly=True,
        help="Why it went wrong.",
    )
    error_description = fields.Text(
        "Error description", readonly=True, help="What went wrong, in the words of the mail server."
    )
    error_code = fields.Char(
        "SMTP code",
        readonly=True,
        help="Reply of the mail server: 4xx is temporary, 5xx is permanent.",
    )
    error_status = fields.Char(
        "Enhanced status code",
        readonly=True,
        help="The failure by RFC 3463: 5.1.1 is an unknown recipient, for example.",
    )
