from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: An email that waits for less than this may be sent at this moment.
MAY_BE_SENT = timedelta(days=1)
#: What decides where an email is counted; ``mail.tracking.day`` reads it.
COUNTED_FIELDS = (
    "date",
    "company_id",
    "smtp_server",
    "recipient_domain",
    "model",
    "template_id",
    "state",
    "is_cancelled",
    "error_type",
    "open_mode",
    "opens_refused",
    "delivery_report",
    "first_open",
    "click_count",
    "first_reply",
    "delay",
)


class MailTrackingEmail(models.Model):
    """Which daily number a tracking is part of."""

    _inherit = "mail.tracking.email"

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
        help="How long it took from the first attempt until the recipient's server accepted it.",
    )
    is_counted = fields.Boolean(
        readonly=True, copy=False, help="The email statistics include its present status."
    )
    day_id_int = fields.Integer(
        "Counted in",
        readonly=True,
        copy=False,
        help="The record of the email statistics that it is counted in.",
    )
    counted_as = fields.Integer(
        "Counted as",
        readonly=True,
        copy=False,
        help="Which numbers of that record include it, as bits.",
    )

    # the newest first: what was just sent is looked at first
    _not_counted_idx = models.Index("(id DESC) WHERE is_counted IS NOT TRUE")

    def write(self, vals):
        """Override: what changes is counted anew."""
        if not vals.keys().isdisjoint(COUNTED_FIELDS):
            vals = {"is_counted": False, **vals}
        return super().write(vals)

    @api.model
    def _get_uncounted_domain(self):
        """Domain of the emails to be counted.

        One that may be sent at this moment is left alone: who sends it writes it afterwards, and
        would have to leave that, and the deletion of its mail, for later.
        """
        since = fields.Datetime.now() - MAY_BE_SENT
        settled = Domain("state", "!=", False) | Domain("is_cancelled", "=", True)
        return Domain("is_counted", "!=", True) & (settled | Domain("time", "<", since))

    @api.ondelete(at_uninstall=False)
    def _count_before_unlink(self):
        """Count what is not counted yet: the numbers stay."""
        # counting leaves out what somebody holds, who may let it go without a change
        query = "SELECT FROM mail_tracking_email WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
        self.env.cr.execute(SQL(query, self.ids), log_exceptions=False)
        self.env["mail.tracking.day"]._count(self.ids)
