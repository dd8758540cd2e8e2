import logging
import time

from odoo.tests import tagged

from .pure.webhook_samples import SERVICES
from .webhook_common import WebhookCommon

_logger = logging.getLogger(__name__)

MAX_QUERIES = 30
MANY = 1000
#: Odoo inserts and updates in statements of a hundred rows: events and rows make two of each
#: hundred. A dead address is flagged on the contact and logged there as well.
MORE_STATEMENTS = 2 * (MANY // 100 - 1)
MORE_OF_CONTACTS = 200


@tagged("post_install", "-at_install")
class TestWebhookBatch(WebhookCommon):
    """One request of a thousand events costs what one of a single event costs."""

    def make_rows(self, number, messages=1):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}.{number}@example.com"} for i in range(number)]
        )
        posted = self.env["mail.message"].create(
            [
                {
                    "model": "res.partner",
                    "res_id": self.record.id,
                    "author_id": self.author.id,
                    "message_type": "comment",
                }
                for _i in range(messages)
            ]
        )
        rows = self.env["mail.tracking.email"].create(
            [
                {
                    "mail_message_id": posted[i % messages].id,
                    "author_id": self.author.id,
                    "partner_id": partner.id,
                    "recipient": partner.email,
                    "time": "2026-01-01",
                }
                for i, partner in enumerate(partners)
            ]
        )
        sent = [{"tracking_email_id": row.id, "event_type": "sent", "timestamp": 1} for row in rows]
        self.env["mail.tracking.event"].create(sent)
        rows._fold()
        self.env.flush_all()
        return rows

    def receive(self, code, rows, expected):
        """Queries and seconds of one request."""
        webhook = self.webhooks[code]
        events = self.events_for(code, rows, self.first(code, expected))
        headers, body = SERVICES[code].request(events, now=time.time(), url=webhook.url)
        path_secret = webhook.path_secret
        self.env.flush_all()
        self.env.cr.precommit.run()  # what the sending has left for the commit
        self.env.invalidate_all()
        env = self.env(user=1)
        before, start = self.cr.sql_log_count, time.perf_counter()
        status = env["mail.tracking.webhook"]._receive(
            webhook.id, path_secret, code, headers, body, time.time()
        )
        env.flush_all()
        self.env.cr.precommit.run()
        seconds = time.perf_counter() - start
        queries = self.cr.sql_log_count - before
        self.assertEqual(status, 200)
        self.env.invalidate_all()
        self.assertEqual(len(self.told(rows)), len(rows))
        return queries, seconds

    def test_queries_of_one_event_and_of_a_thousand(self):
        for expected in ("delivered", "open", "soft_bounce", "deferral", "hard_bounce"):
            with self.subTest(expected=expected):
                self.receive("sendgrid", self.make_rows(1), expected)  # warm up
                few, _seconds = self.receive("sendgrid", self.make_rows(1), expected)
                many, seconds = self.receive("sendgrid", self.make_rows(MANY), expected)
                _logger.info(
                    "%s: %s queries for 1, %s for %s, %.0f events per second",
                    expected,
                    few,
                    many,
                    MANY,
                    MANY / seconds,
                )
                contacts = MORE_OF_CONTACTS if expected == "hard_bounce" else 0
                self.assertLessEqual(few, MAX_QUERIES + (15 if contacts else 0))
                self.assertLessEqual(many - few, MORE_STATEMENTS + contacts)

    def test_queries_do_not_follow_the_messages(self):
        few, _seconds = self.receive("sendgrid", self.make_rows(40, 1), "delivered")
        many, _seconds = self.receive("sendgrid", self.make_rows(40, 40), "delivered")
        self.assertLessEqual(many - few, 2)

    def test_queries_of_foreign_events(self):
        webhook = self.webhooks["brevo"]
        counts = []
        for number in (1, 300):
            brevo = SERVICES["brevo"]
            events = [
                brevo.event({}, token="f" * 26 + f"{next(self.numbers):06}", number=i)
                for i in range(number)
            ]
            headers, body = brevo.request(events)
            before = self.cr.sql_log_count
            self.env(user=1)["mail.tracking.webhook"]._receive(
                webhook.id, webhook.path_secret, "brevo", headers, body, time.time()
            )
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], MAX_QUERIES)
        self.assertLessEqual(counts[1] - counts[0], 0)
