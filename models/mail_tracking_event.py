from odoo import fields, models


class MailTrackingEvent(models.Model):
    """Something that happened to a mail on its way to one recipient.

    An append-only log: an event is never changed (``is_pending`` aside, which is
    bookkeeping), and one that changes no state is kept like any other. ``_log`` appends to it.

    What an email service reports of a mail that is not known yet waits here without a tracking.
    """

    _name = "mail.tracking.event"
    _inherit = "mail.tracking.evidence"
    _description = "Tracking event"
    _order = "timestamp desc, id desc"
    _rec_name = "event_type"

    tracking_email_id = fields.Many2one(
        "mail.tracking.email",
        "Email",
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The email, for one recipient, that it happened to. Empty while it is not known.",
    )
    event_type = fields.Selection(
        [
            ("sent", "Sent"),
            ("error", "Not sent"),
            ("delivered", "Delivered"),
            ("relayed", "Passed on"),
            ("deferral", "Delayed"),
            ("soft_bounce", "Soft bounce"),
            ("hard_bounce", "Hard bounce"),
            ("reject", "Rejected"),
            ("open", "Opened"),
            ("click", "Clicked"),
            ("reply", "Answered"),
            ("unsub", "Unsubscribed"),
            ("spam", "Reported as spam"),
            ("unrecognized", "Unrecognized reply"),
        ],
        string="Event",
        readonly=True,
        help="What happened to the email.",
    )
    event_key = fields.Char(
        "Event key",
        readonly=True,
        help="Identity of the event at its source, so that it is logged once.",
    )
    source = fields.Char(
        readonly=True, help="Where it comes from: smtp, pixel, report, or a service."
    )
    timestamp = fields.Float("UTC timestamp", readonly=True, help="Seconds since 1970, UTC.")
    time = fields.Datetime(readonly=True, help="When it happened, according to the source.")
    date = fields.Date(readonly=True, help="The day, in UTC.")
    recipient = fields.Char(readonly=True, help="The recipient as the source names them.")
    recipient_address = fields.Char(
        "Recipient address", readonly=True, help="The address without the name, in lower case."
    )
    url = fields.Char(
        "Clicked address", readonly=True, help="The address of the link that was followed."
    )
    # the client
    ip = fields.Char(
        "IP address",
        readonly=True,
        help="From where the image was loaded; often that of a mail service.",
    )
    user_agent = fields.Char(
        "User agent", readonly=True, help="How the program that loaded the image names itself."
    )
    mobile = fields.Boolean(
        "Is mobile", readonly=True, help="The program says that it runs on a telephone or tablet."
    )
    os_family = fields.Char(
        "Operating system", readonly=True, help="According to the program that loaded the image."
    )
    ua_family = fields.Char(
        "Mail client",
        readonly=True,
        help="The program that loaded the image, as far as it can be made out.",
    )
    ua_type = fields.Char(
        "Client type", readonly=True, help="What kind of program it is, according to the source."
    )
    user_country_id = fields.Many2one(
        "res.country",
        "Country",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Where the image was loaded, according to the source.",
    )
    open_kind = fields.Selection(
        [
            ("person", "Person"),
            ("proxy", "Proxy of a mail service"),
            ("unknown", "Unknown"),
            ("machine", "Machine"),
            ("self", "Somebody logged in here"),
        ],
        string="Opened by",
        readonly=True,
        help="Who loaded the image. Only a person, a proxy and what is unknown count as an open.",
    )
    open_reason = fields.Char(
        "Recognized by", readonly=True, help="How it was recognized who loaded the image."
    )
    # what went wrong
    error_details = fields.Text(
        "Error details", readonly=True, help="What else is known of what went wrong."
    )
    is_address_refused = fields.Boolean(
        "Address refused",
        readonly=True,
        help="Our own mail server refused the recipient for good, because of the address.",
    )
    is_pending = fields.Boolean(
        "Pending",
        readonly=True,
        help="The event is logged, and will be applied shortly.",
    )
    is_awaited = fields.Boolean(
        "Awaited",
        readonly=True,
        help="Reminders or rules wait for this event. The scheduled action runs them.",
    )
    payload = fields.Text(
        "Event of the service",
        readonly=True,
        groups="base.group_system",
        help="What the email service sent. Not kept of what people did.",
    )
    # of an email service, before the mail is known
    webhook_id = fields.Many2one(
        "mail.tracking.webhook",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The webhook that it came to, while its email is not known.",
    )
    token = fields.Char(
        readonly=True, groups=fields.NO_ACCESS, help="The key of the email that it is about."
    )
    until = fields.Datetime(
        readonly=True, help="When it is forgotten, if its email is not known by then."
    )
    data = fields.Text(
        readonly=True, groups=fields.NO_ACCESS, help="The event, as it will be applied."
    )

    _event_key_unique = models.UniqueIndex("(event_key) WHERE event_key IS NOT NULL")
    _time_idx = models.Index("(timestamp DESC, id DESC)")
    _pending_idx = models.Index("(tracking_email_id) WHERE is_pending IS TRUE")
    _awaited_idx = models.Index("(id) WHERE is_awaited IS TRUE")
    _waiting_token_idx = models.Index("(token) WHERE tracking_email_id IS NULL")
    _waiting_until_idx = models.Index("(until) WHERE tracking_email_id IS NULL")
    _unrecognized_idx = models.Index("(time) WHERE event_type = 'unrecognized'")
    _client_idx = models.Index(
        "(time) WHERE ip IS NOT NULL OR user_agent IS NOT NULL OR os_family IS NOT NULL"
        " OR ua_family IS NOT NULL OR source = 'pixel' AND event_key IS NOT NULL"
    )
