from odoo import fields, models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _tracking_email_prepare(self, email):
        vals = super()._tracking_email_prepare(email)
        more = self.env.context.get("prepare")  # a function of the test
        return more(vals) if more else vals


class PrepareNote(models.Model):
    _name = "prepare.note"
    _description = "What belongs to a tracking"

    name = fields.Char()
    tracking_id = fields.Many2one("mail.tracking.email", ondelete="cascade")
    definition = fields.PropertiesDefinition()


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    x_boolean = fields.Boolean()
    x_integer = fields.Integer()
    x_float = fields.Float(digits=(16, 3))
    x_monetary = fields.Monetary(currency_field="x_currency_id")
    x_currency_id = fields.Many2one("res.currency")
    x_char = fields.Char()
    x_translated = fields.Char(translate=True)
    x_by_company = fields.Char(company_dependent=True)
    x_text = fields.Text()
    x_html = fields.Html()
    x_date = fields.Date()
    x_datetime = fields.Datetime()
    x_selection = fields.Selection([("one", "One"), ("two", "Two")])
    x_reference = fields.Reference([("res.partner", "Contact"), ("res.users", "User")])
    x_model = fields.Char()
    x_res_id = fields.Many2oneReference(model_field="x_model")
    x_json = fields.Json()
    x_column = fields.Binary(attachment=False)
    x_attachment = fields.Binary(attachment=True)
    x_image = fields.Image(max_width=16, max_height=16)
    x_kind_id = fields.Many2one("prepare.note")
    x_properties = fields.Properties(definition="x_kind_id.definition")
    x_note_ids = fields.One2many("prepare.note", "tracking_id")
    x_partner_ids = fields.Many2many("res.partner")
    x_default = fields.Char(default="as ever")
    # what is not stored, and writes something else
    x_inverse = fields.Char(compute="_compute_x_inverse", inverse="_inverse_x_inverse")

    _x_integer_check = models.Constraint("CHECK(x_integer >= 0)", "Not below zero")

    def _compute_x_inverse(self):
        for row in self:
            row.x_inverse = f"{row.x_char} again"

    def _inverse_x_inverse(self):
        for row in self:
            row.x_text = row.x_inverse
