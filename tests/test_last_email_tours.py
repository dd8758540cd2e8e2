"""The last email in lists and cards, the filters for emails and the timeline, in a browser."""

from odoo.tests import HttpCase, tagged

from .support.common import MailTrackingCommon, PatientBrowser

CONTACTS = "/odoo/action-base.action_partner_form"


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestLastEmailTours(MailTrackingCommon, PatientBrowser, HttpCase):
    def setUp(self):
        super().setUp()
        self.handler.refuse_rcpt["bob@example.com"] = "550 5.1.1 User unknown"

    def run_tour(self, url, tour):
        with self.smtp():
            self.start_tour(url, tour, login="employee")

    def test_column(self):
        message = self.post(self.anna | self.bob)
        self.row(message, self.anna).event_create("open", {"open_kind": "person"})
        self.run_tour(CONTACTS, "mail_tracking_last_email_column")

    def test_kanban(self):
        self.post(self.anna | self.bob)
        self.run_tour(CONTACTS, "mail_tracking_last_email_kanban")

    def test_filters(self):
        self.post(self.bob, self.bob)
        self.post(self.carl, self.carl)
        self.process_pending()
        self.assertTrue(self.bob.email_bounced)
        self.run_tour(CONTACTS, "mail_tracking_email_filters")

    def test_timeline(self):
        self.post(self.anna)
        self.record.message_post(author_id=self.anna.id, body="Yes", message_type="email")
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.1.1 User unknown"
        self.post(self.anna)
        self.run_tour(f"/odoo/res.partner/{self.anna.id}", "mail_tracking_contact_emails")


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestLastEmailPhone(MailTrackingCommon, PatientBrowser, HttpCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_timeline(self):
        self.post(self.anna)
        url = f"/odoo/res.partner/{self.anna.id}/action-mail_tracking.action_contact_emails"
        self.start_tour(url, "mail_tracking_contact_emails_phone", login="employee")
