from odoo import fields, models

from .mail_message import FIELD


class MailTemplate(models.Model):
    _inherit = "mail.template"

    mail_tracking_read_receipt = fields.Boolean(
        "Ask for a read receipt",
        help="The recipient's mail program asks them whether to send one. It comes back to the "
        "bounce address and counts as an open; without an alias domain it goes to the sender.",
    )

    def _generate_template_static_values(self, res_ids, render_fields, render_results=None):
        """Override of ``mail``: a mail that is made from the template alone takes the wish over.

        Only such a mail asks for ``auto_delete``; the composer has a tick of its own.
        """
        results = super()._generate_template_static_values(
            res_ids, render_fields, render_results=render_results
        )
        if self.mail_tracking_read_receipt and "auto_delete" in render_fields:
            for res_id in res_ids:
                results[res_id][FIELD] = True
        return results
