from odoo import models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def _prepare_resend_vals(self, mail, address):
        """Values of the notification of a recipient who gets the message again.

        :param mail: the ``mail.mail`` that is about to be sent
        :param str address: where it goes
        :rtype: dict
        """
        vals = {
            "mail_mail_id": mail.id,
            "notification_status": "ready",
            "failure_type": False,
            "failure_reason": False,
        }
        if not self.res_partner_id:
            vals["mail_email_address"] = address
        return vals
