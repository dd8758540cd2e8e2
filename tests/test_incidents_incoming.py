from odoo import fields
from odoo.tests import tagged

from .support.incident_common import IncidentCommon


@tagged("post_install", "-at_install")
class TestIncidentsIncoming(IncidentCommon):
    """Reports on emails, and events of email services, that no longer come."""

    def days_ago(self, days):
        return fields.Datetime.subtract(fields.Datetime.now(), days=days)

    def fetch(self, **values):
        server = self.env["fetchmail.server"].create(
            {"name": "Bounces", "server_type": "imap", "server": "imap.example.com", "user": "x"}
        )
        server.write({"state": "done", "date": fields.Datetime.now(), **values})
        return server

    def report(self, days):
        """A report of so many days ago."""
        tracking = self.env["mail.tracking.email"].sudo().search([], limit=1, order="id")
        tracking.event_create(
            "delivered", {"source": "report", "timestamp": self.days_ago(days).timestamp()}
        )

    # ------------------------------------------------------------
    # REPORTS
    # ------------------------------------------------------------

    def test_incoming_server_that_cannot_be_reached(self):
        server = self.fetch(error_date=self.days_ago(0.5), error_message="timed out")
        self.check()
        self.assertFalse(self.incidents("bounces"))
        server.error_date = self.days_ago(2)
        self.check()
        incident = self.incidents("bounces")
        self.assertEqual((incident.code, incident.reason), ("fetch_failing", "timed out"))
        self.assertIn("Bounces", incident.name)
        self.assertEqual(incident.opened_on, server.error_date)
        server.write({"error_date": False, "error_message": False})
        self.check()
        self.assertTrue(incident.closed_on)

    def test_incoming_server_that_nobody_asks(self):
        self.fetch(date=self.days_ago(3))
        self.check()
        self.assertEqual(self.incidents("bounces").code, "fetch_late")

    def test_incoming_server_that_is_not_confirmed(self):
        self.fetch(date=self.days_ago(3)).state = "draft"
        self.check()
        self.assertFalse(self.incidents("bounces"))

    def test_reports_that_no_longer_come(self):
        self.post(self.anna)
        for number in range(20):
            self.report(8 + number / 2)
        self.numbers(emails=99)
        self.check()
        self.assertFalse(self.incidents("bounces"), "hardly anything was sent")
        self.numbers(emails=1)
        self.check()
        incident = self.incidents("bounces")
        self.assertEqual((incident.key, incident.code), ("reports", "reports_silent"))
        self.assertIn("7 days", incident.cause)
        self.env["ir.config_parameter"].set_param("mail_tracking.silent_days", "10")
        self.check()
        self.assertTrue(incident.closed_on)
        self.env["ir.config_parameter"].set_param("mail_tracking.silent_days", "")
        self.check()
        self.assertFalse(incident.closed_on)
        self.report(0)
        self.check()
        self.assertTrue(incident.closed_on)

    def test_reports_that_never_came_often(self):
        self.post(self.anna)
        for number in range(19):
            self.report(8 + number / 2)
        self.numbers(emails=1000)
        self.check()
        self.assertFalse(self.incidents("bounces"))

    # ------------------------------------------------------------
    # WEBHOOKS
    # ------------------------------------------------------------

    def webhook(self, **day):
        webhook = self.env["mail.tracking.webhook"].create(
            {
                "name": "Shop",
                "provider": "postmark",
                "base_url": "https://odoo.example.com",
                "new_secret": "secret",
                "mail_server_ids": [fields.Command.set(self.mail_server.ids)],
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_tracking_webhook SET create_date = %s", [self.days_ago(30)]
        )
        self.env.invalidate_all()
        if day:
            self.day(webhook, **day)
        return webhook

    def day(self, webhook, days=0, **values):
        date = fields.Date.subtract(fields.Date.today(), days=days)
        return (
            self.env["mail.tracking.webhook.day"]
            .sudo()
            .create({"webhook_id": webhook.id, "date": date, **values})
        )

    def test_webhook_that_refuses(self):
        webhook = self.webhook(days=1, events=5, last_event=self.days_ago(1))
        today = self.day(webhook, refused=2, last_refusal=self.days_ago(0))
        self.check()
        self.assertFalse(self.incidents("webhook"))
        today.refused = 3
        self.check()
        incident = self.incidents("webhook")
        self.assertEqual((incident.code, incident.subject), ("webhook_refused", "Shop"))
        self.assertIn("Shop", incident.name)
        today.last_event = fields.Datetime.now()
        today.last_refusal = self.days_ago(0.1)
        self.check()
        self.assertTrue(incident.closed_on)

    def test_webhook_that_is_silent(self):
        webhook = self.webhook(days=9, events=5, last_event=self.days_ago(9))
        self.numbers(emails=100)
        self.numbers(day=1, emails=19)
        self.check()
        self.assertFalse(self.incidents("webhook"), "the service may still report of today")
        self.numbers(day=1, emails=1)
        self.check()
        incident = self.incidents("webhook")
        self.assertEqual(incident.code, "webhook_silent")
        self.day(webhook, events=1, last_event=fields.Datetime.now())
        self.check()
        self.assertTrue(incident.closed_on)

    def test_webhook_of_which_nothing_is_expected(self):
        webhook = self.webhook()
        self.numbers(emails=100, server="smtp.example.com")
        self.check()
        self.assertFalse(self.incidents("webhook"))
        self.numbers(emails=100)
        webhook.active = False
        self.check()
        self.assertFalse(self.incidents("webhook"))
