"""Processes count emails at once and are killed, while others change the same emails."""

import contextlib
import os
import signal

from odoo.tests import tagged

from ..tools.summary import COUNTS
from .support.fault_process import FaultCase

EMAILS = 12_000
#: emails that are not counted yet at the moment of each kill
MOMENTS = (10_000, 7_000, 3_000)
COUNTERS = 3
CHANGERS = 3
ROUNDS = 40
NUMBERS = """
    SELECT day, company_id, server, domain, reason, open_mode, delivery_report,
           {sums}
      FROM mail_tracking_day GROUP BY 1, 2, 3, 4, 5, 6, 7""".format(
    sums=", ".join(f"sum({name})" for name in COUNTS)
)
SUMS = """
    SELECT day, company_id, provider, {sums} FROM {{}} GROUP BY 1, 2, 3 HAVING sum(emails) <> 0
     ORDER BY 1, 2, 3""".format(sums=", ".join(f"sum({name})" for name in COUNTS))
#: records that do not count the emails that hold their numbers
WRONG = """
    SELECT * FROM mail_tracking_day day
      FULL JOIN (SELECT day_id_int, {sums} FROM mail_tracking_email
                  WHERE day_id_int IS NOT NULL GROUP BY day_id_int) email
             ON email.day_id_int = day.id
     WHERE ({days}) IS DISTINCT FROM ({emails})""".format(
    sums=", ".join(
        f"sum(counted_as >> {place} & 1) AS {name}" for place, name in enumerate(COUNTS)
    ),
    days=", ".join(f"day.{name}" for name in COUNTS),
    emails=", ".join(f"email.{name}" for name in COUNTS),
)


@tagged("post_install", "-at_install", "mail_tracking_faults")
class TestFaultsSummary(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.make_database("summary")

    def left(self):
        query = "SELECT count(*) FROM mail_tracking_email WHERE is_counted IS NOT TRUE"
        return self.sql(self.database, query)[0][0]

    def assert_consistent(self):
        self.assertEqual(self.sql(self.database, WRONG), [])
        days, totals = (
            self.sql(self.database, SUMS.format(table))
            for table in ("mail_tracking_day", "mail_tracking_day_total")
        )
        self.assertEqual(days, totals)

    def assert_exact(self, driver):
        """The numbers are those that counting from nothing comes to."""
        self.assertEqual(self.left(), 0)
        self.assert_consistent()
        found = self.sql(self.database, NUMBERS)
        [(emails,)] = self.sql(self.database, "SELECT count(*) FROM mail_tracking_email")
        self.assertEqual(sum(row[7] for row in found), emails)
        self.sql(
            self.database,
            "UPDATE mail_tracking_email SET is_counted = NULL, day_id_int = NULL;"
            "DELETE FROM mail_tracking_day; DELETE FROM mail_tracking_day_total",
        )
        driver.run("count_all")
        self.assertEqual(
            sorted(self.sql(self.database, NUMBERS), key=repr), sorted(found, key=repr)
        )
        return found

    def test_kills_and_others_leave_the_numbers_exact(self):
        with self.driver(self.database) as driver:
            driver.run("fill_uncounted", {"number": EMAILS})
            for number, moment in enumerate(MOMENTS):
                (pid,) = driver.start("count")
                self.wait_until(lambda m=moment: self.left() <= m, "nothing is counted")
                os.kill(pid, signal.SIGKILL)
                self.assertEqual(driver.end(), [-signal.SIGKILL], f"kill {number}")
                self.wait_alone(self.database)
                self.assertGreater(self.left(), 0, "killed too late to prove anything")
                self.assert_consistent()
            driver.run("count_all", *[{}] * COUNTERS)
            self.assert_exact(driver)
            self.change_while_counting(driver)
            found = self.assert_exact(driver)
        self.assertGreater(len({row[4:] for row in found}), 3)
        self.assert_clean_log()

    def test_who_deletes_waits_for_who_holds_and_counts_then(self):
        """A duplicate event locks its email and changes nothing."""
        query = "SELECT coalesce(sum(emails), 0) FROM mail_tracking_day"
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        with self.driver(self.database) as driver:
            driver.run("count_all")
            [(before,)] = self.sql(self.database, query)
            driver.run("fill_uncounted", {"number": 1})
            with contextlib.closing(self.connect(self.database)) as holder:
                with holder.cursor() as cr:
                    cr.execute(
                        "SELECT id FROM mail_tracking_email WHERE is_counted IS NOT TRUE"
                        " FOR NO KEY UPDATE"
                    )
                    ids = [tracking_id for (tracking_id,) in cr.fetchall()]
                driver.start("delete", {"ids": ids})
                self.wait_until(
                    lambda: self.sql(self.database, waiting, [self.database]), "nobody waits"
                )
                holder.rollback()
                self.assertEqual(driver.end(), [0])
            self.assertEqual(len(ids), 1)
            self.assertEqual(self.sql(self.database, query), [(before + 1,)])
        self.assert_clean_log()

    def change_while_counting(self, driver):
        """Some change emails while others count, in processes of two drivers."""
        with self.driver(self.database) as other:
            children = [{"seed": seed, "rounds": ROUNDS} for seed in range(CHANGERS)]
            pids = other.start("change", *children)
            self.assertEqual(len(pids), CHANGERS)
            rounds = 0
            while any(os.path.exists(f"/proc/{pid}") for pid in pids):
                driver.run("count", *[{}] * COUNTERS)
                self.assert_consistent()
                rounds += 1
            self.assertEqual(other.end(), [0] * CHANGERS)
        self.assertGreater(rounds, 1, "nobody counted meanwhile")
        driver.run("fold")
        driver.run("count_all", *[{}] * COUNTERS)
