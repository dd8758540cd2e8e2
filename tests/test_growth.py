"""Who has a mail, or knows its number, makes the database grow by a bounded amount and no more."""

import logging
import threading
import time
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from ..models.opens import mail_tracking_email as hot
from ..models.reports import mail_thread
from ..models.reports import mail_tracking_email as reports
from ..models.state import mail_tracking_event as log
from .pure.webhook_samples import SERVICES
from .support.report_common import UNKNOWN, ReportCommon
from .support.webhook_common import WebhookCommon

_logger = logging.getLogger(__name__)

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.{}"
MANY = 100_000
#: What one event may take beside so many others: far more than on an idle machine (0.2), as tests
#: run on busy ones; what grows with the log would take minutes.
SECONDS = 5


class GrowthCommon(ReportCommon, HttpCase):
    def hit(self, row, number=0, agent=AGENT, path=None):
        url = row._get_pixel_url()
        path = path or url[url.index("/mail_tracking/") :]
        self.url_open(path, headers={"User-Agent": agent.format(number)})
        self.env.invalidate_all()

    def shared(self, number):
        """The rows of one mail to so many people, sent an hour ago."""
        addresses = [f"p{i}@example.com" for i in range(number)]
        mail = self.send_mail(email_to=", ".join(addresses))
        rows = self.rows(mail.mail_message_id)
        self.assertEqual(len(set(rows.mapped("envelope_token"))), 1)
        self.assertEqual(len(rows), number)
        rows.tracking_event_ids.timestamp = time.time() - 3600
        self.env.flush_all()
        return rows

    def count_of(self, rows, event_type="open"):
        domain = [("tracking_email_id", "in", rows.ids), ("event_type", "=", event_type)]
        return self.env["mail.tracking.event"].search_count(domain)


@tagged("post_install", "-at_install")
class TestGrowthOfHits(GrowthCommon):
    def test_later_hits_on_a_mail_to_many_are_noted_once(self):
        rows = self.shared(20)
        self.patch(hot, "MAX_SHARED_HITS", 60)
        for number in range(10):
            self.hit(rows[0], number)
        self.assertEqual(self.count_of(rows), 3 * 20 + 7)
        self.assertEqual(rows.mapped("open_count"), [10] + [3] * 19)
        self.assertEqual(set(rows.mapped("state")), {"opened"})

    def test_scanners_do_not_use_up_what_people_need(self):
        rows = self.shared(20)
        self.patch(hot, "MAX_SHARED_HITS", 60)
        for number in range(8):
            self.hit(rows[0], number, agent="curl/{}")
        self.assertEqual(self.count_of(rows), 3 * 20 + 5)
        self.assertEqual(set(rows.mapped("state")), {"sent"})
        self.hit(rows[0], 1)
        self.assertEqual(set(rows.mapped("state")), {"opened"})
        self.assertEqual(rows.mapped("open_count"), [1] * 20)
        self.hit(rows[0], 2)
        self.assertEqual(self.count_of(rows), 3 * 20 + 5 + 20 + 1)

    def test_a_mail_to_a_few_is_counted_as_ever(self):
        rows = self.shared(3)
        for number in range(10):
            self.hit(rows[0], number)
        self.assertEqual(rows.mapped("open_count"), [10] * 3)

    def test_mails_without_a_key_end_sooner(self):
        row = self.row(self.post(self.anna), self.anna)
        row.token = False
        self.env.flush_all()
        self.patch(hot, "MAX_GUESSED_HITS", 4)
        path = f"/mail/tracking/open/{self.env.cr.dbname}/{row.id}/blank.gif"
        for number in range(8):
            self.hit(row, number, path=path)
        self.assertEqual(self.count_of(row), 4)
        self.assertEqual(row.state, "opened")


