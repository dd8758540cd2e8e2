from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    mail_tracking_show_aliases = fields.Boolean(
        "Show aliases", help="Show our own aliases among the recipients of a received email."
    )
    mail_tracking_open_mode = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_company_open_mode(),
        string="Opens of people who agreed",
        required=True,
        default="identified",
        help="What may be known at most of the opens of emails of this company.",
    )
    mail_tracking_unanswered = fields.Selection(
        [("identified", "Identify"), ("counted", "Count"), ("off", "Nothing")],
        "People who never answered",
        required=True,
        default="identified",
        help="What may be known of the opens of people who were never asked, or did not answer.",
    )
    mail_tracking_follows_country = fields.Boolean(
        "Follow the recipient's country",
        help="Where the law of the recipient's country is known to ask for consent, people who "
        "never answered are counted at most.",
    )
    mail_tracking_foot = fields.Boolean(
        "Line at the foot",
        help="Every tracked email says at its foot what is noted, with a link to change that.",
    )
    mail_tracking_foot_text = fields.Char(
        "Text of the foot",
        translate=True,
        help="What the line says before its link; empty: the text that comes with this addon.",
    )
