"""Emails that are not sent, as their address is known to be dead."""

from unittest.mock import patch

from markupsafe import Markup

from odoo import SUPERUSER_ID
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .support.common import MailTrackingCommon

SINCE = "2026-10-03 08:00:00"


@tagged("post_install", "-at_install")
class TestNotSent(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.mail_tracking_skip_dead = True
        cls.prove(cls.anna.email)

    @classmethod
    def prove(cls, *addresses):
        """Mails to these addresses came back for good, long ago; returns their trackings."""
        rows = cls.env["mail.tracking.email"].create(
            [{"recipient": address} for address in addresses]
        )
        for row in rows:
            row.event_create("hard_bounce", {"error_type": "user_unknown"})
        rows.state_time = SINCE
        return rows

    def follow(self, partners):
        self.record.message_subscribe(partners.ids)

    def got(self):
        """The addresses that got a mail."""
        return sorted(address for _from, to, _mail in self.handler.envelopes for address in to)

    def assert_not_sent(self, row):
        self.assertEqual((row.state, row.error_type), ("error", "address_dead"))
        self.assertEqual(str(row.dead_since), SINCE)
        self.assertTrue(row.needs_action)
        self.assertFalse(row.error_smtp_server)
        self.assertFalse(row.is_address_dead, "nothing new is known of the address")

    # ------------------------------------------------------------
    # WHAT IS NOT SENT
    # ------------------------------------------------------------

    def test_a_follower_whose_address_is_dead_gets_nothing(self):
        self.follow(self.anna | self.bob | self.carl)
        message = self.post(self.env["res.partner"])
        self.assertEqual(self.got(), ["bob@example.com", "carl@example.com"])
        self.assertEqual(self.status(message), {"Anna": "error", "Bob": "sent", "Carl": "sent"})
        self.assert_not_sent(self.row(message, self.anna))
        self.assertTrue(message.mail_tracking_needs_action)
        notification = self.notification(message, self.anna)
        self.assertEqual(notification.notification_status, "exception")
        self.assertEqual(notification.failure_type, "mail_email_invalid")
        self.assertEqual(self.notification(message, self.bob).notification_status, "sent")

    def test_what_people_read(self):
        self.follow(self.anna)
        message = self.post(self.bob).with_user(self.user_employee)
        [line] = [line for line in message.tracking_status() if line["recipient"] == "Anna"]
        self.assertEqual(
            line["evidence"], "Nothing was sent: the address has been dead since 10/03/2026."
        )
        self.assertEqual(line["error_description"], "Address is dead (since 10/03/2026)")
        details = message.get_tracking_details(line["tracking_id"])
        [event] = details["events"]
        self.assertEqual(event["title"], "Not sent: Address is dead (since 10/03/2026)")

    def test_the_queue_and_mails_without_a_contact(self):
        mails = self.env["mail.mail"]
        for address in ("anna@example.com", "new@example.com"):
            mails |= self.prepare_mail(email_to=address, auto_delete=False)
        with self.smtp():
            mails.process_email_queue(mails.ids)
        self.assertEqual(self.got(), ["new@example.com"])
        self.assertEqual(mails.mapped("state"), ["exception", "sent"])
        self.assertEqual(mails[0].failure_type, "mail_email_invalid")
        self.assertIn("Address is dead (since", mails[0].failure_reason)
        self.assert_not_sent(self.rows(mails[0].mail_message_id))

    def test_one_of_several_recipients_of_an_email(self):
        mail = self.send_mail(
            email_to="Anna <anna@example.com>, bob@example.com",
            email_cc="carl@example.com",
            auto_delete=False,
        )
        self.assertEqual(self.got(), ["bob@example.com", "carl@example.com"])
        self.assertNotIn("anna", str(self.received("bob@example.com")["To"]))
        rows = self.rows(mail.mail_message_id)
        self.assertEqual(mail.state, "sent")
        self.assertEqual(rows.mapped("state"), ["error", "sent", "sent"])
        self.assert_not_sent(rows[0])

    def test_all_of_several_recipients(self):
        self.prove("bob@example.com")
        mail = self.send_mail(email_to="anna@example.com", email_cc="bob@example.com")
        self.assertEqual(self.got(), [])
        rows = self.env["mail.tracking.email"].search([("mail_id_int", "=", mail.id)])
        self.assertEqual(len(rows), 2)
        for row in rows:
            self.assert_not_sent(row)

    def test_a_template_is_not_by_hand(self):
        template = self.env["mail.template"].create(
            {
                "name": "T",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Automatic",
                "body_html": "<p>Hello</p>",
                "partner_to": "{{ object.id }}",
                "auto_delete": False,
            }
        )
        with self.smtp():  # and those who wait for it get no exception
            template.send_mail(self.anna.id, force_send=True, raise_exception=True)
        self.assertEqual(self.got(), [])
        rows = self.env["mail.tracking.email"].search([("partner_id", "=", self.anna.id)])
        self.assert_not_sent(rows)

    def test_several_at_once_are_not_by_hand(self):
        message = self.post(self.anna | self.bob)
        self.assertEqual(self.got(), ["bob@example.com"])
        self.assert_not_sent(self.row(message, self.anna))

    def test_what_nobody_here_wrote_is_not_by_hand(self):
        with self.smtp():
            self.record.message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.carl.id,
                partner_ids=self.anna.ids,
            )
        self.assertEqual(self.got(), [])

    # ------------------------------------------------------------
    # WHAT IS SENT
    # ------------------------------------------------------------

    def test_what_a_user_writes_to_one_person_is_sent(self):
        self.follow(self.bob)
        message = self.post(self.anna)
        self.assertEqual(self.got(), ["anna@example.com", "bob@example.com"])
        self.assertEqual(self.status(message), {"Anna": "sent", "Bob": "sent"})

    def test_a_user_writes_to_one_person_in_the_name_of_the_company(self):
        with self.smtp():
            self.record.with_user(self.user_employee).message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=False,
                email_from="billing@test.mycompany.com",
                partner_ids=self.anna.ids,
            )
        self.assertEqual(self.got(), ["anna@example.com"])

    def test_a_user_sends_a_template_to_one_person(self):
        template = self.env["mail.template"].create(
            {
                "name": "Offer",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Offer",
                "body_html": "<p>Hello</p>",
                "partner_to": str(self.anna.id),
                "use_default_to": False,
            }
        )
        context = {
            "default_model": "res.partner",
            "default_res_ids": self.record.ids,
            "default_template_id": template.id,
        }
        Composer = self.env["mail.compose.message"].with_user(self.user_employee)
        with Form(Composer.with_context(**context)) as form, self.smtp():
            _mails, message = form.save()._action_send_mail()
        self.assertEqual(message.sudo().mail_tracking_ids.template_id, template)
        self.assertEqual(self.got(), ["anna@example.com"])

    def test_what_a_scheduled_action_sends_in_the_name_of_a_user_is_not_by_hand(self):
        with self.smtp():
            self.record.with_user(SUPERUSER_ID).message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.author.id,
                partner_ids=self.anna.ids,
            )
        self.assertEqual(self.got(), [])

    def test_a_user_writes_to_an_address(self):
        with self.smtp():
            self.record.with_user(self.user_employee).message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                outgoing_email_to="Anna <anna@example.com>",
            )
        self.assertEqual(self.got(), ["anna@example.com"])

    def test_off_by_default_and_for_each_company(self):
        self.assertFalse(self.env["res.company"].create({"name": "New"}).mail_tracking_skip_dead)
        other = self.env["res.company"].create({"name": "Other"})
        self.user_employee.company_ids += other
        self.record.company_id = other
        self.follow(self.anna)
        self.post(self.bob)
        self.assertEqual(self.got(), ["anna@example.com", "bob@example.com"])
        other.mail_tracking_skip_dead = True
        self.env.company.mail_tracking_skip_dead = False
        self.handler.envelopes.clear()
        self.post(self.bob)
        self.assertEqual(self.got(), ["bob@example.com"])
        other.mail_tracking_skip_dead = False
        self.handler.envelopes.clear()
        self.post(self.bob)
        self.assertEqual(self.got(), ["anna@example.com", "bob@example.com"])

    def test_send_anyway(self):
        self.follow(self.anna)
        message = self.post(self.bob).with_user(self.user_employee)
        [line] = [
            line for line in message.get_resend_details()["recipients"] if line["status"] == "error"
        ]
        self.assertEqual(line["reason"], "Address is dead (since 10/03/2026)")
        self.handler.envelopes.clear()
        with self.smtp():
            result = message.resend_to(
                [{"key": line["key"], "email": line["email"], "save": False}]
            )
            self.assertEqual(result["errors"], [])
            self.env.cr.postcommit.run()
            self.env["mail.mail"].sudo().search([("state", "=", "outgoing")]).send()
        self.assertEqual(self.got(), ["anna@example.com"])
        self.assertFalse(message.sudo().mail_tracking_needs_action)
        self.assertEqual(self.status(message), {"Anna": "sent", "Bob": "sent"})

    def test_in_a_list_of_failures_it_is_chosen_one_by_one(self):
        self.follow(self.anna)
        row = self.row(self.post(self.bob), self.anna)
        choices = row.with_user(self.user_employee).action_resend_choices(row.ids)
        self.assertEqual(choices["groups"], [])
        [email] = choices["doubtful"]
        self.assertEqual((email["id"], email["reason"]), (row.id, "Address is dead"))

    def test_an_address_that_works_again(self):
        self.follow(self.anna)
        self.post(self.bob)
        self.handler.envelopes.clear()
        self.anna.invalidate_recordset()
        self.assertTrue(self.anna.email_bounced)
        self.anna.action_mail_tracking_works()
        message = self.post(self.bob)
        self.assertEqual(self.got(), ["anna@example.com", "bob@example.com"])
        self.assertFalse(message.mail_tracking_needs_action)

    # ------------------------------------------------------------
    # WHAT IS KNOWN
    # ------------------------------------------------------------

    def test_it_is_no_evidence_of_the_address(self):
        self.follow(self.anna)
        self.anna.invalidate_recordset()
        score = self.anna.email_score
        for _i in range(3):
            self.post(self.bob)
        self.anna.invalidate_recordset()
        self.assertEqual(self.anna.email_score, score)
        Tracking = self.env["mail.tracking.email"]
        self.assertTrue(Tracking.email_is_bounced("anna@example.com"))
        self.assertEqual(len(Tracking._search_dead({"anna@example.com"})), 1)

    def test_the_blacklist_of_core_is_told_in_words(self):
        self.follow(self.anna)
        message = self.post(self.bob)
        self.row(message, self.anna).unlink()
        self.notification(message, self.anna).write(
            {"notification_status": "canceled", "failure_type": "mail_bl"}
        )
        [line] = [line for line in message.tracking_status() if line["recipient"] == "Anna"]
        self.assertEqual(line["status"], "cancelled")
        self.assertEqual(line["evidence"], "Nothing was sent: the address is blacklisted.")

    # ------------------------------------------------------------
    # FAULTS
    # ------------------------------------------------------------

    def test_a_check_that_breaks_costs_no_mail(self):
        self.follow(self.anna)
        Tracking = type(self.env["mail.tracking.email"])

        def of_postgres(trackings):
            trackings.env.cr.execute("SELECT nonsense")

        def of_python(trackings):
            raise ValueError("broken")

        for fault in (of_postgres, of_python):
            with (
                self.subTest(fault.__name__),
                patch.object(Tracking, "_get_dead_failures", fault),
                mute_logger("odoo.sql_db", "odoo.addons.mail_tracking.models.guard"),
            ):
                self.handler.envelopes.clear()
                message = self.post(self.bob)
                self.assertEqual(self.got(), ["anna@example.com", "bob@example.com"])
                self.assertEqual(self.status(message), {"Anna": "sent", "Bob": "sent"})

    def test_a_mark_that_breaks_costs_no_mail(self):
        Server = type(self.env["ir.mail_server"])
        self.follow(self.anna)
        with (
            patch.object(Server, "_tracking_headers_add", side_effect=ValueError("broken")),
            mute_logger("odoo.addons.mail_tracking.models.guard"),
        ):
            self.post(self.bob)
        self.assertEqual(self.got(), ["anna@example.com", "bob@example.com"])

    # ------------------------------------------------------------
    # COST
    # ------------------------------------------------------------

    def new_people(self, number, name):
        return self.env["res.partner"].create(
            [{"name": f"{name}{i}", "email": f"{name}{i}@example.com"} for i in range(number)]
        )

    def count_sending(self, partners):
        """How many statements one mail to these takes."""
        mail = self.prepare_mail(recipient_ids=partners.ids, body_html=Markup("<p>Hi</p>"))
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        with self.smtp():
            mail.send()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_eighty_cost_as_many_queries_as_one(self):
        one, few, many = (self.new_people(n, name) for n, name in ((1, "x"), (1, "y"), (80, "z")))
        self.prove(*(one | few | many).mapped("email"))
        self.handler.envelopes.clear()
        self.count_sending(one)  # fill what is remembered
        few_queries = self.count_sending(few)
        self.assertLessEqual(self.count_sending(many), few_queries)
        self.assertEqual(self.got(), [])

    def test_one_query_for_a_queue_and_none_where_it_is_off(self):
        def count():
            mails = self.env["mail.mail"]
            for number in range(5):
                mails |= self.prepare_mail(email_to=f"works{number}@example.com")
            self.env.flush_all()
            self.env.invalidate_all()
            with self.smtp(), self.count_our_queries() as queries:
                mails.send()
            return len([text for text in queries if "is_address_dead" in text.split("WHERE")[-1]])

        self.assertEqual(count(), 1)
        self.env.company.mail_tracking_skip_dead = False
        count()
        with self.assertNoLogs("odoo.addons.mail_tracking", "ERROR"):
            self.assertEqual(count(), 0)
