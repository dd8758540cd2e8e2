from odoo import fields, models
from odoo.exceptions import UserError


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    heard = fields.Char()
    heard_count = fields.Integer()

    def _on_state_change(self, old_states):
        res = super()._on_state_change(old_states)
        for row in self:
            if row.name == f"Fails at {row.state}":
                raise UserError(row.name)
            row.heard = f"{old_states[row.id] or 'waiting'} > {row.state} of {len(self)}"
            row.heard_count += 1
        return res
