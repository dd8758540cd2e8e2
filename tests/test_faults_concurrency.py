"""Many processes apply the same events at once."""

import json
import os
import random

from odoo.tests import tagged

from .support.fault_process import FaultCase
from .support.process_webhook import fill

PROCESSES = 16
EVENTS = 1000
MESSAGES = 40
RECIPIENTS = 5
BATCH = 50
SEED = 20260202
START = 1_700_000_100.0
KINDS = {
    "delivered": {},
    "deferral": {"error_type": "greylisted", "error_description": "451 later"},
    "soft_bounce": {"error_type": "mailbox_full", "error_description": "552 full"},
    "hard_bounce": {"error_type": "user_unknown", "error_description": "550 unknown"},
    "open": {"open_kind": "person", "ip": "192.0.2.1"},
    "click": {"open_kind": "person", "url": "https://example.com"},
    "spam": {},
}
STORED = {
    "rows": """
        SELECT id, state, state_time, needs_action IS TRUE, first_open, last_open, open_count,
               machine_open_count, click_count, error_type, error_description, bounce_type
          FROM mail_tracking_email""",
    # others tell of dead addresses, in the chatters of contacts
    "messages": """
        SELECT id, mail_tracking_needs_action IS TRUE FROM mail_message
         WHERE id IN (SELECT mail_message_id FROM mail_tracking_email)""",
    "notifications": """
        SELECT id, notification_status, failure_type, failure_reason FROM mail_notification
         WHERE mail_message_id IN (SELECT mail_message_id FROM mail_tracking_email)""",
    "events": """
        SELECT event_key, tracking_email_id, event_type, timestamp, is_pending IS TRUE
          FROM mail_tracking_event""",
}


@tagged("post_install", "-at_install", "mail_tracking_faults")
class TestFaultsConcurrency(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.many = cls.make_database("many")
        with cls.driver(cls.many) as driver:
            driver.run("fill_rows", fill(MESSAGES, RECIPIENTS))
        cls.one = cls.copy_of(cls.many, "one")
        cls.events = os.path.join(cls.dir, "events.json")
        with open(cls.events, "w") as file:
            json.dump(cls.make_events(), file)

    @classmethod
    def make_events(cls):
        """Events of all kinds; some mails have many, and some of a message fail together."""
        rng = random.Random(SEED)  # noqa: S311
        rows = [
            row for (row,) in cls.sql(cls.many, "SELECT id FROM mail_tracking_email ORDER BY id")
        ]
        hot = rows[:10]
        events = []
        for number in range(EVENTS):
            kind = rng.choice(list(KINDS))
            row = rng.choice(hot if number % 5 == 0 else rows)
            metadata = {"event_key": f"test:{number}", "timestamp": START + 60 * number}
            events.append((kind, row, {**metadata, **KINDS[kind]}))
        return events

    def apply(self, database, children):
        with self.driver(database) as driver:
            values = {"events": self.events, "batch": BATCH}
            driver.run("apply", *({**values, **child} for child in children))
            driver.run("fold")

    def stored(self, database):
        return {what: sorted(self.sql(database, query), key=repr) for what, query in STORED.items()}

    def test_many_processes_come_to_what_one_comes_to(self):
        self.apply(self.one, [{"seed": 0, "as_webhook": True}])
        self.apply(
            self.many,
            [{"seed": n + 1, "as_webhook": n % 4 > 0} for n in range(PROCESSES)],
        )
        one, many = self.stored(self.one), self.stored(self.many)
        self.assertEqual(len(many["events"]), EVENTS + MESSAGES * RECIPIENTS)
        for what in STORED:
            with self.subTest(what):
                self.assertEqual(one[what], many[what])
        self.assertGreater(len({row[1] for row in one["rows"]}), 4)
        self.assert_clean_log()

    def test_a_rule_runs_once_for_each_message_however_many_serve_it(self):
        database = self.copy_of(self.one, "rules")
        with self.driver(database) as driver:
            driver.run("fill_failed", {})
            driver.run("serve", *[{}] * 4)
        [(awaited,)] = self.sql(
            database, "SELECT count(*) FROM mail_tracking_event WHERE is_awaited"
        )
        self.assertEqual(awaited, 0)
        found = self.sql(
            database,
            """SELECT count(*), count(DISTINCT message_key), count(activity_id)
                 FROM mail_tracking_rule_run""",
        )
        self.assertEqual(found, [(MESSAGES, MESSAGES, MESSAGES)])
        self.assert_clean_log()
