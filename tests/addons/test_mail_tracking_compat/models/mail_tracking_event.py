from odoo import fields, models


class MailTrackingEvent(models.Model):
    _inherit = "mail.tracking.event"

    hooks_code = fields.Char("Code", readonly=True)
    hooks_state = fields.Char(readonly=True)
    hooks_via = fields.Char(readonly=True)
    hooks_message_id = fields.Char(readonly=True)

    def _process_data(self, tracking_email, metadata, event_type, state):
        vals = super()._process_data(tracking_email, metadata, event_type, state)
        vals.update(hooks_code=tracking_email.hooks_code, hooks_state=state)
        return vals

    def process_open(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_open", tracking_email.id)
        return super().process_open(tracking_email, metadata)

    def process_sent(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_sent", tracking_email.id)
        return super().process_sent(tracking_email, metadata)

    def process_hard_bounce(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_hard_bounce", tracking_email.id)
        return super().process_hard_bounce(tracking_email, metadata)
