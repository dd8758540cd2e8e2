"""Tests of Odoo's that this addon fails on purpose, each with why.

Whoever adds one says here what people gain by it. ``./dev neighbours`` lists them apart, and
tells of those that do not fail any more.
"""

PURPOSES = {
    "test_mail/test_mail_mail:TestMailMail.test_mail_mail_send_exceptions_raise_management": (
        "wants a connection that dies to undo everything, where now the mails that left stay "
        "sent, the others are tried, and the failure is noted"
    ),
}
