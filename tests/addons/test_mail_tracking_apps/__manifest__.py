# Licence LGPL-3.0 or later (see LICENSE).
{
    "name": "Email tracking: tests beside the apps that people send from",
    "summary": "Leads, tasks, quotations and invoices; only for tests",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "mail_tracking contributors",
    "license": "LGPL-3",
    "depends": ["mail_tracking", "crm", "project", "sale"],
    "assets": {
        "web.assets_tests": ["test_mail_tracking_apps/static/tests/tours/**/*"],
    },
}
