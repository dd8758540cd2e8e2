"""Two people, or two clicks, send the same message again at the same moment."""

import json
import os
import tempfile

from aiosmtpd.controller import Controller

from odoo.tests import tagged

from .support.common import RecordingHandler, free_port
from .support.fault_process import FaultCase
from .support.process_webhook import fill

WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'
"""


@tagged("post_install", "-at_install", "mail_tracking_faults")
class TestFaultsResend(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.handler = RecordingHandler()
        cls.controller = Controller(cls.handler, hostname="127.0.0.1", port=free_port())
        cls.controller.start()
        cls.addClassCleanup(cls.controller.stop)
        cls.database = cls.make_database("resend")
        cls.helper = cls.enterClassContext(cls.driver(cls.database))
        cls.helper.run("fill_queue", {"port": cls.controller.port, "recipients": []})
        cls.helper.run("fill_rows", fill(3, 1))
        cls.ids = cls.sql(
            cls.database,
            "SELECT id, mail_message_id, partner_id FROM mail_tracking_email ORDER BY id",
        )

    def setUp(self):
        super().setUp()
        self.handler.__init__()
        self.answers = self.enterContext(tempfile.TemporaryDirectory())

    def resend(self, message, key, count=1, **options):
        """Start processes that send a message again."""
        values = {"message": message, "key": key, "answers": self.answers, **options}
        self.helper.start("resend", *[values] * count)

    def end(self):
        """What the processes were answered, in no order."""
        self.assertFalse(any(self.helper.end()), "nobody is told of the other")
        answers = []
        for name in os.listdir(self.answers):
            with open(os.path.join(self.answers, name)) as file:
                answers.append(json.load(file)["errors"])
        return sorted(answers, key=len)

    def resend_at_once(self, message, key, lock):
        """Two processes read that nothing was sent yet, before either of them goes on."""
        connection = self.connect(self.database)
        try:
            with connection.cursor() as cr:
                cr.execute(lock)
                self.resend(message, key, count=2)
                self.wait_until(
                    lambda: self.sql("postgres", WAITING, [self.database]) == [(2,)],
                    "the two do not wait for each other",
                )
            connection.rollback()
            return self.end()
        finally:
            connection.close()

    def assert_sent_once(self, answers):
        first, second = answers
        self.assertEqual(first, [])
        self.assertIn("already", second[0]["message"])
        self.assertEqual([to for _from, to, _mail in self.handler.envelopes], [["p0@example.com"]])
        self.assert_clean_log()

    def test_two_at_once_send_one_mail_and_log_no_error(self):
        row, message, _partner = self.ids[0]
        lock = f"SELECT FROM mail_tracking_email WHERE id = {row:d} FOR UPDATE"
        self.assert_sent_once(self.resend_at_once(message, f"row-{row}", lock))

    def test_a_message_that_is_older_than_the_tracking_is_sent_once_as_well(self):
        row, message, partner = self.ids[1]
        self.sql(self.database, "DELETE FROM mail_tracking_email WHERE id = %s", [row])
        failed = "UPDATE mail_notification SET notification_status = 'exception'"
        self.sql(self.database, f"{failed} WHERE mail_message_id = %s", [message])
        lock = f"SELECT FROM mail_notification WHERE mail_message_id = {message:d} FOR UPDATE"
        self.assert_sent_once(self.resend_at_once(message, f"partner-{partner}", lock))

    def test_a_mail_that_waits_in_the_queue_is_no_failure_of_the_user(self):
        row, message, _partner = self.ids[2]
        triggers = "SELECT count(*) FROM ir_cron_trigger"
        [(before,)] = self.sql(self.database, triggers)
        self.resend(message, f"row-{row}", is_busy=True)
        self.assertEqual(self.end(), [[]])
        self.assertFalse(self.handler.envelopes)
        mails = "SELECT state FROM mail_mail WHERE mail_message_id = %s AND state <> 'sent'"
        self.assertEqual(self.sql(self.database, mails, [message]), [("outgoing",)])
        [(after,)] = self.sql(self.database, triggers)
        self.assertGreater(after, before, "the queue is woken")
        self.assert_clean_log()
