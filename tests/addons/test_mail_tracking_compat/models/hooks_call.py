from odoo import api, fields, models


class HooksCall(models.Model):
    """A table of another addon that a hook writes to."""

    _name = "hooks.call"
    _description = "Call of a hook"

    name = fields.Char()
    detail = fields.Char()

    @api.model
    def note(self, name, detail=""):
        # sudo: hooks.call - hooks run for anybody who sends or opens
        self.sudo().create({"name": name, "detail": str(detail)})


class HooksLead(models.Model):
    """A record with an address in a field of another name."""

    _name = "hooks.lead"
    _description = "Lead with an address"
    _inherit = ["mail.bounced.mixin"]
    _primary_email = "email_from"

    email_from = fields.Char()
