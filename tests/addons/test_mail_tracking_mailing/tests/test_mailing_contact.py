from odoo.tests import tagged

from odoo.addons.mail_tracking.tests.support.report_common import UNKNOWN, ReportCommon

DEAD = "gone@example.com"


@tagged("post_install", "-at_install")
class TestMailingContact(ReportCommon):
    """Contacts of mailing lists, which an addon gives the mixin."""

    def new_contact(self, email=DEAD):
        return self.env["mailing.contact"].create({"name": "Dora", "email": email})

    def prove(self):
        mail = self.send_mail(email_to=DEAD)
        row = self.rows(mail.mail_message_id)
        self.report((DEAD, "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        return row

    def assert_marked(self, contact, row):
        self.assertTrue(contact.email_bounced)
        self.assertIn("User unknown", contact.email_bounced_reason)
        # one of them may be rounded to the next second
        apart = contact.email_bounced_date - row.state_time
        self.assertLessEqual(abs(apart.total_seconds()), 1)

    def test_a_dead_address_is_marked_until_something_arrives(self):
        before, partner = self.new_contact("Gone <GONE@example.com>"), self.record
        partner.email = DEAD
        other = self.new_contact("notgone@example.com")
        row = self.prove()
        self.assert_marked(before, row)
        self.assertTrue(partner.email_bounced)
        after = self.new_contact()
        self.assert_marked(after, row)
        self.assertFalse(other.email_bounced)
        other.email = DEAD
        self.assert_marked(other, row)
        other.email = "other@example.com"
        self.assertFalse(other.email_bounced or other.email_bounced_reason)
        row.event_create("open", {"open_kind": "person"})
        for contact in (before, after, partner, self.new_contact()):
            self.assertFalse(contact.email_bounced or contact.email_bounced_reason)

    def test_it_is_cleared_by_hand_and_by_a_mail_of_the_contact(self):
        row = self.prove()
        contact = self.new_contact()
        self.assert_marked(contact, row)
        contact.email_bounced = False
        self.assertFalse(contact.email_bounced_date or self.new_contact().email_bounced)
        contact = self.new_contact()
        self.prove()
        self.assertTrue(contact.email_bounced)
        self.deliver(
            f"From: {DEAD}\nTo: x@test.mycompany.com\nSubject: Hello\n"
            "Message-ID: <hello@example.com>\n\nHere I am.\n"
        )
        self.assertFalse(contact.email_bounced or self.new_contact().email_bounced)

    def test_many_cost_as_many_queries_as_one(self):
        self.prove()
        self.new_contact()
        costs = []
        for number in (1, 40):
            vals_list = [{"name": "D", "email": DEAD}] * number
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            contacts = self.env["mailing.contact"].create(vals_list)
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
            self.assertTrue(all(contacts.mapped("email_bounced")))
        self.assertLessEqual(costs[1], costs[0])

    def test_marked_ones_are_found_by_an_index(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'mailing_contact'"
            " AND indexdef LIKE '%email_bounced IS TRUE%'"
        )
        self.assertTrue(self.env.cr.fetchall())
