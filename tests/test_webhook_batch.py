import contextlib
import logging
import re
import threading
import time

from odoo.tests import tagged

from .pure.webhook_samples import SERVICES
from .support.webhook_common import WebhookCommon

_logger = logging.getLogger(__name__)

MAX_QUERIES = 64
MANY = 1000
WRITING = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')
#: kind of event -> queries of a request with such events
KINDS = {
    "delivered": 18,
    "open": 19,
    "deferral": 14,
    "soft_bounce": 31,
    "hard_bounce": 48,
    "spam": 29,
}
MORE_KINDS = ("reject", "click", "unsub")


@tagged("post_install", "-at_install")
class TestWebhookBatch(WebhookCommon):
    """What a request of a thousand events costs beside one of a single event."""

    def make_rows(self, number, messages=1):
        domain = f"{next(self.numbers)}.example.com"  # nobody else has these addresses
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@{domain}"} for i in range(number)]
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
        self.env["mail.notification"].create(
            [
                {
                    "mail_message_id": row.mail_message_id.id,
                    "res_partner_id": row.partner_id.id,
                    "notification_type": "email",
                    "notification_status": "sent",
                }
                for row in rows
            ]
        )
        self.env.flush_all()
        return rows

    def receive(self, code, rows, *kinds):
        """Queries and seconds of one request with an event for each row, of these kinds in turn."""
        webhook = self.webhooks[code]
        events = [
            event
            for place, kind in enumerate(kinds)
            for event in self.events_for(code, rows[place :: len(kinds)], self.first(code, kind))
        ]
        headers, body = SERVICES[code].request(events, now=time.time(), url=webhook.url)
        path_secret = webhook.path_secret
        self.env.flush_all()
        self.env.cr.precommit.run()  # what the sending has left for the commit
        self.env.invalidate_all()
        env = self.env(user=1)
        self.written = set()
        before, start = self.cr.sql_log_count, time.perf_counter()
        with self.note_written():
            status, _answer = env["mail.tracking.webhook"]._receive(
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

    @contextlib.contextmanager
    def note_written(self):
        """Collect the tables that are written."""
        thread = threading.current_thread()

        def note(_cursor, query, *_args):
            self.written.update(WRITING.findall(str(query)))

        before = getattr(thread, "query_hooks", ())
        thread.query_hooks = (*before, note)
        try:
            yield
        finally:
            thread.query_hooks = before

    def assert_constant(self, *kinds, most=MAX_QUERIES, messages=False):
        """Check that a request of a thousand events costs what one of a few costs.

        :param bool messages: each on a record of its own
        """
        number = len(kinds)
        self.receive("sendgrid", self.make_rows(number), *kinds)  # warm up
        few, _seconds = self.receive("sendgrid", self.make_rows(number), *kinds)
        rows = self.make_rows(MANY, MANY if messages else 1)
        if messages:
            for row in rows:
                row.mail_message_id.res_id = row.partner_id.id
        many, seconds = self.receive("sendgrid", rows, *kinds)
        _logger.info(
            "%s: %s queries for %s, %s for %s, %.0f events per second; %s",
            ", ".join(kinds),
            few,
            number,
            many,
            MANY,
            MANY / seconds,
            sorted(self.written),
        )
        self.assertLessEqual(few, most)
        # the ORM writes a hundred records at a time
        self.assertLessEqual(many, few + 4 * (MANY // 100) * len(self.written))

    def test_queries_of_one_event_and_of_a_thousand(self):
        for kind, most in KINDS.items():
            with self.subTest(kind=kind):
                self.assert_constant(kind, most=most)

    def test_queries_of_all_kinds_together(self):
        self.assert_constant(*KINDS, *MORE_KINDS)

    def test_queries_of_a_thousand_records(self):
        self.assert_constant(*KINDS, *MORE_KINDS, messages=True)

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
