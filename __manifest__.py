# Licence LGPL-3.0 or later (see LICENSE).
{
    "name": "Email tracking",
    "summary": "Shows what became of each email, for each recipient, where it was written",
    "version": "19.0.5.0.0",
    "category": "Productivity/Discuss",
    "author": "mail_tracking contributors",
    "license": "LGPL-3",
    "depends": ["mail"],
    "data": [
        # security
        "security/mail_tracking_groups.xml",
        "security/ir.model.access.csv",
        "security/mail_tracking_rules.xml",
        "security/mail_tracking_consent_rules.xml",
        "security/dead_address_rules.xml",
        # data
        "data/ir_cron_data.xml",
        "data/mail_template_data.xml",
        "data/ir_cron_erasure.xml",
        # views
        "views/mail_tracking_event_views.xml",
        "views/mail_tracking_email_views.xml",
        "views/ir_mail_server_views.xml",
        "views/open_mode_views.xml",
        "views/mail_alias_domain_views.xml",
        "views/mail_receipt_views.xml",
        "views/mail_tracking_webhook_views.xml",
        "views/mail_tracking_setup_views.xml",
        "views/mail_tracking_consent_views.xml",
        "views/privacy_templates.xml",
        "views/mail_tracking_proof_report.xml",
        "views/mail_tracking_proof_views.xml",
        "views/res_partner_views.xml",
        "views/mail_tracking_privacy_views.xml",
        "views/res_config_settings_views.xml",
        "views/dead_address_views.xml",
    ],
    "demo": ["demo/mail_tracking_demo.xml"],
    "assets": {
        "web.assets_backend": [
            "mail_tracking/static/src/**/*",
            ("remove", "mail_tracking/static/src/views/lazy/**/*"),
        ],
        "web.assets_backend_lazy": ["mail_tracking/static/src/views/lazy/**/*"],
        "web.assets_tests": ["mail_tracking/static/tests/tours/**/*"],
        "web.assets_unit_tests": [
            "mail_tracking/static/tests/**/*",
            ("remove", "mail_tracking/static/tests/tours/**/*"),
        ],
    },
    "images": [
        "static/img/chatter.png",
        "static/img/popover.png",
        "static/img/tracking_emails.png",
    ],
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
