"""Reminders that several processes work on, while answers come and processes die."""

import os
import signal

from odoo.tests import tagged

from .support.fault_process import FaultCase
from .support.process_webhook import fill

MESSAGES = 250
STATES = "SELECT state, count(*) FROM mail_tracking_reminder GROUP BY state"
ACTIVITIES = "SELECT count(*) FROM mail_activity WHERE active"
#: reminders whose activity is not the one, or that have none
ODD = """
    SELECT count(*) FROM mail_tracking_reminder
     WHERE state = 'reminded' AND activity_id IS NULL OR state = 'waiting'
"""


@tagged("post_install", "-at_install", "mail_tracking_faults")
class TestRemindersProcesses(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.filled = cls.make_database("reminders")
        with cls.driver(cls.filled) as driver:
            driver.run("fill_rows", fill(MESSAGES, 1))
            driver.run("fill_reminders")

    def prepare(self, suffix):
        database = self.copy_of(self.filled, suffix)
        self.before = self.sql(database, ACTIVITIES)[0][0]
        return database

    def activities(self, database):
        return self.sql(database, ACTIVITIES)[0][0] - self.before

    def test_a_user_sets_the_same_reminders_twice_at_once(self):
        database = self.prepare("reminders_set")
        with self.driver(database) as driver:
            driver.run("set_reminders", {"number": 10}, {"number": 10})
        kinds = "SELECT kind, count(*) FROM mail_tracking_reminder GROUP BY kind ORDER BY kind"
        self.assertEqual(self.sql(database, kinds), [("not_answered", MESSAGES), ("tell", 10)])

    def test_two_runs_at_once(self):
        database = self.prepare("reminders_two")
        with self.driver(database) as driver:
            driver.run("remind", {}, {}, {})
            driver.run("remind")  # what was busy
        self.assertEqual(self.sql(database, STATES), [("reminded", MESSAGES)])
        self.assertEqual(self.activities(database), MESSAGES)

    def test_answers_come_while_it_runs(self):
        database = self.prepare("reminders_answers")
        with self.driver(database) as driver, self.driver(database) as other:
            driver.start("remind")
            other.start("answer")
            self.assertEqual(driver.end() + other.end(), [0, 0])
            driver.run("fold")  # events that were busy
            driver.run("remind")  # reminders that were
        self.assertEqual(self.sql(database, STATES), [("answered", MESSAGES)])
        self.assertEqual(self.activities(database), 0)

    def test_killed_at_any_moment(self):
        database = self.prepare("reminders_killed")
        done = "SELECT count(*) FROM mail_tracking_reminder WHERE state = 'reminded'"
        with self.driver(database) as driver:
            [pid] = driver.start("remind")
            self.wait_until(lambda: self.sql(database, done) != [(0,)], "no batch was committed")
            os.kill(pid, signal.SIGKILL)
            driver.end()
            driver.run("remind")
        self.assertEqual(self.sql(database, ODD), [(0,)])
        self.assertEqual(self.activities(database), MESSAGES)
