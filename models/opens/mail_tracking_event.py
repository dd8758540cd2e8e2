from odoo import api, models
from odoo.tools import str2bool


class MailTrackingEvent(models.Model):
    """Opens and clicks: what is kept of the program that made them."""

    _inherit = "mail.tracking.event"

    @api.model
    def _prepare_kept_client(self, metadata):
        """Metadata of an open or a click, without what is not kept of who made it.

        Where the database keeps words alone, "Thunderbird" and "Linux" stay, and the text that
        tells a program from most others goes.

        :param dict metadata: event fields, and ``session_uid``
        :rtype: dict
        """
        # sudo: ir.config_parameter - settings of the database
        params = self.env["ir.config_parameter"].sudo()
        in_words = str2bool(params.get_param("mail_tracking.client_in_words", "False"), True)
        dropped = {"session_uid", "user_agent"} if in_words else {"session_uid"}
        return {key: value for key, value in metadata.items() if key not in dropped}
