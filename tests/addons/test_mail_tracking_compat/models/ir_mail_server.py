from odoo import models


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    def _tracking_headers_add(self, tracking_email_id, headers):
        headers = super()._tracking_headers_add(tracking_email_id, headers)
        row = self.env["mail.tracking.email"].sudo().browse(tracking_email_id)
        headers["X-Hooks-Variables"] = f"{tracking_email_id}/{row.hooks_code}"
        return headers

    def _tracking_img_disabled(self, tracking_email_id):
        row = self.env["mail.tracking.email"].sudo().browse(tracking_email_id)
        return super()._tracking_img_disabled(tracking_email_id) or row.name == "No image"
