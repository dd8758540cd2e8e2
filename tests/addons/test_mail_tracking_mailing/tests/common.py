import re
from urllib.parse import urlsplit

from markupsafe import Markup

from odoo.tests import HttpCase

from odoo.addons.mail_tracking.tests.support.report_common import ReportCommon

THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
IMAGE = re.compile(r'<img[^>]+src="([^"]+(?:/mail/track/|/mail_tracking/open/)[^"]+)"')


class MailingCommon(ReportCommon, HttpCase):
    """A mailing to two, and what it leaves on both sides: its traces, and our trackings."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contacts = cls.env["mailing.contact"].create(
            [
                {"name": "Dora", "email": "dora@example.com"},
                {"name": "Emil", "email": "emil@example.com"},
            ]
        )
        mailing_list = cls.env["mailing.list"].create(
            {"name": "Readers", "contact_ids": cls.contacts.ids}
        )
        cls.mailing = cls.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": Markup("<p>Hello, <b>news</b></p>"),
                "mailing_type": "mail",
                "mailing_model_id": cls.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": mailing_list.ids,
                "mail_server_id": cls.mail_server.id,
            }
        )

    def send(self):
        with self.smtp():
            self.mailing.action_send_mail()
        self.env.invalidate_all()

    def trace(self, address):
        trace = self.mailing.mailing_trace_ids.filtered(lambda trace: trace.email == address)
        self.assertEqual(len(trace), 1)
        return trace

    def row_of(self, address):
        rows = self.env["mail.tracking.email"].search([("recipient_address", "=", address)])
        self.assertEqual(len(rows), 1, "one row for each recipient")
        self.assertEqual(rows.mail_id_int, self.trace(address).mail_mail_id_int)
        return rows

    def states(self, address):
        """What the row says, and the trace."""
        return self.row_of(address).state, self.trace(address).trace_status

    def pixels(self, address):
        return IMAGE.findall(self.html(self.received(address)))

    def open(self, address, agent=THUNDERBIRD, suffix=""):
        """Show the image in the mail that reached an address, an hour later."""
        for event in self.row_of(address).tracking_event_ids:
            event.timestamp -= 3600
        self.env.flush_all()
        url = urlsplit(self.pixels(address)[0]).path.replace("/blank.gif", f"{suffix}/blank.gif")
        response = self.url_open(url, headers={"User-Agent": agent})
        self.env.invalidate_all()
        return response

    def returned(self, address, action, status, text):
        """Let a report of a mail server come in about the mail to an address."""
        self.report((address, action, status, text), headers=self.by_token(self.row_of(address)))
