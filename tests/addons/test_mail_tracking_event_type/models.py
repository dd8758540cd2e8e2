from odoo import Command, api, fields, models

from odoo.addons.mail_tracking.tools.state import Claim


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    state = fields.Selection(selection_add=[("read", "Read")], ondelete={"read": "set null"})

    def _get_event_claims(self):
        return {**super()._get_event_claims(), "read": Claim("read", 6, 2)}

    def _get_status(self):
        return "opened" if self.state == "read" else super()._get_status()


class MailTrackingEvent(models.Model):
    _inherit = "mail.tracking.event"

    event_type = fields.Selection(selection_add=[("read", "Read")], ondelete={"read": "cascade"})
    x_default = fields.Char(default="as ever")
    x_type = fields.Char()
    x_state = fields.Char()
    x_boolean = fields.Boolean()
    x_integer = fields.Integer()
    x_float = fields.Float(digits=(16, 3))
    x_monetary = fields.Monetary(currency_field="x_currency_id")
    x_currency_id = fields.Many2one("res.currency")
    x_translated = fields.Char(translate=True)
    x_by_company = fields.Char(company_dependent=True)
    x_html = fields.Html()
    x_date = fields.Date()
    x_datetime = fields.Datetime()
    x_selection = fields.Selection([("one", "One"), ("two", "Two")])
    x_reference = fields.Reference([("res.partner", "Contact")])
    x_json = fields.Json()
    x_column = fields.Binary(attachment=False)
    # without a column
    x_attachment = fields.Binary(attachment=True)
    x_partner_ids = fields.Many2many("res.partner")
    x_computed = fields.Char(compute="_compute_x_computed")

    def _compute_x_computed(self):
        self.x_computed = "computed"

    @api.model_create_multi
    def create(self, vals_list):
        raise NotImplementedError("Events are appended")

    def process_read(self, tracking_email, metadata):
        return self._process_data(tracking_email, metadata, "read", "read")

    def _process_data(self, tracking_email, metadata, event_type, state):
        vals = super()._process_data(tracking_email, metadata, event_type, state)
        vals["x_state"] = state
        if tracking_email.name == f"No {event_type} for {tracking_email.recipient_address}":
            vals["x_partner_ids"] = [Command.set(tracking_email.partner_id.ids)]
        return vals

    def _prepare_log_vals(self, vals):
        vals = super()._prepare_log_vals(vals)
        return {**vals, "x_type": f"{vals.get('event_type')} of {vals['date'].year}"}
