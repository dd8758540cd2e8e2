from odoo import fields
from odoo.tests import new_test_user, tagged

from ..tools import events as ev
from .support.incident_common import IncidentCommon

UNPROVEN_DOMAIN = {
    "error_type": "authentication",
    "error_code": "550",
    "error_status": "5.7.26",
    "error_description": "550-5.7.26 Your email has been blocked because the sender is "
    "unauthenticated. SPF did not pass for anna@example.com",
}


@tagged("post_install", "-at_install")
class TestIncidentsNumbers(IncidentCommon):
    """Failures that rise at a provider, and complaints."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.tracking.domain"].sudo().create(
            {"name": "mail.example.org", "provider": "Google"}
        )

    def bounce(self, number, event_type=ev.SOFT_BOUNCE, company=None):
        """Emails that came back, and their daily number."""
        rows = (
            self.env["mail.tracking.email"]
            .sudo()
            .create(
                [
                    {
                        "recipient": f"p{index}@mail.example.org",
                        "company_id": (company or self.env.company).id,
                    }
                    for index in range(number)
                ]
            )
        )
        rows.event_create(event_type, UNPROVEN_DOMAIN if event_type != ev.SPAM else {})
        state = "spam" if event_type == ev.SPAM else "soft-bounced"
        self.numbers(state=state, emails=number, company=company)
        return rows

    def test_failures_that_rise(self):
        for day in range(1, 15):
            self.numbers(day=day, emails=100)
        self.numbers(day=3, state="bounced", emails=10)
        self.numbers(emails=60)
        self.check()
        self.assertFalse(self.incidents())
        rows = self.bounce(12)
        self.check()
        incident = self.incidents()
        self.assertEqual((incident.kind, incident.company_id), ("provider", self.env.company))
        self.assertIn("Google", incident.name)
        self.assertIn("12 of 72 emails failed: 16.7%", incident.what)
        self.assertIn("it was 0.8%", incident.what)
        self.assertEqual(incident.code, "authentication")
        self.assertNotIn("anna", incident.reason)
        self.assertEqual((incident.email_count, incident.recipient_count), (12, 12))
        found = self.env["mail.tracking.email"].search(incident.action_open_emails()["domain"])
        self.assertEqual(set(found), set(rows))
        self.assertIn("Google", self.messages().body)
        # the day goes on, and it works again
        self.numbers(emails=900)
        self.check()
        self.assertTrue(incident.closed_on)

    def test_few_failures_say_nothing(self):
        self.numbers(emails=1)
        self.numbers(state="bounced", emails=9)
        self.check()
        self.assertFalse(self.incidents())

    def test_provider_that_always_refuses_many(self):
        for day in range(1, 15):
            self.numbers(day=day, emails=80)
            self.numbers(day=day, state="soft-bounced", emails=20)
        self.numbers(emails=80)
        self.numbers(state="soft-bounced", emails=25)
        self.check()
        self.assertFalse(self.incidents())

    def test_what_our_own_server_refused_is_no_fault_of_the_provider(self):
        self.numbers(emails=10)
        self.numbers(state="error", emails=100)
        self.check()
        self.assertFalse(self.incidents())

    def test_yesterday_counts_until_today_is_better(self):
        self.numbers(day=1, emails=10)
        self.numbers(day=1, state="soft-bounced", emails=40)
        self.check()
        incident = self.incidents()
        self.assertEqual(incident.kind, "provider")
        self.numbers(emails=5)
        self.check()
        self.assertFalse(incident.closed_on, "too few to know")
        self.numbers(emails=20)
        self.check()
        self.assertTrue(incident.closed_on)

    def test_complaints(self):
        self.numbers(emails=2000)
        self.numbers(day=2, state="spam", emails=2)
        self.check()
        self.assertFalse(self.incidents())
        self.bounce(1, ev.SPAM)
        self.check()
        incident = self.incidents()
        self.assertEqual((incident.kind, incident.severity), ("complaints", "warning"))
        self.assertIn("0.1%", incident.what)
        [message] = self.messages()
        self.bounce(5, ev.SPAM)
        self.check()
        self.assertEqual(incident.severity, "urgent")
        self.assertEqual(len(self.messages()), 2, "it got worse")
        self.assertIn("Urgent", self.messages()[1].body)
        self.check()
        self.assertEqual(len(self.messages()), 2)
        self.env["mail.tracking.day.total"].sudo().search([]).day = fields.Date.subtract(
            fields.Date.today(), days=8
        )
        self.check()
        self.assertTrue(incident.closed_on)
        self.assertTrue(message.body)

    def test_each_company_has_its_own(self):
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="base.group_user,mail_tracking.group_postmaster",
            company_id=other.id,
            company_ids=[fields.Command.set(other.ids)],
        )
        self.numbers(emails=10)
        self.numbers(emails=1000, company=other)
        self.bounce(30)
        self.check()
        incident = self.incidents()
        self.assertEqual(incident.company_id, self.env.company)
        self.assertNotIn(stranger, self.activities(incident).user_id)
        self.assertIn(self.postmaster, self.activities(incident).user_id)
        Incident = self.env["mail.tracking.incident"]
        self.assertEqual(Incident.with_user(self.postmaster).search([]), incident)
        self.assertFalse(Incident.with_user(stranger).search([]))
        self.assertNotIn("30 of 40", self.messages().body, "people of all companies read it")

    def test_unknown_providers_are_one(self):
        self.numbers(provider=False, emails=10)
        self.numbers(provider=False, state="soft-bounced", emails=12)
        rows = self.env["mail.tracking.email"].sudo().create({"recipient": "x@unknown.example"})
        rows |= self.bounce(1)
        rows.company_id = self.env.company
        rows[0].event_create(ev.SOFT_BOUNCE, UNPROVEN_DOMAIN)
        self.check()
        incident = self.incidents()
        self.assertIn("other providers", incident.name)
        found = self.env["mail.tracking.email"].search([("incident_id", "=", incident.id)])
        self.assertEqual(found, rows[0])
