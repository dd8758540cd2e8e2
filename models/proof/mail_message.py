from odoo import models
from odoo.exceptions import UserError


class MailMessage(models.Model):
    _inherit = "mail.message"

    def action_tracking_proof(self):
        """Print the proof of sending for each recipient of this message.

        :return: a report, as PDF where the server can make one
        :raise UserError: where there is no email of it that the user may see
        """
        return self._get_own_trackings().action_print_proof()

    def action_tracking_proof_data(self):
        """Download the proof of sending for each recipient of this message as data.

        :raise UserError: where there is no email of it that the user may see
        """
        return self._get_own_trackings().action_download_proof()

    def _get_own_trackings(self):
        """The trackings of this message that the user may see by the rules of trackings."""
        self.ensure_one()
        self.check_access("read")
        trackings = self.env["mail.tracking.email"].search(
            [("mail_message_id", "=", self.id)], order="id"
        )
        if not trackings:
            raise UserError(
                self.env._("You may not see the tracking of any email of this message.")
            )
        return trackings
