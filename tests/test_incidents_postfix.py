"""Incidents at a real mail server: one that refuses, and one that is stopped."""

from odoo.tests import tagged
from odoo.tools import html2plaintext, mute_logger

from .support.incident_common import IncidentCommon
from .support.postfix import Postfix

CORE = "odoo.addons.mail.models.mail_mail"
#: who is refused, with which answer; what is found: cause, a part of it in words, and of the answer
REFUSALS = [
    (
        {
            "recipients": {
                "example.com": "550 5.7.26 Unauthenticated email from odoo.test is not accepted "
                "due to the DMARC policy of the domain"
            }
        },
        ("dmarc", "DMARC", "550 5.7.26 …: Recipient address rejected: Unauthenticated email"),
    ),
    (
        {"recipients": {"example.com": "554 5.7.1 Relay access denied"}},
        ("relay", "does not pass on emails", "554 5.7.1 …: Recipient address rejected: Relay"),
    ),
    (
        {"clients": {"127.0.0.1": "REJECT"}},
        ("smtp_refused", "refuses", "Client host rejected: Access denied"),
    ),
    (
        {"clients": {"127.0.0.1": "421 4.7.0 Too many connections"}},
        ("rate", "Too many emails", "421 4.7.0"),
    ),
]


@tagged("post_install", "-at_install", "mail_tracking_processes")
class TestIncidentsPostfix(IncidentCommon):
    def setUp(self):
        super().setUp()
        self.people = self.anna | self.bob | self.carl
        self.postfix = Postfix({partner.email: partner.name.lower() for partner in self.people})
        self.addCleanup(self.postfix.stop)
        self.postfix.start()
        self.mail_server.smtp_port = self.postfix.port

    def assert_incident(self, code, cause, answer):
        """Three emails fail, postmasters are told once, and it is over with the first success."""
        before = self.messages()
        for partner in self.people:
            self.assertEqual(self.row(self.post(partner), partner).state, "error")
        for _number in range(2):
            with self.no_email():
                self.check()
        incident = self.incidents()
        self.assertEqual((incident.kind, incident.code), ("server", code))
        self.assertIn(cause, incident.cause)
        self.assertIn(answer, incident.reason)
        self.assertEqual((incident.email_count, incident.recipient_count), (3, 3))
        message = self.messages() - before
        self.assertEqual(len(message), 1)
        self.assertIn(incident.cause, html2plaintext(message.body).replace("\n", " "))
        self.assertNotIn("@example.com", message.body)
        activities = self.activities(incident)
        self.assertIn(self.postmaster, activities.user_id)
        self.assertEqual(len(activities), len(activities.user_id))
        return incident

    def assert_over(self, incident):
        self.assertEqual(self.row(self.post(self.anna), self.anna).state, "sent")
        with self.no_email():
            self.check()
        self.assertTrue(incident.closed_on)
        self.assertFalse(self.activities(incident))
        self.assertIn("Over since", self.messages()[-1].body)
        self.later(incident, hours=2)  # the next one is another one

    @mute_logger(CORE)
    def test_server_that_refuses(self):
        for refused, words in REFUSALS:
            with self.subTest(words[0]):
                self.postfix.refuse(**refused)
                incident = self.assert_incident(*words)
                self.postfix.refuse()
                self.assert_over(incident)

    @mute_logger(CORE)
    def test_server_that_is_stopped(self):
        self.postfix.stop()
        incident = self.assert_incident("smtp", "cannot be reached", "Connection refused")
        self.postfix.start()
        self.assert_over(incident)
