from odoo import fields, models


class MailTrackingEvent(models.Model):
    _inherit = "mail.tracking.event"

    hooks_code = fields.Char("Code", readonly=True)
    hooks_state = fields.Char(readonly=True)
    hooks_via = fields.Char(readonly=True)
    hooks_message_id = fields.Char(readonly=True)
    # computed and stored: only the ORM fills it
    hooks_recipient = fields.Char(
        "Recipient of the row", related="tracking_email_id.recipient_address", store=True
    )

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

    def process_delivered(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_delivered", tracking_email.id)
        return super().process_delivered(tracking_email, metadata)

    def process_deferral(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_deferral", tracking_email.id)
        return super().process_deferral(tracking_email, metadata)

    def process_hard_bounce(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_hard_bounce", tracking_email.id)
        return super().process_hard_bounce(tracking_email, metadata)

    def process_soft_bounce(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_soft_bounce", tracking_email.id)
        return super().process_soft_bounce(tracking_email, metadata)

    def process_click(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_click", tracking_email.id)
        return super().process_click(tracking_email, metadata)

    def process_spam(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_spam", tracking_email.id)
        return super().process_spam(tracking_email, metadata)

    def process_unsub(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_unsub", tracking_email.id)
        return super().process_unsub(tracking_email, metadata)

    def process_reject(self, tracking_email, metadata):
        self.env["hooks.call"].note("process_reject", tracking_email.id)
        return super().process_reject(tracking_email, metadata)
