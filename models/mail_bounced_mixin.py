from odoo import api, fields, models

from .mail_tracking_email import MAX_NAME, bounded

#: What an address that works again does not have.
CLEARED = {
    "email_bounced": False,
    "email_bounced_date": False,
    "email_bounced_reason": False,
    "email_bounced_source": False,
}


class MailBouncedMixin(models.AbstractModel):
    """A record whose e-mail address can turn out to be dead."""

    _name = "mail.bounced.mixin"
    _description = "Mail bounced mixin"
    _primary_email = "email"

    email_bounced = fields.Boolean(
        "Address bounced",
        readonly=True,
        copy=False,
        help="A mail server said that this address does not exist. The flag goes when the "
        "address is changed, or when a mail to it arrives.",
    )
    email_bounced_date = fields.Datetime("Bounced on", readonly=True, copy=False)
    email_bounced_reason = fields.Text("Bounced because", readonly=True, copy=False)
    email_bounced_source = fields.Char(
        "Bounce told by", readonly=True, copy=False, help="The server or service that said so."
    )

    def write(self, vals):
        if self._primary_email in vals and "email_bounced" not in vals:
            vals = {**vals, **CLEARED}
        elif "email_bounced" in vals and not vals["email_bounced"]:
            vals = {**CLEARED, **vals}
        return super().write(vals)

    @api.private
    def email_bounced_set(self, tracking_emails, reason, event=None):
        """Flag these records, whose address does not work any more.

        :param tracking_emails: the ``mail.tracking.email`` that told
        :param str reason: what the mail server said
        :param event: the ``mail.tracking.event``, if there is one
        """
        fresh = self.filtered(lambda record: not record.email_bounced)
        if not fresh:
            return
        fresh.write(self._prepare_bounced_vals(reason, event))
        if hasattr(fresh, "_message_log_batch"):
            text = self.env._("E-mail to this address was returned: %(reason)s", reason=reason)
            fresh._message_log_batch(bodies=dict.fromkeys(fresh.ids, text))

    def _prepare_bounced_vals(self, reason, event):
        """Values of a record whose address does not work any more.

        :param str reason: what the mail server said
        :param event: the ``mail.tracking.event``, or None
        :rtype: dict
        """
        source = event and (event.reporting_server or event.smtp_server or event.source)
        return {
            "email_bounced": True,
            "email_bounced_date": event.time if event else fields.Datetime.now(),
            "email_bounced_reason": bounded(reason or ""),
            "email_bounced_source": bounded(source or "", MAX_NAME) or False,
        }
