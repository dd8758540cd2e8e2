from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mail_tracking_show_aliases = fields.Boolean(
        related="company_id.mail_tracking_show_aliases", readonly=False
    )
    mail_tracking_img_disabled = fields.Boolean(
        "Do not track opens",
        config_parameter="mail_tracking.tracking_img_disabled",
        help="Emails go out without the invisible image; all but the status Opened still works.",
    )
    mail_tracking_base_url = fields.Char(
        "Address of the image",
        config_parameter="mail_tracking.base.url",
        help="Public address of this server, if it differs from the web address.",
    )
    mail_tracking_email_max_age_days = fields.Integer(
        "Keep tracking for",
        config_parameter="mail_tracking.mail_tracking_email_max_age_days",
        help="In days, 0 for ever. Failed messages that still need somebody are kept.",
    )
    mail_tracking_client_details_max_age_days = fields.Integer(
        "Keep IP address and mail client for",
        config_parameter="mail_tracking.client_details_max_age_days",
        help="In days, 0 for ever.",
    )
    mail_tracking_soft_bounces_to_flag = fields.Integer(
        "Soft bounces that mark an address",
        config_parameter="mail_tracking.soft_bounces_to_flag",
        help="In a row, at most 100; 0 for never.",
    )
    mail_tracking_servers_info = fields.Text(
        "What your mail servers report",
        compute="_compute_mail_tracking_servers_info",
        help="One line for each outgoing mail server.",
    )

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
