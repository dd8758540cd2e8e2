"""What users are warned of before they send."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .support.common import PatientBrowser
from .support.report_common import UNKNOWN, ReportCommon

NO_HOST = "550 5.1.2 Host unknown (Name server: example.net: host not found)"


class WarningsCommon(ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Partner = cls.env["res.partner"].with_user(cls.user_employee)

    def prove_dead(self, address, answer=UNKNOWN, status="5.1.1"):
        mail = self.send_mail(email_to=address)
        row = self.rows(mail.mail_message_id)
        self.report((address, "failed", status, answer), headers=self.by_token(row))
        self.assertTrue(row.is_address_dead)
        return row

    def ask(self, *recipients, **thread):
        return self.Partner.get_mail_tracking_warnings(list(recipients), **thread)

    def texts(self, *addresses):
        return [warning["text"] for warning in self.ask(*((False, each) for each in addresses))]


@tagged("post_install", "-at_install")
class TestWarnings(WarningsCommon):
    def test_dead_address(self):
        with freeze_time("2026-10-03 12:00:00"):
            self.prove_dead("anna@example.com")
        (warning,) = self.ask([self.anna.id, "Anna <Anna@Example.com>"])
        self.assertEqual(
            warning["text"],
            "An email to anna@example.com failed on 10/03/2026: Address does not exist.",
        )
        self.assertEqual((warning["partner_id"], warning["suggestion"]), (self.anna.id, False))

    def test_an_address_that_works_again(self):
        self.prove_dead("anna@example.com")
        self.row(self.post(self.anna), self.anna).event_create("delivered", {})
        self.assertEqual(self.texts("anna@example.com"), [])

    def test_domain_without_mail_server(self):
        with freeze_time("2026-10-03 12:00:00"):
            self.prove_dead("anna@exmaple.com", NO_HOST, "5.1.2")
        self.assertEqual(
            self.texts("bob@exmaple.com", "bob@example.com"),
            ["No mail server was found for exmaple.com (10/03/2026)."],
        )

    def test_typing_error(self):
        (warning,) = self.ask([False, "bob@gmial.com"])
        self.assertEqual(warning["text"], "gmial.com looks like a typo. Did you mean gmail.com?")
        self.assertEqual(warning["suggestion"], "bob@gmail.com")

    def test_what_works_is_no_typing_error(self):
        mail = self.send_mail(email_to="bob@gmial.com")
        self.rows(mail.mail_message_id).event_create("delivered", {})
        self.assertEqual(self.texts("bob@gmial.com"), [])

    def test_nothing_known_and_no_addresses(self):
        self.assertEqual(self.texts("new@example.com", "", "no address", False), [])
        self.assertEqual(self.ask("text", 7, [], [1], [1, 2], [{}, "x@example.com"]), [])

    def test_followers(self):
        self.prove_dead("anna@example.com")
        self.record.message_subscribe(self.anna.ids)
        thread = {"thread_model": self.record._name, "thread_id": self.record.id}
        (warning,) = self.ask(**thread)
        self.assertEqual(warning["partner_id"], self.anna.id)
        self.assertEqual(self.ask(thread_model="no.model", thread_id=1), [])
        self.assertEqual(self.ask(thread_model="res.country", thread_id=1), [])

    def test_who_may_correct(self):
        self.prove_dead("anna@example.com")
        pair = [self.anna.id, "anna@example.com"]
        self.assertTrue(self.ask(pair)[0]["can_write"])
        self.Partner = self.Partner.with_user(
            new_test_user(self.env, "warned_reader", "base.group_user")
        )
        self.assertFalse(self.ask(pair)[0]["can_write"])
        (gone,) = self.ask([10**9, "anna@example.com"])
        self.assertFalse(gone["can_write"])

    def test_strangers_learn_nothing(self):
        portal = new_test_user(self.env, "warned_portal", "base.group_portal")
        self.Partner = self.Partner.with_user(portal)
        with self.assertRaises(AccessError):
            self.ask([False, "anna@example.com"])

    def test_a_mistake_in_the_check_is_no_error_for_who_writes(self):
        self.prove_dead("anna@example.com")
        broken = patch.object(
            type(self.env["res.partner"]), "_get_address_problems", side_effect=ValueError("broken")
        )
        with broken, mute_logger("odoo.addons.mail_tracking.models.guard"):
            self.assertEqual(self.texts("anna@example.com"), [])
        self.assertEqual(len(self.texts("anna@example.com")), 1)

    def test_as_many_queries_for_80_as_for_1(self):
        addresses = [f"p{number}@exmaple.com" for number in range(80)]
        self.prove_dead("p0@exmaple.com", NO_HOST, "5.1.2")

        def count(asked):
            before = self.env.cr.sql_log_count
            self.ask(*([False, address] for address in asked))
            return self.env.cr.sql_log_count - before

        count(addresses)
        self.assertEqual(count(addresses[1:2]), count(addresses))
        self.assertLessEqual(count(addresses), 3)


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestWarningsBrowser(WarningsCommon, PatientBrowser, HttpCase):
    browser_size = "1500x1000"

    def test_small_and_full_composer(self):
        self.record.email = "acme@gmial.com"
        self.prove_dead("anna@example.com")
        self.record.message_subscribe(self.anna.ids)
        self.start_tour(
            f"/odoo/res.partner/{self.record.id}", "mail_tracking_warnings", login="admin"
        )
        self.assertEqual(self.record.email, "acme@gmail.com")
        self.assertEqual(self.anna.email, "anna@example.org")


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestWarningsPhone(TestWarningsBrowser):
    allow_inherited_tests_method = True
    browser_size = "375x667"
    touch_enabled = True
