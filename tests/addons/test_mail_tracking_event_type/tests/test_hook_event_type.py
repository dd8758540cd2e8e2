"""A type of event, a state, and values of events that another addon adds."""

import base64
from datetime import date, datetime
from itertools import permutations

from odoo import Command

from odoo.addons.mail_tracking.tests.support.hook_common import GUARD, WAYS, HookCommon

TYPES = {"open": "open", "report": "hard_bounce", "webhook": "delivered"}


class TestHookEventType(HookCommon):
    # ------------------------------------------------------------
    # A TYPE AND A STATE
    # ------------------------------------------------------------

    def test_a_state_follows_from_a_type_of_another_addon(self):
        row = self.sent()
        event = row.event_create("read", {"timestamp": 1767225600.0})
        self.assertEqual((event.event_type, event.x_state), ("read", "read"))
        self.assertEqual((event.x_type, event.x_default), ("read of 2026", "as ever"))
        self.assertEqual(row.state, "read")
        self.assertEqual(row.state_time, datetime(2026, 1, 1))
        self.assertEqual(row.search([("state", "=", "read")]), row)
        self.assertEqual(self.status(row.mail_message_id), {"Anna": "opened"})

    def test_the_order_of_events_does_not_matter(self):
        times = {"sent": 1.0, "read": 2.0, "open": 2.0, "delivered": 3.0}
        for event_types in permutations(times):
            row = self.env["mail.tracking.email"].sudo().create({"recipient": "x@example.com"})
            for event_type in event_types:
                row.event_create(event_type, {"timestamp": times[event_type]})
            self.assertEqual(row.state, "read", event_types)
            row.event_create("spam", {"timestamp": 0.0})
            self.assertEqual(row.state, "spam")

    # ------------------------------------------------------------
    # VALUES
    # ------------------------------------------------------------

    def test_a_value_of_each_type_with_a_column_arrives(self):
        plain = {
            "x_boolean": True,
            "x_integer": 7,
            "x_float": 1.125,
            "x_monetary": 12.5,
            "x_translated": "Hello",
            "x_by_company": "of this company",
            "x_html": "<p>Hello</p>",
            "x_date": date(2026, 2, 28),
            "x_datetime": datetime(2026, 2, 28, 12, 30),
            "x_selection": "two",
            "x_json": {"list": [1, {"two": None}]},
            "x_column": base64.b64encode(b"column"),
        }
        usd = self.env.ref("base.USD")
        row = self.sent()
        metadata = {**plain, "x_currency_id": usd.id, "x_reference": f"res.partner,{self.bob.id}"}
        event = row.event_create("read", metadata)
        event.invalidate_recordset()
        self.assertEqual({name: event[name] for name in plain}, plain)
        self.assertEqual((event.x_currency_id, event.x_reference), (usd, self.bob))
        empty = row.event_create("read", {})
        empty.invalidate_recordset()
        self.assertFalse(any(empty[name] for name in metadata))

    def test_values_come_in_on_each_way(self):
        for way, event_type in TYPES.items():
            with self.subTest(way):
                row = self.sent()
                self.learn(way, row)
                for event in row.tracking_event_ids:
                    state = WAYS[way] if event.event_type == event_type else "sent"
                    self.assertEqual((event.x_state, event.x_default), (state, "as ever"))
                    self.assertTrue(event.x_type.startswith(f"{event.event_type} of "))

    def test_a_value_without_a_column_is_refused(self):
        row = self.sent()
        for name, value in {
            "x_partner_ids": [Command.set(self.bob.ids)],
            "x_attachment": base64.b64encode(b"attachment"),
            "x_computed": "given",
        }.items():
            with self.assertRaisesRegex(ValueError, f"cannot hold '{name}'"):
                row.event_create("read", {name: value})
        with self.assertRaisesRegex(ValueError, "x_unknown"):
            row._apply_events([{"tracking_email_id": row.id, "x_unknown": 1}])
        with self.assertRaisesRegex(ValueError, "three"):
            row.event_create("read", {"x_selection": "three"})
        self.assertEqual((self.events(row), row.state), (["sent"], "sent"))

    # ------------------------------------------------------------
    # MISTAKES: they cost the event, never the mail
    # ------------------------------------------------------------

    def test_while_a_mail_is_sent(self):
        with self.assertLogs(GUARD, "ERROR") as logs:
            message = self.post(self.anna | self.bob, subject="No sent for anna@example.com")
        self.assertIn("cannot hold 'x_partner_ids'", "".join(logs.output))
        for partner in self.anna | self.bob:
            self.received(partner.email)
            self.assertEqual(self.notification(message, partner).notification_status, "sent")
        self.assertEqual(self.events(self.row(message, self.anna)), [])
        self.assertEqual(self.row(message, self.bob).state, "sent", "it is not its mistake")

    def test_later(self):
        for way, event_type in TYPES.items():
            with self.subTest(way):
                row = self.sent(subject=f"No {event_type} for anna@example.com")
                other = self.sent()
                with self.assertLogs(GUARD, "ERROR") as logs:
                    self.learn(way, row, other)
                self.assertIn("cannot hold 'x_partner_ids'", "".join(logs.output))
                self.assertEqual((self.events(row), row.state), (["sent"], "sent"))
                self.assertEqual(other.state, WAYS[way])
        self.assertEqual(self.day("sparkpost"), {"events": 2, "applied": 1, "failed": 1})
