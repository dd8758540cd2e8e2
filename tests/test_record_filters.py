from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .test_last_email import RecordsCommon

NAMES = ("not_opened", "not_answered", "address_bounced")


class FiltersCommon(RecordsCommon):
    def search(self, *domain, user=None):
        """Those of the records of these tests that a search finds."""
        self.env.flush_all()
        Partner = self.env["res.partner"].with_user(user or self.user_employee)
        return Partner.search([("id", "in", self.record.ids), *domain])

    def found(self):
        """The filters that find the record; the field, and its contrary, say the same."""
        self.env.invalidate_all()
        record, found = self.record.with_user(self.user_employee), []
        for name in NAMES:
            field = f"mail_tracking_{name}"
            is_found = self.search((field, "=", True)) == self.record
            self.assertEqual(self.search((field, "!=", True)) == self.record, not is_found)
            self.assertEqual(record[field], is_found)
            found += [name] if is_found else []
        return found


@tagged("post_install", "-at_install")
class TestRecordFilters(FiltersCommon):
    """Emails not opened, not answered, address bounced: in the lists of all records."""

    def test_a_record_without_an_email(self):
        self.assertEqual(self.found(), [])

    def test_sent_opened_answered(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        self.assertEqual(self.found(), ["not_opened", "not_answered"])
        row.event_create("delivered", {})
        self.assertEqual(self.found(), ["not_opened", "not_answered"])
        row.event_create("open", {"open_kind": "machine"})
        self.assertEqual(self.found(), ["not_opened", "not_answered"])
        self.open(row)
        self.assertEqual(self.found(), ["not_answered"])
        self.answer(message)
        self.assertEqual(self.found(), [])

    def test_one_of_several_recipients(self):
        self.handler.refuse_rcpt = {"carl@example.com": "452 4.2.2 mailbox full"}
        message = self.post(self.anna | self.bob | self.carl)
        self.open(self.row(message, self.anna))
        self.assertEqual(self.found(), ["not_opened", "not_answered"])
        self.open(self.row(message, self.bob))
        self.assertEqual(self.found(), ["not_answered"])

    def test_an_answer_of_one_answers_for_all(self):
        message = self.post(self.anna | self.bob)
        self.answer(message)
        self.assertFalse(self.row(message, self.bob).first_reply)
        self.assertEqual(self.found(), [])

    def test_a_note_of_a_colleague_who_left_is_no_answer(self):
        self.post(self.anna)
        self.record.with_user(self.user_admin).message_post(body="A note", message_type="comment")
        self.user_admin.active = False
        self.assertTrue(self.user_admin.partner_id.partner_share)
        self.assertEqual(self.found(), ["not_opened", "not_answered"])

    def test_somebody_in_cc_counts(self):
        mail = self.send_mail(
            email_to="x@example.com",
            email_cc="y@example.com",
            model="res.partner",
            res_id=self.record.id,
        )
        self.assertEqual(len(self.rows(mail.mail_message_id)), 2)
        self.assertEqual(self.found(), ["not_opened", "not_answered"])

    def test_what_cannot_be_known_is_not_among_the_unopened(self):
        for mode in ("counted", "off"):
            self.env.company.mail_tracking_open_mode = mode
            message = self.post(self.anna)
            self.assertEqual(self.row(message, self.anna).open_mode, mode)
            self.assertEqual(self.found(), ["not_answered"], mode)

    def test_who_refuses_later_is_not_among_the_unopened(self):
        self.post(self.anna)
        self.env["mail.tracking.consent"].sudo().record_answer(
            "anna@example.com", ["opens"], "no", "api", partner=self.anna
        )
        self.assertEqual(self.found(), ["not_answered"])

    def test_a_failure_waits_for_nobody(self):
        self.handler.refuse_rcpt = {"bob@example.com": "452 4.2.2 mailbox full"}
        self.post(self.bob)
        self.assertEqual(self.found(), [])

    def test_the_last_email_counts(self):
        self.post(self.anna)
        newer = self.post(self.bob)
        self.open(self.row(newer, self.bob))
        self.assertEqual(self.found(), ["not_answered"])
        self.answer(newer, sender="bob@example.com")
        self.assertEqual(self.found(), [])

    def test_anybody_who_writes_since_answers(self):
        self.post(self.anna)
        self.later(author=self.user_admin.partner_id)
        self.assertEqual(self.found(), ["not_opened", "not_answered"])
        self.later(author=self.carl)
        self.assertEqual(self.found(), [])

    def test_nobody_answers_a_mailing(self):
        message = self.post(self.anna)
        self.rows(message).mailing_id_int = 7
        self.assertEqual(self.found(), ["not_opened"])

    def test_a_dead_address(self):
        self.handler.refuse_rcpt = {"bob@example.com": "550 5.1.1 no such user"}
        message = self.post(self.bob)
        self.process_pending()
        self.assertTrue(self.row(message, self.bob).is_address_dead)
        self.assertEqual(self.found(), ["address_bounced"])
        again = self.post(self.bob)  # proves nothing new, and did not arrive either
        self.assertFalse(self.row(again, self.bob).is_address_dead)
        self.row(message, self.bob).res_id = self.carl.id
        self.assertEqual(self.found(), ["address_bounced"])
        holders = self.env["res.partner"].search([("mail_tracking_address_bounced", "=", True)])
        self.assertIn(self.bob, holders)
        self.bob.email_bounced = False  # it works again
        self.assertEqual(self.found(), [])

    def test_since(self):
        field = "mail_tracking_last_date"
        now = fields.Datetime.now()
        for operator in (">=", "<"):  # there is none
            for time in (now - timedelta(days=1), now + timedelta(days=1)):
                self.assertFalse(self.search((field, operator, time)))
        message = self.post(self.anna)
        for days in (0, 10):
            self.age(message, days)
            day = timedelta(days=1)
            sent = now - timedelta(days=days)
            for domain, is_found in (
                ([(field, ">=", sent - day)], True),
                ([(field, ">=", sent + day)], False),
                ([(field, "<", sent + day)], True),
                ([(field, "<=", sent - day)], False),
                ([(field, ">=", sent - day), (field, "<", sent + day)], True),
                ([(field, "=", False)], False),
                ([(field, "!=", False)], True),
                (["!", (field, "<", sent + day)], False),
            ):
                with self.subTest(days=days, domain=domain):
                    self.assertEqual(bool(self.search(*domain)), is_found)

    def test_whether_there_is_a_last_email(self):
        for operator, before in (("=", True), ("!=", False)):
            domain = ("mail_tracking_last_email", operator, False)
            self.assertEqual(bool(self.search(domain)), before)
        self.post(self.anna)
        for operator, after in (("=", False), ("!=", True)):
            domain = ("mail_tracking_last_email", operator, False)
            self.assertEqual(bool(self.search(domain)), after)

    def test_who_may_not_read_the_messages_cannot_search_them(self):
        self.patch(type(self.record)._fields["message_ids"], "groups", "base.group_system")
        for name in (*NAMES, "last_date"):
            domain = (f"mail_tracking_{name}", "!=", False)
            self.search(domain, user=self.user_admin)
            with self.assertRaises(AccessError):
                self.search(domain)

    def test_a_search_reads_no_table_as_a_whole(self):
        self.env.cr.execute(
            "INSERT INTO mail_tracking_email (model, res_id, time, state, is_outside,"
            " open_mode, mail_id_int, recipient_address)"
            " SELECT 'res.partner', i % 5000, now() - i * interval '1 minute', 'sent', true,"
            " 'identified', i, i || '@example.com' FROM generate_series(1, 20000) AS i"
        )
        self.env.cr.execute("ANALYZE mail_tracking_email, mail_message, res_partner")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")  # some tables are nearly empty
        Partner = self.env["res.partner"]
        for name, index in (
            *((name, "mail_tracking_email_outside_record_idx") for name in NAMES[:2]),
            ("address_bounced", "mail_tracking_email_dead_address_idx"),
        ):
            for operator in ("=", "!="):
                query = Partner._search([(f"mail_tracking_{name}", operator, True)], limit=80)
                plan = self.plan(query.select())
                self.assertIn(index, plan)
                self.assertNotIn("Seq Scan on mail_", plan)
        since = ("mail_tracking_last_date", ">=", fields.Datetime.now())
        unanswered = ("mail_tracking_not_answered", "=", True)
        self.assertNotIn("Seq Scan on mail_", self.plan(Partner._search([since]).select()))
        for domain in ([since, unanswered], [unanswered, since]):
            plan = self.plan(Partner._search(domain, limit=80).select())
            # the cheap condition first: as a join, it would come after the dear one
            self.assertRegex(plan, r"hashed SubPlan \d+\) IS TRUE\) AND \(\(SubPlan \d+\) IS TRUE")

    def plan(self, query):
        return "\n".join(row for [row] in self.env.execute_query(SQL("EXPLAIN %s", query)))
