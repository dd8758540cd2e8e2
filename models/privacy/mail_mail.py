from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _tracking_add_foot(self, email, trackings, mode):
        """Say at the foot of an email what is noted of it, with a link to change that.

        :param dict email: an entry of ``_prepare_outgoing_list``; body and plain text change
        :param trackings: ``mail.tracking.email`` of its recipients
        :param str mode: what may be known of its opens, see ``tools.modes``
        """
