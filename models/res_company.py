from odoo import api, fields, models

from ..tools import modes


class ResCompany(models.Model):
    _inherit = "res.company"

    mail_tracking_show_aliases = fields.Boolean(
        "Show aliases", help="Show our own aliases among the recipients of a received email."
    )
    mail_tracking_open_mode = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_company_open_mode(),
        string="What may be known at most",
        default="identified",
        help=(
            "What may be known at most of the opens of emails of this company, also of people "
            "who agreed."
        ),
    )
    mail_tracking_unanswered = fields.Selection(
        [("identified", "Identify"), ("counted", "Count"), ("off", "Nothing")],
        "People who never answered",
        default="identified",
        help=(
            "What may be known of the opens of people who were never asked whether opens may "
            "be noted, or did not answer that question."
        ),
    )
    mail_tracking_follows_country = fields.Boolean(
        "Follow the recipient's country",
        help=(
            "If authorities of the recipient's country are known to ask for consent, the "
            "opens of people who never answered are at most counted."
        ),
    )
    mail_tracking_foot = fields.Boolean(
        "Line at the foot",
        help="Every tracked email says at its foot what is noted, with a link to change that.",
    )
    mail_tracking_foot_text = fields.Char(
        "Text of the foot",
        translate=True,
        help="What the line says before its link. If empty, the text that comes with this addon.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of ``base``: a new company starts with what is recommended for its country."""
        companies = super().create(vals_list)
        for company, vals in zip(companies, vals_list, strict=True):
            if company.country_id:
                preset = company._get_open_preset()
                company.write({name: preset[name] for name in preset.keys() - vals.keys()})
        return companies

    # ------------------------------------------------------------
    # WHAT MAY BE KNOWN OF OPENS
    # ------------------------------------------------------------

    def _get_open_preset(self):
        """What is recommended for the country of this company: values to write.

        What people agreed to is not touched. Nor is the foot where nothing speaks for it: a
        company that has one keeps it.
        """
        self.ensure_one()
        mode = modes.COUNTRY_MODES.get(self.country_id.code)
        return {
            "mail_tracking_unanswered": mode or modes.IDENTIFIED,
            "mail_tracking_follows_country": True,
            **({"mail_tracking_foot": True} if mode else {}),
        }

    def _use_open_preset(self):
        """Set what is recommended for the country of each of these companies."""
        for company in self:
            company.write(company._get_open_preset())

    def _needs_open_consent(self):
        """Whether the law of its country is known to ask for consent to noting single opens."""
        return self.country_id.code in modes.COUNTRY_MODES

    def _get_unanswered_mode(self):
        """What may be known at most of the opens of people who never answered."""
        both = (self.mail_tracking_open_mode, self.mail_tracking_unanswered)
        return max((mode or modes.IDENTIFIED for mode in both), key=modes.STRICTNESS.index)
