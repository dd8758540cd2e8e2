"""Strangers and deletions, met by a server with several workers."""

import contextlib
import random
import secrets
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from odoo.tests import tagged

from odoo.addons.mail_tracking.controllers.main import PIXEL

from .support.fault_process import FaultCase
from .support.process_webhook import Client, TrackedMails, fill, shown

MESSAGES = 9
RECIPIENTS = 8
FORGED = 10_000
CLIENTS = 4
SEED = 20260303
TABLES = (
    "mail_tracking_email",
    "mail_tracking_event",
    "mail_tracking_webhook",
    "mail_tracking_webhook_day",
    "mail_message",
    "mail_notification",
    "res_partner",
)
#: how a record goes while its event comes; by the id of the row
DELETE = {
    "row": "DELETE FROM mail_tracking_email WHERE id = %s",
    "message": "DELETE FROM mail_message WHERE id ="
    " (SELECT mail_message_id FROM mail_tracking_email WHERE id = %s)",
    "partner": "DELETE FROM res_partner WHERE id ="
    " (SELECT partner_id FROM mail_tracking_email WHERE id = %s)",
    "mail": "DELETE FROM mail_mail WHERE id ="
    " (SELECT mail_id_int FROM mail_tracking_email WHERE id = %s)",
}


@tagged("post_install", "-at_install", "mail_tracking_faults")
class TestFaultsHttp(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.make_database("http")
        cls.helper = cls.enterClassContext(cls.driver(cls.database))
        cls.helper.run("fill_rows", fill(MESSAGES, RECIPIENTS))
        cls.tracked = TrackedMails(cls.database, cls.sql)
        cls.client = Client(cls.enterClassContext(cls.workers(cls.database)))

    # ------------------------------------------------------------
    # FORGED
    # ------------------------------------------------------------

    def digest(self):
        """What is stored, row by row, locks of rows included."""
        return {
            table: self.sql(
                self.database,
                f"SELECT count(*), md5(string_agg(t::text || xmax::text, '' ORDER BY t::text))"  # noqa: S608
                f" FROM {table} t",
            )
            for table in TABLES
        }

    def forge(self):
        """Addresses that nobody gave out: of what kind, and the path."""
        rng = random.Random(SEED)  # noqa: S311
        ids = [row[0] for row in self.tracked.rows]
        for number in range(FORGED // 4):
            secret = f"{rng.getrandbits(128):032x}"
            # every other one is as long as a sealed word
            word = secrets.token_urlsafe(rng.randrange(1, 200) if number % 2 else 20)
            absent = rng.randrange(10_000, 2**31)
            known = ids[number % len(ids)]
            yield "pixel", "nonsense", f"/mail_tracking/open/{word}.gif"
            for kind, row_id in (("absent", absent), ("known", known)):
                yield "pixel", kind, self.tracked.pixel((row_id, secret, None))
            kind, webhook_id = [("absent", absent), ("known", None)][number % 2]
            yield "webhook", kind, self.tracked.webhook(secret, webhook_id)

    def ask(self, forged):
        route, kind, path = forged
        start = time.perf_counter()
        if route == "pixel":
            answer = self.client.hit(path)
        else:
            answer = self.client.post(path, {"Content-Type": "application/json"}, b"[]")
        return route, kind, shown(answer), time.perf_counter() - start

    def test_forged_addresses_write_nothing_and_are_answered_alike(self):
        genuine = shown(self.client.hit(self.tracked.pixel(self.tracked.rows[-1])))
        before = self.digest()
        with ThreadPoolExecutor(CLIENTS) as pool:
            found = list(pool.map(self.ask, self.forge()))
        self.assertEqual(len(found), FORGED)
        self.assertEqual(self.digest(), before)
        self.assertEqual({answer for route, _k, answer, _s in found if route == "pixel"}, {genuine})
        refused = {answer for route, _k, answer, _s in found if route == "webhook"}
        self.assertEqual([answer[:4] for answer in refused], ["[404"])
        for route in ("pixel", "webhook"):
            absent, known = (
                statistics.median(s for r, k, _a, s in found if (r, k) == (route, kind))
                for kind in ("absent", "known")
            )
            # they were asked for in turn: whatever else goes on concerns both
            self.assertLess(abs(known / absent - 1), 0.25, f"{route}: {known=} {absent=}")
        self.assert_clean_log()

    # ------------------------------------------------------------
    # DELETED
    # ------------------------------------------------------------

    def is_blocked(self):
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        return bool(self.sql("postgres", waiting, [self.database]))

    def delete_during(self, what, row, request):
        """Delete a record, and let a request in before that is committed."""
        with (
            contextlib.closing(self.connect(self.database)) as connection,
            ThreadPoolExecutor(1) as pool,
        ):
            with connection.cursor() as cr:
                cr.execute(DELETE[what], [row[0]])
                self.assertEqual(cr.rowcount, 1)
            answer = pool.submit(request)
            self.wait_until(lambda: answer.done() or self.is_blocked(), "no answer and no lock")
            connection.commit()
            return answer.result()

    def look(self, row):
        """State and events of a row, None when it is gone."""
        self.helper.run("fold")
        found = self.sql(
            self.database,
            "SELECT state, (SELECT array_agg(event_type ORDER BY timestamp) FROM"
            " mail_tracking_event WHERE tracking_email_id = row.id)"
            " FROM mail_tracking_email row WHERE id = %s",
            [row[0]],
        )
        return found[0] if found else None

    def rows_to_lose(self):
        """A row for each that is to be deleted: of its own message, to its own person."""
        rows = self.tracked.rows[: (MESSAGES - 1) * RECIPIENTS : RECIPIENTS + 1]
        return rows[: len(DELETE)], rows[len(DELETE) :]

    def test_what_is_deleted_while_its_image_is_loaded(self):
        for what, row in zip(DELETE, self.rows_to_lose()[0], strict=True):
            with self.subTest(what):
                path = self.tracked.pixel(row)
                answer = self.delete_during(what, row, lambda path=path: self.client.hit(path))
                self.assertEqual((answer[0], answer[2]), (200, PIXEL))
                expected = None if what == "row" else ("opened", ["sent", "open"])
                self.assertEqual(self.look(row), expected)
        self.assert_clean_log()

    def test_what_is_deleted_while_a_webhook_tells_of_it(self):
        others = self.tracked.rows[-RECIPIENTS:]  # of the last message
        rows = zip(DELETE, self.rows_to_lose()[1], others, strict=False)
        for number, (what, row, other) in enumerate(rows):
            with self.subTest(what):
                # in company: the others of the request have theirs in any case
                request = self.tracked.request(
                    [row, other], time.time(), 10 * number + 1, "hard_bounce"
                )
                answer = self.delete_during(
                    what,
                    row,
                    lambda given=request: self.client.post(self.tracked.webhook(), *given),
                )
                self.assertEqual(answer[0], 200)
                expected = None if what == "row" else ("bounced", ["sent", "hard_bounce"])
                self.assertEqual(self.look(row), expected)
                self.assertIn("hard_bounce", self.look(other)[1])
        self.assert_clean_log()
