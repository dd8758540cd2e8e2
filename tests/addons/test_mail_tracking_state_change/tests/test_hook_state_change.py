"""``_on_state_change``: another addon reacts to new states."""

from odoo.addons.mail_tracking.tests.support.hook_common import GUARD, WAYS, HookCommon


class TestHookStateChange(HookCommon):
    def heard(self, rows):
        return [(row.heard, row.heard_count) for row in rows]

    def test_sending(self):
        self.handler.refuse_rcpt["carl@example.com"] = "550 5.1.1 User unknown"
        rows = self.rows(self.post(self.anna | self.bob | self.carl))
        self.assertEqual(
            self.heard(rows),
            [
                ("waiting > sent of 2", 1),
                ("waiting > sent of 2", 1),
                ("waiting > error of 1", 1),
            ],
        )

    def test_what_is_learnt_later(self):
        for way, state in WAYS.items():
            with self.subTest(way):
                row = self.sent()
                self.learn(way, row)
                self.assertEqual(self.heard(row), [(f"sent > {state} of 1", 2)])

    def test_many_at_once(self):
        rows = self.sent() | self.sent()
        self.learn("webhook", *rows)
        self.assertEqual(self.heard(rows), [("sent > delivered of 2", 2)] * 2)

    def test_only_a_state_that_is_new(self):
        row = self.sent()
        row.event_create("sent", {})
        row.event_create("open", {"open_kind": "machine"})
        self.assertEqual(self.heard(row), [("waiting > sent of 1", 1)])

    def test_what_waits_is_told_once_it_is_applied(self):
        row = self.sent()
        vals = {"tracking_email_id": row.id, "event_type": "delivered", "is_pending": True}
        self.env["mail.tracking.email"].sudo()._apply_events([vals])
        self.assertEqual(self.heard(row), [("waiting > sent of 1", 1)])
        self.process_pending()
        self.assertEqual(self.heard(row), [("sent > delivered of 1", 2)])

    def test_a_mistake_while_a_mail_is_sent(self):
        with self.assertLogs(GUARD, "ERROR") as logs:
            message = self.post(self.anna, subject="Fails at sent")
        self.assertEqual(len(logs.output), 1)
        self.received("anna@example.com")
        self.assertEqual(self.notification(message, self.anna).notification_status, "sent")
        row = self.row(message, self.anna)
        self.assertEqual((row.state, self.pending(row)), (False, ["sent"]))
        with self.assertLogs(GUARD, "ERROR"):
            self.process_pending()
        self.assertEqual((row.state, self.pending(row)), (False, ["sent"]), "and once more")
        row.name = "Offer"
        self.process_pending()
        self.assertEqual((row.state, self.pending(row)), ("sent", []))
        self.assertEqual(self.heard(row), [("waiting > sent of 1", 1)])

    def test_a_mistake_later(self):
        for way, state in WAYS.items():
            with self.subTest(way):
                row, other = self.sent(subject=f"Fails at {state}"), self.sent()
                with self.assertLogs(GUARD, "ERROR") as logs:
                    self.learn(way, row, other)
                self.assertEqual(len(logs.output), 1)
                self.assertEqual((row.state, len(self.pending(row))), ("sent", 1))
                row.name = "Offer"
                self.process_pending()
                for each in row | other:
                    self.assertEqual((each.state, self.pending(each)), (state, []))
                    self.assertEqual(each.heard_count, 2)
