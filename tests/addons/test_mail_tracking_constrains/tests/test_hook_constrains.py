"""What another addon forbids: a tracking is the less for it, and never the mail."""

from odoo.addons.mail_tracking.tests.support.hook_common import GUARD, WAYS, HookCommon


class TestHookConstrains(HookCommon):
    def forbid(self, state, partner=None):
        """A subject of which the other addon does not want that state."""
        return f"Never {state} at {(partner or self.anna).email}"

    def allow(self, rows):
        rows.name = "Whatever you like"
        self.process_pending()

    def test_a_tracking_that_must_not_be(self):
        with self.assertLogs(GUARD, "ERROR") as logs:
            message = self.post(self.anna, subject=self.forbid("waiting"))
        self.assertIn("Never waiting", "".join(logs.output))
        self.received("anna@example.com")
        self.assertFalse(self.rows(message))
        self.assertEqual(self.notification(message, self.anna).notification_status, "sent")

    def test_a_state_that_must_not_follow_from_sending(self):
        with self.assertLogs(GUARD, "ERROR") as logs:
            message = self.post(self.anna | self.bob, subject=self.forbid("sent"))
        self.assertEqual(len(logs.output), 1)
        self.assertEqual(len(self.handler.envelopes), 2)
        anna, bob = self.row(message, self.anna), self.row(message, self.bob)
        self.assertEqual((self.pending(anna), anna.state), (["sent"], False))
        with self.assertLogs(GUARD, "ERROR"):
            self.process_pending()
        self.assertEqual((self.pending(anna), anna.state), (["sent"], False), "tried again")
        self.assertEqual((self.pending(bob), bob.state), ([], "sent"), "as ever")
        self.allow(anna)
        self.assertEqual((self.pending(anna), anna.state), ([], "sent"))

    def test_a_refusal_that_must_not_be(self):
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.1.1 User unknown"
        with self.assertLogs(GUARD, "ERROR"):
            message = self.post(self.anna, subject=self.forbid("error"))
        row = self.row(message, self.anna)
        self.assertEqual((self.pending(row), row.state), (["error"], False))
        notification = self.notification(message, self.anna)
        self.assertEqual(notification.notification_status, "exception", "core knows all the same")

    def test_a_state_that_must_not_follow_later(self):
        for way, state in WAYS.items():
            with self.subTest(way):
                row = self.sent(subject=self.forbid(state))
                other = self.sent(subject=self.forbid("forbidden"))
                with self.assertLogs(GUARD, "ERROR") as logs:
                    self.learn(way, row, other)
                self.assertEqual(len(logs.output), 1)
                self.assertEqual((len(self.pending(row)), row.state), (1, "sent"))
                with self.assertLogs(GUARD, "ERROR"):
                    self.process_pending()
                self.assertEqual((len(self.pending(row)), row.state), (1, "sent"))
                self.assertEqual((len(self.pending(other)), other.state), (0, state))
                self.allow(row)
                self.assertEqual((len(self.pending(row)), row.state), (0, state))
                self.assertEqual(self.anna.email_bounced, state == "bounced")
