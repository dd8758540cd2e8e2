from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class MailTrackingEmail(models.Model):
    """Lists of emails by who runs the recipients' mail servers."""

    _inherit = "mail.tracking.email"

    recipient_provider = fields.Char(
        "Provider",
        compute="_compute_recipient_provider",
        search="_search_recipient_provider",
        groups="mail_tracking.group_postmaster",
        help="Who runs the mail servers of the recipient. Empty if unknown.",
    )

    @api.depends("recipient_domain")
    def _compute_recipient_provider(self):
        names = set(self.mapped("recipient_domain")) - {False}
        providers = self.env["mail.tracking.domain"]._get_providers(names)
        for tracking in self:
            tracking.recipient_provider = providers.get(tracking.recipient_domain)

    def _search_recipient_provider(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["mail.tracking.domain"].flush_model(["name", "provider"])
        providers = tuple({provider or "" for provider in value})

        def to_sql(model, alias, query):
            name = model._field_to_sql(alias, "recipient_domain", query)
            provider = SQL("(SELECT provider FROM mail_tracking_domain WHERE name = %s)", name)
            return SQL("COALESCE(%s, '') IN %s", provider, providers)

        return Domain.custom(to_sql=to_sql)