@tagged("post_install", "-at_install")
class TestGrowthOfReports(GrowthCommon):
    def test_one_report_logs_few_events_on_one_mail(self):
        row = self.row(self.post(self.bob), self.bob)
        blocks = [(f"x{i}@example.com", "failed", f"5.2.{i % 9}", "full") for i in range(200)]
        self.report(*blocks, headers=self.by_token(row))
        self.assertEqual(self.count_of(row, "soft_bounce"), reports.MAX_OF_ONE_REPORT)
        self.assertEqual(row.state, "soft-bounced")

    def test_one_report_logs_few_events_in_all(self):
        rows = self.shared(20)
        self.patch(reports, "MAX_REPORT_EVENTS", 5)
        blocks = [(address, "failed", "5.1.1", UNKNOWN) for address in self.addresses(rows)]
        self.report(*blocks, headers=self.by_token(rows[0]))
        self.assertEqual(self.count_of(rows, "hard_bounce"), 5)

    def addresses(self, rows):
        return rows.mapped("recipient_address")

    def test_reports_without_a_key_end_and_a_true_failure_is_noted_all_the_same(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        self.patch(reports, "MAX_UNPROVEN_REPORTS", 5)
        for number in range(9):
            self.report(
                ("bob@example.com", "failed", "5.2.2", "full"),
                headers=f"Message-ID: {message.message_id}",
                name=f"forged-{number}",
            )
        self.assertEqual(self.count_of(row, "soft_bounce"), 5)
        self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        self.assertEqual(row.state, "bounced")
        self.assertTrue(self.bob.email_bounced)

    def test_reports_with_a_key_end_too_but_for_news(self):
        row = self.row(self.post(self.bob), self.bob)
        self.patch(reports, "MAX_REPORTS", 5)
        for number in range(9):
            self.report(
                ("bob@example.com", "delayed", "4.2.2", "later"),
                headers=self.by_token(row),
                name=f"delay-{number}",
            )
        self.assertEqual(self.count_of(row, "deferral"), 5)
        for _turn in range(2):
            self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        self.assertEqual(self.count_of(row, "hard_bounce"), 1)
        self.assertEqual(row.state, "bounced")

    def test_what_a_report_says_at_length_is_cut(self):
        row = self.row(self.post(self.bob), self.bob)
        text = "550 5.1.1 " + "x" * 19_000
        self.report(("bob@example.com", "failed", "5.1.1", text), headers=self.by_token(row))
        event = row.tracking_event_ids.filtered(lambda e: e.event_type == "hard_bounce")
        size = sum(len(event[name] or "") for name in ("error_description", "error_details"))
        self.assertGreater(size, 100)
        self.assertLessEqual(size, 2 * reports.MAX_ANSWER)

    def test_a_report_is_one_short_line_of_the_log(self):
        row = self.row(self.post(self.bob), self.bob)
        blocks = [(f"x{i}@example.com", "failed", "5.2.2", "full") for i in range(300)]
        for name, number in (("many", 300), ("x" * 5_000, 1), ("y" * 5_000, 300)):
            with self.subTest(name[:5]), patch.object(mail_thread, "_logger") as logger:
                self.report(*blocks[:number], headers=self.by_token(row), name=name)
                lines = [call.args[0] % call.args[1:] for call in logger.info.call_args_list]
                self.assertEqual(len(lines), 1)
                self.assertLess(len(lines[0]), 1_000)


@tagged("post_install", "-at_install")
class TestGrowthOfWebhooks(WebhookCommon):
    def test_a_service_that_tells_too_much_of_one_mail_is_not_believed_in_all(self):
        row = self.sent_row()
        self.patch(log, "MAX_EVENTS", 10)
        for _turn in range(2):
            events = [
                event
                for _i in range(20)
                for event in self.events_for("sendgrid", row, self.first("sendgrid", "deferral"))
            ]
            self.assertEqual(self.send("sendgrid", events).status_code, 200)
            self.assertEqual(len(row.tracking_event_ids), 10)
        self.assertEqual(row.state, "deferred")
        # what nobody told so far is still noted
        for expected in ("hard_bounce", "hard_bounce"):
            changes = self.first("sendgrid", expected)
            self.send("sendgrid", self.events_for("sendgrid", row, changes))
            self.assertEqual(len(row.tracking_event_ids), 11)
        self.assertEqual(row.state, "bounced")

    def test_hits_on_a_mail_to_many_within_one_request(self):
        addresses = [f"p{i}@example.com" for i in range(20)]
        rows = self.rows(self.send_mail(email_to=", ".join(addresses)).mail_message_id)
        self.patch(hot, "MAX_SHARED_HITS", 60)
        resend = SERVICES["resend"]
        opening = self.first("resend", "open")
        changes = {**opening, "data": {**opening.get("data", {}), "to": addresses}}
        for number in range(10):
            event = resend.event(
                changes, token=rows[0].token, number=number, time=time.time() + number
            )
            self.send("resend", [event])
        opened = self.told(rows).filtered(lambda event: event.event_type == "open")
        self.assertEqual(len(opened), 3 * 20 + 7)
        self.assertEqual(set(rows.mapped("state")), {"opened"})


@tagged("post_install", "-at_install")
class TestLargeLogs(GrowthCommon):
    """A mail with 100,000 events: what one more costs does not follow their number."""

    def fill(self, is_counted, event_type="open", kind="person"):
        row = self.row(self.post(self.anna), self.anna)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "INSERT INTO mail_tracking_event (tracking_email_id, event_type, open_kind,"
                " timestamp, time, source, ip, recipient_address)"
                " SELECT %s, %s, %s, 1.7e9 + i, to_timestamp(1.7e9 + i), 'pixel', '192.0.2.1',"
                " 'anna@example.com' FROM generate_series(1, %s) AS i",
                row.id,
                event_type,
                kind,
                MANY,
            )
        )
        self.env.cr.execute("ANALYZE mail_tracking_event")
        self.env.invalidate_all()
        if is_counted:
            row.open_count = MANY
        self.env.flush_all()
        return row

    def measure(self, action):
        """Seconds, and how many records the largest answer of the database held."""
        found, thread = [0], threading.current_thread()

        def note(cursor, *_args):
            found.append(max(cursor._obj.rowcount, 0))

        before = getattr(thread, "query_hooks", ())
        thread.query_hooks = (*before, note)
        start = time.perf_counter()
        try:
            action()
            self.env.flush_all()
        finally:
            thread.query_hooks = before
        return time.perf_counter() - start, max(found)

    def test_one_more_event(self):
        for is_counted in (False, True):
            row = self.fill(is_counted)
            metadata = {"user_agent": AGENT.format(1), "ip": "192.0.2.9"}
            costs = {
                "hit": self.measure(lambda r=row, m=metadata: r._pixel_hit(r.id, r.token, dict(m))),
                "click": self.measure(lambda r=row: r.event_create("click", {})),
                "one more click": self.measure(lambda r=row: r.event_create("click", {})),
                "bounce": self.measure(
                    lambda r=row: self.report(
                        ("anna@example.com", "failed", "5.1.1", UNKNOWN),
                        headers=self.by_token(r),
                    )
                ),
                "complaint": self.measure(lambda r=row: r.event_create("spam", {})),
            }
            self.assertEqual(row.state, "spam")
            self.assertEqual(self.count_of(row), MANY)
            self.assertEqual(self.count_of(row, "click"), 1)
            self.assertEqual(row.open_count, MANY, "what is counted is what is noted")
            for what, (seconds, records) in costs.items():
                with self.subTest(what, is_counted=is_counted):
                    self.assertLess(records, 1_000)
                    self.assertLess(seconds, SECONDS)
            costs = {what: round(1000 * seconds) for what, (seconds, _n) in costs.items()}
            _logger.info("Milliseconds of one event more: %s", costs)

    def test_one_more_event_after_others_that_are_no_hits(self):
        row = self.fill(False, "deferral", None)
        seconds, records = self.measure(lambda: row.event_create("delivered", {}))
        self.assertEqual(row.state, "delivered")
        self.assertLess(records, 1_000)
        self.assertLess(seconds, SECONDS)
        _logger.info("Milliseconds of a delivery: %s", round(1000 * seconds))
