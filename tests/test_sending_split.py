"""Recipients who leave a mail, or join it, between its creation and its sending."""

import logging
from datetime import timedelta

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from odoo.tests import tagged
from odoo.tools import mute_logger

from .support.common import MailTrackingCommon, free_port

UNKNOWN_USER = "550 5.1.1 <dora@example.com>: Recipient address rejected: User unknown"


@tagged("post_install", "-at_install")
class TestSendingSplit(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.dora = Partner.create({"name": "Dora", "email": "dora@example.com"})
        cls.emil = Partner.create({"name": "Emil", "email": "emil@example.com"})
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of itself
        cls.login_server = Controller(
            cls.handler,
            hostname="127.0.0.1",
            port=free_port(),
            authenticator=lambda *_args: AuthResult(success=True),
            auth_require_tls=False,
        )
        cls.login_server.start()
        cls.addClassCleanup(cls.login_server.stop)
        cls.people = cls.anna | cls.bob | cls.carl | cls.dora | cls.emil

    def use_personal_server(self, limit=3):
        """Let the mails of the employee leave through a server of their own."""
        set_param = self.env["ir.config_parameter"].set_param
        set_param("mail.server.personal.limit.minutes", str(limit))
        self.mail_server.write(
            {
                "owner_user_id": self.user_employee.id,
                "from_filter": self.user_employee.email_normalized,
                "smtp_port": self.login_server.port,
                "smtp_user": self.user_employee.email,
                "smtp_pass": "secret",
            }
        )

    def turn_the_minute(self):
        """Let the personal server send again, and the mails be due that it delayed."""
        self.mail_server.owner_limit_time -= timedelta(minutes=1)
        self.mails.filtered(lambda m: m.state == "outgoing").scheduled_date = False

    def queue(self, partners):
        record = self.record.with_context(mail_notify_force_send=False)
        self.message = self.post(partners, record=record)
        return self.message

    @property
    def mails(self):
        return self.env["mail.mail"].search([("mail_message_id", "=", self.message.id)])

    def send_all(self):
        with self.smtp():
            self.mails.filtered(lambda mail: mail.state == "outgoing").send()
        self.env.invalidate_all()

    def break_server(self):
        good, self.mail_server.smtp_port = self.mail_server.smtp_port, free_port()
        return good

    def assert_everybody_has_it(self, message, partners):
        for partner in partners:
            self.received(partner.email)
        self.assertEqual(
            self.status(message), dict.fromkeys(partners.mapped("name"), "sent"), "in the chatter"
        )
        self.assertFalse(message.mail_tracking_needs_action)
        self.assertFalse(self.rows(message).filtered("needs_action"))

    # ------------------------------------------------------------
    # PERSONAL MAIL SERVERS
    # ------------------------------------------------------------

    def test_recipients_who_get_a_mail_of_their_own_keep_their_row(self):
        self.use_personal_server()
        message = self.queue(self.people)
        rows = self.rows(message)
        self.send_all()
        self.assertEqual(len(self.mails), 1, "core deletes what was sent")
        sent = rows.filtered(lambda row: row.state == "sent")
        self.assertEqual((self.rows(message), len(sent)), (rows, 3))
        self.assertEqual(self.mails.recipient_ids, (rows - sent).partner_id)
        self.assertEqual(set((rows - sent).mapped("mail_id_int")), set(self.mails.ids))
        for row in sent:
            token = self.received(row.partner_id.email)["X-Odoo-MailTracking-Token"]
            self.assertEqual(token, row.token)
        self.turn_the_minute()
        self.send_all()
        self.assertEqual(self.rows(message), rows)
        self.assert_everybody_has_it(message, self.people)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_personal_server_that_is_down_and_up_again_leaves_no_failure(self):
        self.use_personal_server()
        message = self.queue(self.people)
        good_port = self.break_server()
        self.send_all()
        tried = self.rows(message).filtered("state")
        self.assertEqual((set(tried.mapped("state")), len(tried)), ({"error"}, 3))
        self.turn_the_minute()
        self.send_all()
        self.assertEqual(set(self.rows(message).mapped("state")), {"error"})
        self.assertEqual(len(self.rows(message)), 5, "nobody is told of twice")
        for row in self.rows(message):
            self.assertEqual(self.events(row), ["error"], "each was tried once")
        self.mail_server.smtp_port = good_port
        for _minute in range(2):
            self.mails.action_retry()
            self.turn_the_minute()
            self.send_all()
        self.assert_everybody_has_it(message, self.people)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_failed_mail_that_is_split_when_it_is_tried_again(self):
        self.use_personal_server(limit=5)
        message = self.queue(self.people)
        good_port = self.break_server()
        self.send_all()
        self.assertEqual(set(self.rows(message).mapped("state")), {"error"})
        self.mail_server.smtp_port = good_port
        self.env["ir.config_parameter"].set_param("mail.server.personal.limit.minutes", "3")
        self.mails.action_retry()
        self.turn_the_minute()
        self.send_all()
        self.assertEqual(len(self.handler.envelopes), 3)
        self.turn_the_minute()
        self.send_all()
        self.assert_everybody_has_it(message, self.people)

    # ------------------------------------------------------------
    # BY HAND
    # ------------------------------------------------------------

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_who_left_the_mail_before_the_server_was_down_did_not_fail(self):
        mail = self.prepare_mail(
            recipient_ids=[(6, 0, (self.anna | self.bob).ids)], email_to="zoe@example.com"
        )
        message = mail.mail_message_id
        mail.write({"recipient_ids": [(3, self.bob.id)], "email_to": "yves@example.com"})
        good_port = self.break_server()
        with self.smtp():
            mail.send()
        expected = {"Anna": "error", "yves@example.com": "error"}
        self.assertEqual(self.status(message), expected)
        self.mail_server.smtp_port = good_port
        mail.action_retry()
        with self.smtp():
            mail.send()
        self.assertEqual(self.status(message), {"Anna": "sent", "yves@example.com": "no_partner"})
        self.assertFalse(message.mail_tracking_needs_action)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_who_joined_the_mail_fails_with_the_others(self):
        mail = self.prepare_mail(recipient_ids=[(6, 0, self.anna.ids)])
        mail.recipient_ids |= self.bob
        self.break_server()
        with self.smtp():
            mail.send()
        self.assertEqual(self.status(mail.mail_message_id), {"Anna": "error", "Bob": "error"})

    def test_a_mail_that_everybody_left_leaves_nobody_waiting(self):
        mail = self.prepare_mail(recipient_ids=[(6, 0, self.anna.ids)])
        message = mail.mail_message_id
        mail.recipient_ids = False
        with self.smtp():
            mail.send()
        self.assertEqual(mail.state, "exception")
        self.assertFalse(self.rows(message))

    def test_an_addon_that_sends_by_itself_tells_of_the_present_recipients_only(self):
        mail = self.prepare_mail(recipient_ids=[(6, 0, (self.anna | self.bob).ids)])
        mail.recipient_ids -= self.bob
        mail.state = "sent"
        mail._postprocess_sent_message([self.anna], [])
        self.assertEqual(self.status(mail.mail_message_id), {"Anna": "sent"})

    def test_who_failed_and_moved_to_another_mail_of_the_message_is_told_of_by_that_one(self):
        self.handler.refuse_rcpt["dora@example.com"] = UNKNOWN_USER
        mail = self.prepare_mail(recipient_ids=[(6, 0, (self.anna | self.dora).ids)])
        message = mail.mail_message_id
        self.break_server_and_send(mail)
        self.assertTrue(message.mail_tracking_needs_action)
        mail.recipient_ids -= self.dora
        self.handler.refuse_rcpt.clear()
        other = self.prepare_mail(mail_message_id=message.id, recipient_ids=[(6, 0, self.dora.ids)])
        mail.action_retry()
        with self.smtp():
            (mail | other).send()
        self.assert_everybody_has_it(message, self.anna | self.dora)

    def break_server_and_send(self, mail):
        good_port = self.break_server()
        with self.smtp(), mute_logger("odoo.addons.mail.models.mail_mail"):
            mail.send()
        self.mail_server.smtp_port = good_port
