# Licence LGPL-3.0 or later (see LICENSE).
{
    "name": "Email tracking: tests of the names that stay",
    "summary": "Extends what other addons have always extended; only for tests",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "mail_tracking contributors",
    "license": "LGPL-3",
    "depends": ["mail_tracking"],
    "data": [
        "security/ir.model.access.csv",
        "views/hooks_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["test_mail_tracking_compat/static/src/**/*"],
        "web.assets_tests": ["test_mail_tracking_compat/static/tests/**/*"],
    },
}
