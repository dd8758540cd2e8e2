from odoo import models


class IrMailServer(models.Model):
    """Mail servers that are accounts of users.

    Odoo uses them for what their owners write, with the address of the owner as envelope sender:
    whatever is reported on these emails goes to the owner's mailbox.
    """

    _inherit = "ir.mail_server"

    def _tracking_is_personal(self):
        """Whether reports on the emails go to a user's own mailbox."""
        return bool(self.owner_user_id)

    def _tracking_personal_info(self):
        return self.env._(
            "Bounces go to the owner's own mailbox, where Odoo does not see them. Opens and "
            "answers are known as for other emails."
        )
