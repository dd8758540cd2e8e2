"""The process that erases a person is killed, again and again."""

import os
import signal

from odoo.tests import tagged

from .support.fault_process import FaultCase

ADDRESS = "anna.berg@example.com"
EMAILS = 6_000
#: emails that are left at the moment of each kill
MOMENTS = (5_400, 4_000, 2_600, 1_200)


@tagged("post_install", "-at_install", "mail_tracking_faults")
class TestFaultsErasure(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.make_database("erasure")

    def count(self, query):
        [(number,)] = self.sql(self.database, f"SELECT count(*) FROM {query}")
        return number

    def left(self):
        return self.count(f"mail_tracking_email WHERE recipient_address = '{ADDRESS}'")

    def assert_no_person_is_half_erased(self):
        """An email is there with all that belongs to it, or nothing of it is."""
        kept = "SELECT id FROM mail_tracking_email WHERE recipient_address IS NULL"
        broken = {
            "a kept email that names the person": self.count(
                "mail_tracking_email WHERE recipient_address IS NULL"
                " AND (recipient LIKE '%@%' OR error_description LIKE '%@%' OR opens_refused"
                " IS NOT TRUE OR state != 'bounced')"
            ),
            "an event of a kept email that names the person": self.count(
                f"mail_tracking_event WHERE tracking_email_id IN ({kept})"
                " AND (recipient LIKE '%@%' OR error_description LIKE '%@%')"
            ),
            "an email of the person without events": self.count(
                f"mail_tracking_email email WHERE recipient_address = '{ADDRESS}' AND NOT EXISTS"
                " (SELECT FROM mail_tracking_event WHERE tracking_email_id = email.id)"
            ),
        }
        self.assertEqual({name for name, number in broken.items() if number}, set())

    def test_an_erasure_survives_kills(self):
        with self.driver(self.database) as driver:
            driver.run("fill_person", {"address": ADDRESS, "number": EMAILS})
            self.assertEqual(self.left(), EMAILS)
            for number, moment in enumerate(MOMENTS):
                (pid,) = driver.start("erase", {"address": "" if number else ADDRESS})
                self.wait_until(lambda m=moment: self.left() <= m, "nothing is erased")
                os.kill(pid, signal.SIGKILL)
                self.assertEqual(driver.end(), [-signal.SIGKILL], f"kill {number}")
                self.wait_alone(self.database)
                self.assertGreater(self.left(), 0, "killed too late to prove anything")
                self.assert_no_person_is_half_erased()
                self.assertEqual(self.count("mail_tracking_erasure WHERE state = 'running'"), 1)
            driver.run("erase", {"address": ""})
        self.assertEqual(self.left(), 0)
        self.assert_no_person_is_half_erased()
        found = self.sql(
            self.database,
            "SELECT state, deleted_count, kept_count, remaining_count, addresses"
            " FROM mail_tracking_erasure",
        )
        self.assertEqual(found, [("done", EMAILS * 9 // 10, EMAILS // 10, 0, None)])
        self.assertEqual(self.count("mail_tracking_email"), EMAILS // 10)
        self.assertEqual(
            self.sql(
                self.database,
                "SELECT address, answer FROM mail_tracking_consent WHERE way = 'form'",
            ),
            [(None, "no")],
        )
