from odoo import api, fields, models


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    created = fields.Char()
    written = fields.Char()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["created"] = f"{vals['recipient']} {vals['name']}"
        return super().create(vals_list)

    def write(self, vals):
        if "state" in vals:
            before = ", ".join(sorted({row.state or "waiting" for row in self}))
            vals = {**vals, "written": f"{before} > {vals['state']} of {len(self)}"}
        return super().write(vals)
