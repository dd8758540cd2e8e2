from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mail_tracking_show_aliases = fields.Boolean(
        related="company_id.mail_tracking_show_aliases", readonly=False
    )
    mail_tracking_open_mode = fields.Selection(
        related="company_id.mail_tracking_open_mode", readonly=False
    )
    mail_tracking_unanswered = fields.Selection(
        related="company_id.mail_tracking_unanswered", readonly=False
    )
    mail_tracking_follows_country = fields.Boolean(
        related="company_id.mail_tracking_follows_country", readonly=False
    )
    mail_tracking_foot = fields.Boolean(related="company_id.mail_tracking_foot", readonly=False)
    mail_tracking_foot_text = fields.Char(
        related="company_id.mail_tracking_foot_text", readonly=False
    )
    mail_tracking_open_preset = fields.Char(
        "Recommended",
        compute="_compute_mail_tracking_open_preset",
        help="What is recommended for the country of the company.",
    )
    mail_tracking_has_open_preset = fields.Boolean(
        "As recommended",
        compute="_compute_mail_tracking_open_preset",
        help="The settings are those that are recommended for the country of the company.",
    )
    mail_tracking_open_preset_button = fields.Char(
        "Use what is recommended",
        compute="_compute_mail_tracking_open_preset",
        help="What the button says.",
    )
    mail_tracking_opens = fields.Boolean(
        "Track opens",
        compute="_compute_mail_tracking_opens",
        inverse="_inverse_mail_tracking_opens",
        help="Without the image, emails never become Opened; all else still works.",
    )
    mail_tracking_img_disabled = fields.Boolean(
        "No open tracking",
        config_parameter="mail_tracking.tracking_img_disabled",
        help="The stored opposite of Track opens.",
    )
    mail_tracking_base_url = fields.Char(
        "Public URL for open tracking",
        config_parameter="mail_tracking.base.url",
        help="How the internet reaches this Odoo, if not by its web address.",
    )
    mail_tracking_email_max_age_days = fields.Integer(
        "Keep tracking for",
        config_parameter="mail_tracking.mail_tracking_email_max_age_days",
        help="In days, 0 for ever. Failures that nobody has reviewed are kept.",
    )
    mail_tracking_client_details_max_age_days = fields.Integer(
        "Keep IP address and mail client for",
        config_parameter="mail_tracking.client_details_max_age_days",
        help="In days, 0 for ever.",
    )
    mail_tracking_client_in_words = fields.Boolean(
        "Mail client in words only",
        config_parameter="mail_tracking.client_in_words",
        help=(
            'Keep "Thunderbird on Linux" instead of everything that the mail program says '
            "about itself."
        ),
    )
    mail_tracking_soft_bounces_to_flag = fields.Integer(
        "Soft bounces in a row",
        config_parameter="mail_tracking.soft_bounces_to_flag",
        help="Number of soft bounces that mark an address as bounced, at most 100; 0 for never.",
    )
    mail_tracking_servers_info = fields.Text(
        "What your mail servers report",
        compute="_compute_mail_tracking_servers_info",
        help="One line for each outgoing mail server.",
    )

    @api.depends("mail_tracking_img_disabled")
    def _compute_mail_tracking_opens(self):
        for settings in self:
            settings.mail_tracking_opens = not settings.mail_tracking_img_disabled

    def _inverse_mail_tracking_opens(self):
        for settings in self:
            settings.mail_tracking_img_disabled = not settings.mail_tracking_opens

    @api.depends(
        "company_id",
        "mail_tracking_unanswered",
        "mail_tracking_follows_country",
        "mail_tracking_foot",
    )
    @api.depends_context("lang")
    def _compute_mail_tracking_open_preset(self):
        for settings in self:
            company = settings.company_id
            preset, country = company._get_open_preset(), company.country_id.name
            # what the form holds, saved or not
            settings.mail_tracking_has_open_preset = all(
                settings[name] == value for name, value in preset.items()
            )
            if company._needs_open_consent():
                settings.mail_tracking_open_preset = self.env._(
                    "Recommended for %(country)s: people who never answered are counted, the "
                    "recipient's country is followed, and the line at the foot is on.",
                    country=country,
                )
            elif country:
                settings.mail_tracking_open_preset = self.env._(
                    "Recommended for %(country)s: people who never answered are identified, and "
                    "the recipient's country is followed.",
                    country=country,
                )
            else:
                settings.mail_tracking_open_preset = self.env._(
                    "Your company has no country. Recommended until it has one: people who never "
                    "answered are identified, and the recipient's country is followed."
                )
            settings.mail_tracking_open_preset_button = (
                self.env._("Use what is recommended for %(country)s", country=country)
                if country
                else self.env._("Use what is recommended")
            )

    def action_use_open_preset(self):
        """Set what is recommended for the country of the company, and show that."""
        self.company_id._use_open_preset()
        return {"type": "ir.actions.client", "tag": "reload"}

    @api.depends_context("lang")
    def _compute_mail_tracking_servers_info(self):
        servers = self.env["ir.mail_server"].search([("owner_user_id", "=", False)])
        lines = [
            self.env._(
                "%(server)s: %(report)s", server=server.name, report=server._tracking_route_info()
            )
            for server in servers
        ]
        self.mail_tracking_servers_info = "\n".join(lines) or self.env._(
            "There is no outgoing mail server; what the server of the configuration file can "
            "report shows beside each email."
        )
