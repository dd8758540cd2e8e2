"""Stored fields that another addon computes follow, on each way."""

from odoo.addons.mail_tracking.tests.support.hook_common import WAYS, HookCommon


class TestHookComputes(HookCommon):
    def stored(self, records, *names):
        """What is in the database, past all caches."""
        self.env.flush_all()
        self.env.cr.execute(
            f"SELECT {', '.join(names)} FROM {records._table} WHERE id IN %s ORDER BY id",
            [tuple(records.ids)],
        )
        return self.env.cr.fetchall()

    def test_a_mail_that_waits(self):
        mail = self.prepare_mail(email_to="dora@example.com")
        row = self.rows(mail.mail_message_id)
        self.assertEqual(
            self.stored(row, "shout", "domain_upper", "event_words"),
            [("WAITING", "EXAMPLE.COM", "")],
        )

    def test_sending(self):
        self.handler.refuse_rcpt["bob@example.com"] = "550 5.1.1 User unknown"
        rows = self.rows(self.post(self.anna | self.bob))
        self.assertEqual(
            self.stored(rows, "shout", "domain_upper", "event_words"),
            [("SENT", "EXAMPLE.COM", "sent"), ("ERROR", "EXAMPLE.COM", "error")],
        )
        self.assertEqual(
            self.stored(rows.tracking_event_ids, "address", "link", "constant"),
            [
                ("anna@example.com", "no link", "always"),
                ("bob@example.com", "no link", "always"),
            ],
        )

    def test_what_is_learnt_later(self):
        types = {"open": "open", "report": "hard_bounce", "webhook": "delivered"}
        for way, state in WAYS.items():
            with self.subTest(way):
                row = self.sent()
                self.learn(way, row)
                self.assertEqual(
                    self.stored(row, "shout", "event_words"),
                    [(state.upper(), f"sent {types[way]}")],
                )
                self.assertEqual(
                    self.stored(row.tracking_event_ids, "address", "link", "constant"),
                    [("anna@example.com", "no link", "always")] * 2,
                )

    def test_an_event_of_another_addon(self):
        row = self.sent()
        row.event_create("click", {"url": "https://example.com/"})
        self.assertEqual(
            self.stored(row.tracking_event_ids, "link"), [("no link",), ("https://example.com/",)]
        )
