# Licence LGPL-3.0 or later (see LICENSE).
{
    "name": "Email tracking: tests of create and write",
    "summary": "Overrides create and write of trackings; only for tests",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "mail_tracking contributors",
    "license": "LGPL-3",
    "depends": ["mail_tracking"],
}
