"""A real SMTP server on loopback, and the vocabulary of the tests."""

import contextlib
import email
import email.policy
import logging
import re
import socket
from datetime import datetime, timezone
from unittest.mock import patch

from aiosmtpd.controller import Controller
from markupsafe import Markup

from odoo.sql_db import Cursor

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.mail.tests.common import MailCommon
from odoo.addons.mail_tracking.tools import opens

TOKEN_HEADER = "X-Odoo-MailTracking-Token"
BROWSER_SECONDS = 300
HELD_PORTS = []  # sockets that keep ports for this process


class RecordingHandler:
    """Takes mails as a mail server would, or refuses them as it is told."""

    def __init__(self):
        self.envelopes = []
        self.refuse_rcpt = {}  # address -> answer to RCPT
        self.refuse_data = {}  # address -> answer to the final dot
        self.hang_up_on = set()  # addresses at which the connection is cut
        self.extensions = []  # what the server offers besides, whatever it understands
        self.options = []  # parameters of MAIL and RCPT, of the mails that were taken

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        return [*responses[:-1], *(f"250-{word}" for word in self.extensions), responses[-1]]

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802
        if address in self.hang_up_on:
            server.transport.close()
            return "421 4.3.2 closing"
        answer = self.refuse_rcpt.get(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        for address in envelope.rcpt_tos:
            if address in self.refuse_data:
                return self.refuse_data[address]
        self.options.append((envelope.mail_options, envelope.rcpt_options))
        self.envelopes.append(
            (
                envelope.mail_from,
                list(envelope.rcpt_tos),
                email.message_from_bytes(envelope.content, policy=email.policy.default),
            )
        )
        return "250 2.0.0 Ok: queued as TEST"


class PatientBrowser:
    """In front of ``HttpCase``: what is slow is the machine, as long as it is not minutes."""

    def browser_js(self, *args, **kwargs):
        return super().browser_js(
            *args, **{**kwargs, "timeout": max(kwargs.get("timeout", 0), BROWSER_SECONDS)}
        )


class MailTrackingCommon(MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every line
        cls.handler = RecordingHandler()
        cls.controller = Controller(
            cls.handler, hostname="127.0.0.1", port=free_port(), ready_timeout=60
        )
        cls.controller.start()
        cls.addClassCleanup(cls.controller.stop)
        # as in a database that had the addon before: all of the client is kept
        kept = ("mail_tracking.client_in_words", "mail_tracking.client_details_max_age_days")
        cls.env["ir.config_parameter"].search([("key", "in", kept)]).unlink()
        cls.env["ir.mail_server"].search([]).active = False
        cls.mail_server = cls.env["ir.mail_server"].create(
            {
                "name": "Loopback",
                "smtp_host": "127.0.0.1",
                "smtp_port": cls.controller.port,
                "smtp_encryption": "none",
                "from_filter": False,
            }
        )
        Partner = cls.env["res.partner"]
        cls.record = Partner.create({"name": "Acme Tracked", "email": "acme@example.com"})
        cls.anna = Partner.create({"name": "Anna", "email": "anna@example.com"})
        cls.bob = Partner.create({"name": "Bob", "email": "bob@example.com"})
        cls.carl = Partner.create({"name": "Carl", "email": "carl@example.com"})
        cls.nobody = Partner.create({"name": "Noel Without Address"})
        cls.author = cls.user_employee.partner_id

    def setUp(self):
        super().setUp()
        self.handler.__init__()
        # how many events there were a moment ago is another subject: see test_bursts
        self.patch(opens, "BURST_SECONDS", -1e6)

    def process_pending(self):
        """Do what the cron does a moment later."""
        with (
            patch.object(opens, "BURST_SECONDS", 0),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60),
        ):
            self.env["mail.tracking.email"].sudo()._process_pending_events()
        self.env.invalidate_all()

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    @contextlib.contextmanager
    def smtp(self):
        """Let Odoo talk to the SMTP server, as it does outside of tests."""
        with patch.object(IrMail_Server, "_disable_send", return_value=False):
            yield

    def post(self, partners, record=None, **values):
        """Post a message as an employee; returns it, mails are sent."""
        values.setdefault("body", Markup("<p>Hello</p>"))
        values.setdefault("subject", "Offer")
        with self.smtp():
            return (
                (record or self.record)
                .with_user(self.user_employee)
                .message_post(
                    partner_ids=partners.ids,
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                    **values,
                )
                .sudo()
            )

    def prepare_mail(self, **values):
        """Create a mail."""
        values.setdefault("subject", "Offer")
        values.setdefault("body_html", "<p>Hello</p>")
        values.setdefault("email_from", "sender@test.mycompany.com")
        return self.env["mail.mail"].sudo().create(values)

    def resend_later(self, message, address):
        """Send a message again to its one failed recipient at this address; the mail waits."""
        own = message.with_user(self.user_employee)
        lines = own.get_resend_details()["recipients"]
        [key] = [line["key"] for line in lines if line["status"] == "error"]
        with patch.object(type(self.env["mail.mail"]), "send_after_commit", lambda mails: None):
            result = own.resend_to([{"key": key, "email": address, "save": False}])
        self.assertEqual(result["errors"], [])
        return self.env["mail.mail"].browse(self.rows(message)[-1].mail_id_int)

    def send_mail(self, **values):
        """Create a mail and send it."""
        mail = self.prepare_mail(**values)
        with self.smtp():
            mail.send()
        return mail

    @contextlib.contextmanager
    def count_our_queries(self):
        """Collect the statements that touch our tables."""
        queries, execute = [], Cursor.execute

        def record(cursor, query, *args, **kwargs):
            text = getattr(query, "code", query)
            if re.search(r"mail_tracking_(email|event|reminder)\b", text):
                queries.append(text)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", record):
            yield queries

    # ------------------------------------------------------------
    # LOOKING
    # ------------------------------------------------------------

    def rows(self, message):
        return (
            self.env["mail.tracking.email"]
            .sudo()
            .search([("mail_message_id", "in", message.ids)], order="id")
        )

    def row(self, message, partner):
        row = self.rows(message).filtered(lambda r: r.partner_id == partner)
        self.assertEqual(len(row), 1, f"one row for {partner.name}")
        return row

    def received(self, address):
        """The one mail that reached an address."""
        mails = [mail for _from, to, mail in self.handler.envelopes if address in to]
        self.assertEqual(len(mails), 1, f"one mail for {address}")
        return mails[0]

    def html(self, mail):
        return mail.get_body(("html",)).get_content()

    def status(self, message):
        """Recipient -> status, as the chatter gets it."""
        return {line["recipient"]: line["status"] for line in message.tracking_status()}

    def events(self, row):
        return row.tracking_event_ids.sorted("id").mapped("event_type")

    def notification(self, message, partner):
        return message.notification_ids.filtered(lambda n: n.res_partner_id == partner)

    def trackings(self, data, message):
        """The recipients of a message in the data of a store, full as the client makes them."""
        [values] = [found for found in data["mail.message"] if found["id"] == message.id]
        status = {record["id"]: record["values"] for record in data.get("mail.tracking.status", [])}
        partners = {partner["id"]: partner for partner in data.get("res.partner", [])}
        lines = []
        for line in values.get("tracking_lines", []):
            line = dict(line)
            partner_id, time = line.pop("partner"), line.pop("time")
            partner = partners[partner_id] if partner_id else {}
            lines.append(
                {
                    "open_count": 0,
                    "click_count": 0,
                    "message_opens": values.get("mail_tracking_opens", 0),
                    **status[line.pop("status")],
                    "tracking_id": line.pop("id"),
                    "partner_id": partner_id,
                    "recipient": partner.get("name") or "",
                    "email": partner.get("email") or False,
                    "time": time
                    and datetime.fromtimestamp(time, timezone.utc).replace(tzinfo=None),
                    **line,
                }
            )
        return lines


def free_port():
    """A TCP port of this process alone, until it ends; nobody listens on it yet.

    The system never gives it to somebody else meanwhile, because it stays bound. A server
    can listen on it nevertheless: servers say ``SO_REUSEADDR``, and so does who holds it.
    """
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    HELD_PORTS.append(sock)
    return sock.getsockname()[1]
