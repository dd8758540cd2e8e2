from odoo import fields, models
from odoo.tools import format_datetime


class MailTrackingEmail(models.Model):
    """When an email leaves that waits, and why it waits."""

    _inherit = "mail.tracking.email"

    def _get_waiting_words(self):
        """When this email leaves, where it was put off; nothing where it leaves with the queue."""
        self.ensure_one()
        # sudo: mail.mail - of an email that the user may see
        mail = self.sudo().mail_id
        if self.state or mail.state != "outgoing" or not mail.scheduled_date:
            return ""
        departure, limit = mail._tracking_get_departure(self.partner_id)
        is_due = departure <= fields.Datetime.now()
        time = "" if is_due else format_datetime(self.env, departure, dt_format="short")
        if limit and is_due:
            return self.env._(
                "It leaves soon: the sender's own mail account sends %(limit)s emails a minute.",
                limit=limit,
            )
        if limit:
            return self.env._(
                "It leaves around %(time)s: the sender's own mail account sends %(limit)s emails "
                "a minute.",
                time=time,
                limit=limit,
            )
        return time and self.env._("It leaves around %(time)s.", time=time)
