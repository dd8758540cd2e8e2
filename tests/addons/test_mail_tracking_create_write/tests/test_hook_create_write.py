"""``create`` and ``write`` of another addon see what happens to trackings, on each way."""

from odoo.addons.mail_tracking.tests.support.hook_common import WAYS, HookCommon


class TestHookCreateWrite(HookCommon):
    def test_sending(self):
        self.handler.refuse_rcpt["carl@example.com"] = "550 5.1.1 User unknown"
        message = self.post(self.anna | self.bob | self.carl)
        for partner in self.anna | self.bob | self.carl:
            row = self.row(message, partner)
            self.assertEqual(row.created, f"{partner.email_formatted} Offer")
        rows = self.rows(message)
        self.assertEqual(rows.mapped("state"), ["sent", "sent", "error"])
        self.assertEqual(
            rows.mapped("written"),
            ["waiting > sent of 2", "waiting > sent of 2", "waiting > error of 1"],
        )

    def test_what_is_learnt_later(self):
        for way, state in WAYS.items():
            with self.subTest(way):
                row = self.sent()
                self.learn(way, row)
                self.assertEqual((row.state, row.written), (state, f"sent > {state} of 1"))

    def test_many_at_once(self):
        rows = self.sent() | self.sent() | self.sent()
        self.learn("webhook", *rows)
        self.assertEqual(rows.mapped("written"), ["sent > delivered of 3"] * 3)
