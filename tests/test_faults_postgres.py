"""PostgreSQL is restarted while pixels and webhooks come in."""

import contextlib
import itertools
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest import SkipTest

import psycopg2
from psycopg2.extensions import make_dsn

from odoo.tests import tagged

from odoo.addons.mail_tracking.controllers.main import PIXEL

from .support.fault_process import FaultCase
from .support.process_postgres import PrivatePostgres, find_programs
from .support.process_webhook import Client, TrackedMails, fill

MESSAGES = 60
RECIPIENTS = 4
#: answers that are awaited of each kind while the database is down
DOWN = 5
RETRY = (429, 503)


@tagged("post_install", "-at_install", "mail_tracking_faults")
class TestFaultsPostgres(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        programs = find_programs()
        if not programs:
            raise SkipTest("the programs of a PostgreSQL server are not installed here")
        database = cls.make_database("restart")
        with cls.driver(database) as driver:
            driver.run("fill_rows", fill(MESSAGES, RECIPIENTS))
        cls.database = database
        cls.postgres = PrivatePostgres(programs)
        cls.addClassCleanup(cls.postgres.remove)
        cls.postgres.start()
        cls.postgres.load(make_dsn(**{**cls.info, "database": database}), database)
        cls.tracked = TrackedMails(database, cls.own_sql)

    @classmethod
    def own_connect(cls, database):
        return psycopg2.connect(**cls.postgres.info, dbname=database)

    @classmethod
    def own_sql(cls, database, query):
        with (
            contextlib.closing(cls.own_connect(database)) as connection,
            connection.cursor() as cr,
        ):
            cr.execute(query)
            return cr.fetchall()

    def setUp(self):
        super().setUp()
        self.answers = {"pixel": [], "webhook": []}
        self.down, self.told = threading.Event(), threading.Event()
        self.addCleanup(self.told.set)
        self.seen_down = {"pixel": 0, "webhook": 0}

    def note(self, kind, status):
        self.answers[kind].append(status)
        self.seen_down[kind] += self.down.is_set()

    def open_some(self, client):
        """Load half of the images, over and over as long as others work."""
        for row in itertools.cycle(self.tracked.rows[::2]):
            if self.told.is_set():
                break
            status, _headers, content = client.hit(self.tracked.pixel(row))
            self.note("pixel", status)
            self.assertEqual((status, content), (200, PIXEL))

    def tell_all(self, client):
        """Tell of the delivery of each mail, again and again until that is taken."""
        for number in range(0, len(self.tracked.rows), RECIPIENTS):
            rows = self.tracked.rows[number : number + RECIPIENTS]
            status = None
            while status != 200 and not self.told.is_set():
                headers, body = self.tracked.request(rows, time.time(), number)
                status = client.post(self.tracked.webhook(), headers, body)[0]
                self.note("webhook", status)
                # 500: core itself lost the database before it asked our controller
                self.assertIn(status, (200, 500, *RETRY))
        self.told.set()

    def await_while(self, works, condition, what):
        """Wait for a condition, as long as nothing goes wrong in the works."""

        def is_met():
            for work in works:
                if work.done() and not self.told.is_set():
                    work.result()  # raises what went wrong
            return condition()

        self.wait_until(is_met, what)

    def restart(self, number, works):
        """Stop the database, and start it when both have felt that it is down."""
        self.postgres.stop(number)
        self.seen_down.update(pixel=0, webhook=0)
        self.down.set()
        self.await_while(
            works, lambda: min(self.seen_down.values()) >= DOWN, "nobody came meanwhile"
        )
        self.down.clear()
        self.postgres.start()

    def rows(self):
        return self.own_sql(
            self.database,
            """
            SELECT id, state, state_time, open_count, machine_open_count, first_open, last_open,
                   (SELECT array_agg(event_type ORDER BY event.id) FROM mail_tracking_event event
                     WHERE tracking_email_id = row.id) AS events
              FROM mail_tracking_email row ORDER BY id
            """,
        )

    def test_images_come_webhooks_come_again_and_nothing_is_half_written(self):
        options = self.postgres.options
        with self.workers(self.database, options=options) as base, ThreadPoolExecutor(2) as pool:
            works = [pool.submit(work, Client(base)) for work in (self.open_some, self.tell_all)]
            try:
                for taken, number in ((10, signal.SIGINT), (15, signal.SIGQUIT)):
                    self.await_while(
                        works,
                        lambda taken=taken: self.answers["webhook"].count(200) >= taken,
                        "no webhook was taken",
                    )
                    self.restart(number, works)
                self.await_while(works, self.told.is_set, "not all was told")
            finally:
                self.told.set()
        put_off = [status for status in self.answers["webhook"] if status != 200]
        self.assertGreaterEqual(len(put_off), 2 * DOWN)
        with self.driver(self.database, options=self.postgres.options) as driver:
            driver.run("fold")
            rows = self.rows()
            for _id, state, *_values, events in rows:
                self.assertEqual(events.count("delivered"), 1)
                self.assertEqual(state, "opened" if "open" in events else "delivered")
            driver.run("fold_all")
        self.assertEqual(self.rows(), rows, "the stored states are those of the events")
