"""Two users who send through accounts of their own, each a real SMTP server that wants a login."""

import logging
from datetime import timedelta

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from odoo.addons.mail.tests.common import mail_new_test_user

from .common import MailTrackingCommon, RecordingHandler, free_port


class PersonalCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of itself
        cls.user_other = mail_new_test_user(
            cls.env,
            login="other",
            name="Olga Other",
            email="olga@account.example",
            company_id=cls.company_admin.id,
            groups="base.group_user,base.group_partner_manager",
        )
        cls.own_handler, cls.own_server = cls.connect_account(cls.user_employee)
        cls.other_handler, cls.other_server = cls.connect_account(cls.user_other)

    @classmethod
    def connect_account(cls, user):
        """An account of a user: its server, which takes the password "secret", and its record."""
        handler = RecordingHandler()
        controller = Controller(
            handler,
            hostname="127.0.0.1",
            port=free_port(),
            ready_timeout=60,
            authenticator=check_password,
            auth_require_tls=False,
        )
        controller.start()
        cls.addClassCleanup(controller.stop)
        server = cls.env["ir.mail_server"].create(
            {
                "name": f"{user.name}'s outgoing email",
                "smtp_host": "127.0.0.1",
                "smtp_port": controller.port,
                "smtp_encryption": "none",
                "smtp_user": user.email,
                "smtp_pass": "secret",
                "from_filter": user.email_normalized,
                "owner_user_id": user.id,
            }
        )
        return handler, server

    def setUp(self):
        super().setUp()
        for handler in (self.own_handler, self.other_handler):
            handler.__init__()
        for server in (self.own_server, self.other_server):
            server.write({"owner_limit_time": False, "owner_limit_count": 0})

    def post_as(self, user, partners, **values):
        """Post a message as a user; its mails are sent."""
        values = {
            "body": "Hello",
            "subject": "Offer",
            "partner_ids": partners.ids,
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            **values,
        }
        with self.smtp():
            message = self.record.with_user(user).message_post(**values).sudo()
        self.env.invalidate_all()
        return message

    def turn_the_minute(self):
        """Let a minute go by for the account, and for the mails that it put off."""
        minute = timedelta(minutes=1)
        self.own_server.owner_limit_time -= minute
        waiting = self.env["mail.mail"].search(
            [("state", "=", "outgoing"), ("scheduled_date", "!=", False)]
        )
        for mail in waiting:
            mail.scheduled_date -= minute
        self.env.flush_all()

    def send_queue(self):
        """Send what is due, as the scheduled action does."""
        with self.smtp():
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()


def check_password(_server, _session, _envelope, _mechanism, login):
    return AuthResult(success=login.password == b"secret", handled=False)
