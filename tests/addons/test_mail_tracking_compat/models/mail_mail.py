from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _tracking_email_prepare(self, email):
        vals = super()._tracking_email_prepare(email)
        vals["hooks_code"] = f"code of {self.subject}"
        return vals
