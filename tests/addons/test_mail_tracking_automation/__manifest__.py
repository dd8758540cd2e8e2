# Licence LGPL-3.0 or later (see LICENSE).
{
    "name": "Email tracking: tests beside base_automation",
    "summary": "Brings both addons together; only for tests",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "mail_tracking contributors",
    "license": "LGPL-3",
    "depends": ["mail_tracking", "base_automation"],
}
