"""A person whose data are shown and erased, for tests."""

import json
import logging

from odoo.tools import SQL

from ...models.erasure import mail_tracking_erasure
from .common import MailTrackingCommon

ERASED = "anna.berg@example.com"


class ErasureCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.user_admin
        cls.person = cls.env["res.partner"].create({"name": "Anna Berg", "email": ERASED.title()})
        cls.Tracking = cls.env["mail.tracking.email"].sudo()
        cls.Event = cls.env["mail.tracking.event"].sudo()
        cls.Consent = cls.env["mail.tracking.consent"].sudo()
        cls.Erasure = cls.env["mail.tracking.erasure"].sudo()

    def dialog(self, partner=None, **values):
        """The dialog as an administrator opens it."""
        partner = self.person if partner is None else partner
        Privacy = self.env["mail.tracking.privacy"].with_user(self.admin)
        Privacy = Privacy.with_context(active_model="res.partner", active_id=partner.id)
        return Privacy.create(values)

    def erase(self, partner=None, **values):
        """Click twice."""
        dialog = self.dialog(partner, **values)
        dialog.action_confirm()
        with self.assertLogs(mail_tracking_erasure.__name__, logging.INFO) as logs:
            dialog.action_erase()
        self.assertNotIn("anna", "".join(logs.output).lower())
        self.env.flush_all()
        return dialog

    def track(self, address=ERASED, partner=None, events=("sent", "open"), **values):
        """A tracking with events."""
        row = self.Tracking.create(
            {
                "name": "Offer",
                "recipient": f'"Anna Berg" <{address}>' if address == ERASED else address,
                "partner_id": partner.id if partner else False,
                **values,
            }
        )
        for event_type in events:
            row.event_create(event_type, {"ip": "203.0.113.9", "user_agent": "Thunderbird"})
        return row

    def bounce(self, row, **values):
        """Let a tracking fail, in words that name the person in several ways."""
        text = (
            f"550 5.1.1 <{ERASED.upper()}>: Anna BERG has moved, ask anna.berg=example.com@srs.test"
        )
        row.event_create(
            "hard_bounce",
            {
                "error_type": "user_unknown",
                "error_code": "550",
                "error_description": text,
                "error_details": f"tried {ERASED}.",
                "final_recipient": "berg.private@example.net",
                "event_key": f"key-{row.id}",
                "payload": json.dumps({"email": ERASED}),
                "url": f"https://example.com/?u={ERASED}",
                **values,
            },
        )
        self.assertIn(row.state, ("bounced", "soft-bounced"))

    def answer(self, address, answer, partner=None, purposes=("opens",)):
        self.Consent.record_answer(address, purposes, answer, "form", partner=partner)
        self.env.flush_all()

    def stored(self, needle):
        """Where in the tables of this addon a text stands, in any case: model.field."""
        self.env.flush_all()
        found = set()
        for name, model in self.env.items():
            is_ours = self.env.registry[name]._original_module == "mail_tracking"
            if not is_ours or model._abstract or not model._auto:
                continue
            for field in model._fields.values():
                if not (field.store and field.type in ("char", "text", "html", "json")):
                    continue
                query = SQL(
                    "SELECT 1 FROM %s WHERE %s::text ILIKE %s LIMIT 1",
                    SQL.identifier(model._table),
                    SQL.identifier(field.name),
                    f"%{needle}%",
                )
                if self.env.execute_query(query):
                    found.add(str(field))
        return found

    def rows_of(self, *addresses):
        """All that the tables hold of some addresses, as text."""
        self.env.flush_all()
        result = []
        for table, column in (
            ("mail_tracking_email", "recipient_address"),
            ("mail_tracking_event", "recipient_address"),
            ("mail_tracking_address", "address"),
            ("mail_tracking_consent", "address"),
        ):
            query = SQL(
                "SELECT t::text FROM %s t WHERE %s = ANY(%s) ORDER BY id",
                SQL.identifier(table),
                SQL.identifier(column),
                list(addresses),
            )
            result += self.env.execute_query(query)
        return result
