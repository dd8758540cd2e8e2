"""Values that another addon returns from ``_tracking_email_prepare``, of each field type."""

import base64
from datetime import date, datetime

from odoo import Command
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.tests.support.common import MailTrackingCommon
from odoo.addons.mail_tracking.tests.support.hook_common import GUARD

PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
)


class TestHookPrepare(MailTrackingCommon):
    def post_with(self, prepare, partners=None, **values):
        """Post while another addon changes the values of trackings."""
        record = self.record.with_context(prepare=prepare)
        return self.post(partners or self.anna, record=record, **values)

    def test_a_value_of_each_field_type_arrives(self):
        note = self.env["prepare.note"].create(
            {"name": "Kind", "definition": [{"name": "size", "type": "integer", "string": "Size"}]}
        )
        plain = {
            "x_boolean": True,
            "x_integer": 7,
            "x_float": 1.125,
            "x_monetary": 12.5,
            "x_char": "Ça va",
            "x_translated": "Hello",
            "x_by_company": "of this company",
            "x_text": "One\nTwo",
            "x_html": "<p>Hello</p>",
            "x_date": date(2026, 2, 28),
            "x_datetime": datetime(2026, 2, 28, 12, 30),
            "x_selection": "two",
            "x_model": "res.partner",
            "x_res_id": self.bob.id,
            "x_json": {"list": [1, {"two": None}]},
            "x_column": base64.b64encode(b"column"),
            "x_attachment": base64.b64encode(b"attachment"),
            "x_image": PNG,
        }
        usd = self.env.ref("base.USD")
        prepared = {
            **plain,
            "x_currency_id": usd.id,
            "x_reference": f"res.users,{self.user_employee.id}",
            "x_kind_id": note.id,
            "x_properties": {"size": 5},
            "x_note_ids": [Command.create({"name": "First"}), Command.create({"name": "Second"})],
            "x_partner_ids": [Command.set(self.bob.ids), Command.link(self.carl.id)],
        }
        message = self.post_with(lambda vals: {**vals, **prepared})
        row = self.row(message, self.anna)
        row.invalidate_recordset()
        self.assertEqual({name: row[name] for name in plain}, plain)
        self.assertEqual(row.x_currency_id, usd)
        self.assertEqual(row.x_reference, self.user_employee)
        self.assertEqual(row.x_kind_id, note)
        self.assertEqual(row.x_properties["size"], 5)
        self.assertEqual(row.x_note_ids.mapped("name"), ["First", "Second"])
        self.assertEqual(row.x_partner_ids, self.bob | self.carl)
        self.assertEqual(row.x_default, "as ever")
        self.assertEqual((row.state, row.recipient_address), ("sent", "anna@example.com"))

    def test_a_value_that_writes_another_one_arrives(self):
        row = self.row(self.post_with(lambda vals: {**vals, "x_inverse": "back"}), self.anna)
        row.invalidate_recordset()
        self.assertEqual(row.x_text, "back")

    def test_each_recipient_has_values_of_their_own(self):
        def prepare(vals):
            if vals["partner_id"] == self.anna.id:
                return {**vals, "x_char": "Anna's", "x_partner_ids": [Command.link(self.bob.id)]}
            return {**vals, "x_default": "other"}

        message = self.post_with(prepare, self.anna | self.bob)
        anna, bob = self.row(message, self.anna), self.row(message, self.bob)
        self.assertEqual((anna.x_char, anna.x_default), ("Anna's", "as ever"))
        self.assertEqual((bob.x_char, bob.x_default), (False, "other"))
        self.assertEqual(anna.x_partner_ids, self.bob)
        self.assertFalse(bob.x_partner_ids)

    def test_a_mistake_costs_the_tracking_and_never_the_mail(self):
        def fail(vals):
            raise KeyError("broken on purpose")

        mistakes = {
            "an exception": fail,
            "nothing": lambda vals: None,
            "no such field": lambda vals: {**vals, "x_unknown": 1},
            "of another type": lambda vals: {**vals, "x_integer": "seven"},
            "no such choice": lambda vals: {**vals, "x_selection": "three"},
            "a constraint": lambda vals: {**vals, "x_integer": -1},
            "no such record": lambda vals: {**vals, "x_kind_id": 2_000_000_000},
            "no such link": lambda vals: {**vals, "x_partner_ids": [Command.link(2_000_000_000)]},
        }
        for name, prepare in mistakes.items():
            with self.subTest(name):
                self.handler.envelopes.clear()
                with self.assertLogs(GUARD, "ERROR"), mute_logger("odoo.sql_db"):
                    message = self.post_with(prepare, self.anna | self.bob)
                self.assertEqual(len(self.handler.envelopes), 2)
                self.assertFalse(self.rows(message))
                for partner in self.anna | self.bob:
                    notification = self.notification(message, partner)
                    self.assertEqual(notification.notification_status, "sent")
        self.assertEqual(self.status(self.post(self.anna)), {"Anna": "sent"})

    def test_a_mistake_costs_no_other_recipient_the_tracking(self):
        def prepare(vals):
            return {**vals, "x_integer": -1 if vals["partner_id"] == self.bob.id else 1}

        partners = self.anna | self.bob | self.carl
        with self.assertLogs(GUARD, "ERROR"), mute_logger("odoo.sql_db"):
            message = self.post_with(prepare, partners)
        self.assertEqual(len(self.handler.envelopes), 3)
        rows = self.rows(message)
        self.assertEqual(rows.partner_id, self.anna | self.carl)
        self.assertEqual(rows.mapped("state"), ["sent", "sent"])
        pixels = ["/mail_tracking/open/" in self.html(self.received(p.email)) for p in partners]
        self.assertEqual(pixels, [True, False, True])

    def test_a_mistake_costs_no_other_mail_its_tracking(self):
        def prepare(vals):
            if vals["recipient"] == "bad@example.com":
                raise KeyError("broken on purpose")
            return vals

        mails = self.env["mail.mail"].sudo().with_context(prepare=prepare)
        values = {"email_from": "sender@test.mycompany.com", "body_html": "<p>Hello</p>"}
        addresses = ("one@example.com", "bad@example.com", "two@example.com")
        with self.assertLogs(GUARD, "ERROR"):
            mails = mails.create([{**values, "email_to": address} for address in addresses])
            messages = mails.mail_message_id
            with self.smtp():
                mails.send()
        self.assertEqual(len(self.handler.envelopes), 3)
        states = {row.recipient_address: row.state for row in self.rows(messages)}
        self.assertEqual(states, {"one@example.com": "sent", "two@example.com": "sent"})
