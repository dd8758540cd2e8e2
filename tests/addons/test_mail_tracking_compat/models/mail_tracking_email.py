from odoo import api, fields, models


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    hooks_code = fields.Char("Code", readonly=True)

    def event_create(self, event_type, metadata):
        metadata = {**metadata, "hooks_via": f"{event_type} of {len(self)}"}
        return super().event_create(event_type, metadata)

    def smtp_error(self, mail_server, smtp_server, exception):
        self.env["hooks.call"].note("smtp_error", f"{smtp_server} {exception}")
        return super().smtp_error(mail_server, smtp_server, exception)

    def _tracking_sent_prepare(self, mail_server, smtp_server, message, message_id):
        vals = super()._tracking_sent_prepare(mail_server, smtp_server, message, message_id)
        vals["hooks_message_id"] = message_id
        return vals

    def _partners_email_bounced_set(self, reason, event=None):
        self.env["hooks.call"].note("_partners_email_bounced_set", self.mapped("recipient_address"))
        # sudo: hooks.lead - all that have the address
        leads = self.env["hooks.lead"].sudo()
        leads.search([("email_from", "in", self.mapped("recipient_address"))]).email_bounced_set(
            self, reason, event=event
        )
        return super()._partners_email_bounced_set(reason, event=event)

    @api.depends("mail_message_id")
    def _compute_message_id(self):
        res = super()._compute_message_id()
        for row in self:
            row.message_id = f"hooked {row.message_id}"
        return res

    def email_is_bounced(self, email):
        return email == "always@example.com" or super().email_is_bounced(email)

    def email_score(self):
        return super().email_score() - 1

    def _email_score_weights(self):
        return {**super()._email_score_weights(), "opened": 40}

    def email_score_from_email(self, email):
        return 7.0 if email == "seven@example.com" else super().email_score_from_email(email)

    def action_hooks(self):
        """A button of another addon."""
        self.ensure_one()
        self.env["hooks.call"].note("action_hooks", self.id)
