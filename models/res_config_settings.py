from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mail_tracking_show_aliases = fields.Boolean(
        related="company_id.mail_tracking_show_aliases", readonly=False
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
