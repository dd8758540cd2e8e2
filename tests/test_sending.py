from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import body as body_tools
from .support.common import TOKEN_HEADER, MailTrackingCommon


@tagged("post_install", "-at_install")
class TestSending(MailTrackingCommon):
    def test_each_notified_partner_gets_a_row_that_says_sent(self):
        message = self.post(self.anna | self.bob)
        for partner in self.anna | self.bob:
            row = self.row(message, partner)
            self.assertEqual(row.state, "sent")
            self.assertEqual(row.recipient_address, partner.email)
            self.assertEqual(row.name, "Offer")
            self.assertEqual(row.author_id, self.author)
            self.assertEqual(row.smtp_server, "127.0.0.1")
            self.assertEqual(self.events(row), ["sent"])
            self.assertEqual(self.notification(message, partner).notification_status, "sent")
        self.assertFalse(message.mail_tracking_needs_action)

    def test_identity_travels_in_headers_of_each_recipient_alone(self):
        message = self.post(self.anna | self.bob)
        tokens = set()
        for partner in self.anna | self.bob:
            mail = self.received(partner.email)
            row = self.row(message, partner)
            self.assertEqual(mail[TOKEN_HEADER], row.token)
            self.assertEqual(mail["X-Odoo-MailTracking-ID"], str(row.id))
            tokens.add(mail[TOKEN_HEADER])
        self.assertEqual(len(tokens), 2)

    def test_each_mail_carries_exactly_one_pixel_of_its_own(self):
        message = self.post(self.anna | self.bob)
        for partner in self.anna | self.bob:
            html = self.html(self.received(partner.email))
            self.assertEqual(html.count("/mail_tracking/open/"), 1)
            self.assertIn(self.row(message, partner)._get_pixel_url(), html)
            self.assertNotIn(self.row(message, partner).token, html)
            text = self.received(partner.email).get_body(("plain",)).get_content()
            self.assertNotIn("mail_tracking", text, "for who reads plain text it is a stray link")

    def test_rows_wait_until_the_mail_is_sent(self):
        mail = self.env["mail.mail"].create(
            {"subject": "Later", "body_html": "<p>x</p>", "recipient_ids": [(4, self.anna.id)]}
        )
        row = self.rows(mail.mail_message_id)
        self.assertFalse(row.state)
        self.assertEqual(self.status(mail.mail_message_id), {"Anna": "waiting"})
        with self.smtp():
            mail.send()
        self.assertEqual(row.state, "sent")

    def test_sending_again_keeps_rows_and_pixel(self):
        mail = self.send_mail(recipient_ids=[(4, self.anna.id)])
        row = self.rows(mail.mail_message_id)
        mail.state = "outgoing"
        with self.smtp():
            mail.send()
        self.assertEqual(self.rows(mail.mail_message_id), row)
        self.assertEqual(self.events(row), ["sent", "sent"])
        for _from, _to, sent in self.handler.envelopes:
            self.assertEqual(self.html(sent).count("/mail_tracking/open/"), 1)

    def test_a_retry_of_a_row_with_another_address_uses_the_address_of_today(self):
        mail = self.env["mail.mail"].create(
            {"subject": "x", "body_html": "<p>x</p>", "recipient_ids": [(4, self.anna.id)]}
        )
        self.anna.email = "anna.new@example.com"
        with self.smtp():
            mail.send()
        row = self.rows(mail.mail_message_id)
        self.assertEqual(row.mapped("recipient_address"), ["anna.new@example.com"])
        self.assertEqual(row.state, "sent")

    def test_the_row_keeps_the_address_that_was_used(self):
        message = self.post(self.anna)
        self.anna.email = "other@example.com"
        self.assertEqual(self.row(message, self.anna).recipient_address, "anna@example.com")

    def test_partner_with_several_addresses_has_a_row_for_each(self):
        self.anna.email = "anna@example.com, anna.private@example.com"
        message = self.post(self.anna)
        rows = self.rows(message)
        self.assertEqual(
            rows.mapped("recipient_address"), ["anna@example.com", "anna.private@example.com"]
        )
        self.assertEqual(set(rows.mapped("state")), {"sent"})
        self.assertEqual(len(set(rows.mapped("envelope_token"))), 1)
        self.assertEqual(
            self.status(message),
            {"Anna (anna@example.com)": "sent", "Anna (anna.private@example.com)": "sent"},
        )

    def test_mail_to_addresses_without_partner_and_with_cc(self):
        mail = self.send_mail(
            email_to='"Dora" <dora@example.com>, emil@example.com', email_cc="cc@example.com"
        )
        rows = self.rows(mail.mail_message_id)
        self.assertEqual(
            [(row.recipient_address, row.is_cc, row.state) for row in rows],
            [
                ("dora@example.com", False, "sent"),
                ("emil@example.com", False, "sent"),
                ("cc@example.com", True, "sent"),
            ],
        )
        self.assertEqual(len(self.handler.envelopes), 1, "one email for all of them")
        self.assertEqual(
            self.status(mail.mail_message_id),
            {
                "dora@example.com": "no_partner",
                "emil@example.com": "no_partner",
                "cc@example.com": "cc",
            },
        )

    def test_empty_body_and_plain_text(self):
        for body in ("", "just text, no tags"):
            with self.subTest(body):
                self.handler.envelopes.clear()
                mail = self.send_mail(body_html=body, recipient_ids=[(4, self.anna.id)])
                self.assertEqual(self.rows(mail.mail_message_id).state, "sent")
                self.assertEqual(
                    self.html(self.received("anna@example.com")).count("/mail_tracking/open/"), 1
                )

    def test_a_quoted_pixel_is_replaced_by_the_one_of_this_mail(self):
        quoted = '<p>Hi</p><img src="http://x.example/mail/tracking/open/db/7/abc/blank.gif"/>'
        self.send_mail(body_html=quoted, recipient_ids=[(4, self.anna.id)])
        html = self.html(self.received("anna@example.com"))
        self.assertNotIn("/mail/tracking/open/", html)
        self.assertEqual(html.count("/mail_tracking/open/"), 1)

    def test_no_pixel_where_it_is_switched_off(self):
        Params = self.env["ir.config_parameter"]
        for name, switch in {
            "everywhere": lambda on: Params.set_param(
                "mail_tracking.tracking_img_disabled", str(not on)
            ),
            "this server": lambda on: self.mail_server.write({"mail_tracking_pixel": on}),
            "this partner": lambda on: self.anna.write(
                {"mail_tracking_consent": "yes" if on else "no"}
            ),
        }.items():
            with self.subTest(name):
                self.handler.envelopes.clear()
                switch(False)
                message = self.post(self.anna)
                mail = self.received("anna@example.com")
                self.assertNotIn("/mail_tracking/", self.html(mail))
                self.assertEqual(mail[TOKEN_HEADER], self.row(message, self.anna).token)
                self.assertEqual(self.row(message, self.anna).state, "sent")
                switch(True)

    def test_no_pixel_for_anybody_on_the_envelope_of_an_excluded_person(self):
        self.bob.mail_tracking_consent = "no"
        self.send_mail(email_to="dora@example.com", email_cc="Bob <BOB@example.com>")
        self.assertNotIn("/mail_tracking/", self.html(self.received("dora@example.com")))

    def test_no_pixel_for_contacts_who_are_excluded_unless_they_say_otherwise(self):
        self.env["ir.default"].set("res.partner", "mail_tracking_consent", "no")
        self.post(self.anna)  # fill what is remembered
        dora = self.env["res.partner"].create({"name": "Dora", "email": "dora@example.com"})
        self.assertEqual(dora.mail_tracking_consent, "no")
        self.post(dora)
        self.assertNotIn("/mail_tracking/", self.html(self.received("dora@example.com")))
        dora.unlink()
        self.handler.envelopes.clear()
        self.send_mail(email_to="dora@example.com")
        self.assertNotIn("/mail_tracking/", self.html(self.received("dora@example.com")))

    def test_a_broken_tracking_never_costs_a_mail(self):
        Mail = type(self.env["mail.mail"])

        def fail(*args, **kwargs):
            raise ValueError("broken on purpose")

        for owner, broken in (
            (Mail, "_tracking_email_prepare"),
            (Mail, "_tracking_mark"),
            (Mail, "_tracking_collect"),
            (body_tools, "add_pixel"),
        ):
            with (
                self.subTest(broken),
                patch.object(owner, broken, fail),
                self.assertLogs("odoo.addons.mail_tracking.models.guard", "ERROR") as logs,
            ):
                self.handler.envelopes.clear()
                message = self.post(self.anna)
                self.received("anna@example.com")
                self.assertEqual(self.notification(message, self.anna).notification_status, "sent")
                self.assertIn("broken on purpose", "".join(logs.output))

    def test_a_database_error_while_tracking_never_costs_a_mail(self):
        Tracking = type(self.env["mail.tracking.email"])

        def broken(rows, vals_list):
            rows.env.cr.execute("SELECT no_such_column FROM mail_tracking_email")

        with (
            patch.object(Tracking, "create", broken),
            self.assertLogs("odoo.addons.mail_tracking.models.guard", "ERROR"),
            self.assertLogs("odoo.sql_db", "ERROR"),
        ):
            message = self.post(self.anna)
        self.received("anna@example.com")
        self.assertEqual(self.notification(message, self.anna).notification_status, "sent")

    def test_a_database_error_while_noting_the_outcome_never_costs_a_mail(self):
        Tracking = type(self.env["mail.tracking.email"])

        def broken(trackings, events):
            trackings.env.cr.execute("UPDATE mail_tracking_email SET no_such_column = 1")

        with (
            patch.object(Tracking, "_prepare_folded", broken),
            mute_logger("odoo.sql_db"),
            self.assertLogs("odoo.addons.mail_tracking.models.guard", "ERROR") as logs,
        ):
            message = self.post(self.anna)
        self.received("anna@example.com")
        self.assertIn("no_such_column", "".join(logs.output))
        self.assertEqual(self.notification(message, self.anna).notification_status, "sent")
        row = self.row(message, self.anna)
        self.assertEqual((self.events(row), row.state), (["sent"], False))
        self.process_pending()
        self.assertEqual(row.state, "sent")

    def test_who_took_the_mail_is_known_whatever_was_heard_first(self):
        """A service may be quicker than the transaction that sends the mail."""
        message = self.record.with_context(mail_notify_force_send=False).message_post(
            body="Hello",
            partner_ids=self.anna.ids,
            author_id=self.author.id,
            subtype_xmlid="mail.mt_comment",
        )
        row = self.row(message, self.anna)
        row.event_create("delivered", {"smtp_server": "mx.example.com", "source": "test"})
        self.assertEqual((row.state, row.smtp_server), ("delivered", False))
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        with self.smtp():
            mail.send()
        self.assertEqual(self.events(row), ["delivered", "sent"])
        self.assertEqual((row.state, row.smtp_server), ("delivered", "127.0.0.1"))
        self.assertEqual(row.queue_id, "TEST")
        self.assertEqual(row.delivery_report, "none")

    def test_an_outcome_that_meets_a_busy_row_is_noted_at_once_and_applied_later(self):
        Tracking = type(self.env["mail.tracking.email"])

        def busy(trackings):
            raise SerializationFailure("could not serialize access due to concurrent update")

        with patch.object(Tracking, "_fold", busy):
            message = self.post(self.anna)
        self.received("anna@example.com")
        row = self.row(message, self.anna)
        self.assertEqual((row.state, self.events(row)), (False, ["sent"]))
        self.process_pending()
        self.assertEqual(row.state, "sent")

    def test_an_inbox_notification_makes_no_row(self):
        self.user_admin.notification_type = "inbox"
        message = self.post(self.user_admin.partner_id)
        self.assertFalse(self.rows(message))
        self.assertEqual(self.status(message), {self.user_admin.partner_id.name: "unknown"})

    def test_queue_sends_several_mails_over_one_session(self):
        mails = self.env["mail.mail"].create(
            [
                {
                    "subject": f"Mail {i}",
                    "body_html": "<p>x</p>",
                    "recipient_ids": [(6, 0, (self.anna | self.bob).ids)],
                }
                for i in range(3)
            ]
        )
        messages = mails.mail_message_id
        with self.smtp():
            mails.send()
        for message in messages:
            self.assertEqual(self.rows(message).mapped("state"), ["sent", "sent"])

    def test_all_rows_of_a_mail_come_in_one_insert(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(30)]
        )
        counts = {}
        for number in (2, 30):
            vals = {"subject": "x", "recipient_ids": [(6, 0, partners[:number].ids)]}
            self.env["mail.mail"].create(dict(vals))  # warm up
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["mail.mail"].create(dict(vals))
            self.env.flush_all()
            counts[number] = self.env.cr.sql_log_count - before
        self.assertEqual(counts[2], counts[30])

    def test_sending_costs_the_same_few_queries_for_one_mail_and_for_many(self):
        """The trackings; who is on the mail; the outcome: event, lock and fold, state."""
        partners = self.env["res.partner"].create(
            [{"name": f"Q{i}", "email": f"q{i}@example.com"} for i in range(20)]
        )
        self.post(partners)  # fill what is remembered
        counts = []
        for recipients in (partners[:1], partners):
            self.env.flush_all()
            with self.count_our_queries() as queries:
                self.post(recipients)
            counts.append(queries)
        for queries in counts:
            self.assertEqual(len([q for q in queries if "INSERT" in q]), 2, queries)
            self.assertEqual(len(queries), 5, queries)
