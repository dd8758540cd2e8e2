# Licence LGPL-3.0 or later (see LICENSE).
{
    "name": "Email tracking: tests beside resource",
    "summary": "Reminders in working days of a calendar; only for tests",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "mail_tracking contributors",
    "license": "LGPL-3",
    "depends": ["mail_tracking", "resource"],
}
