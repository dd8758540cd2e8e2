from odoo import models

from ..mail_tracking_email import normalized


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _tracking_leave_out_dead(self, batch, email, trackings):
        """Take dead addresses off an email that goes to others as well.

        An email to dead addresses alone is left as it is: ``send_email`` skips it.

        :param SendBatch batch: which addresses are dead
        :param dict email: an entry of ``_prepare_outgoing_list``, changed in place
        :param trackings: ``mail.tracking.email`` of its recipients
        :return: those of them that are sent the email
        """
        gone = {each.recipient_address for each in trackings if each.id in batch.dead}
        if not gone or gone.issuperset(trackings.mapped("recipient_address")):
            return trackings
        for key in ("email_to", "email_cc", "email_to_normalized"):
            email[key] = [
                address
                for address in email.get(key) or []
                if normalized(address).lower() not in gone
            ]
        return batch.skip(self.id, trackings)
