from odoo import api, fields, models


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

    def write(self, vals):
        if self._primary_email in vals and "email_bounced" not in vals:
            vals = {**vals, "email_bounced": False}
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
        fresh.write({"email_bounced": True})
        if hasattr(fresh, "_message_log_batch"):
            text = self.env._("E-mail to this address was returned: %(reason)s", reason=reason)
            fresh._message_log_batch(bodies=dict.fromkeys(fresh.ids, text))
