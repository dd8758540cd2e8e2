"""Several processes that look at the same mail server, and Odoo's own scheduled actions."""

from odoo.tests import tagged

from .support.common import free_port
from .support.fault_process import FaultCase
from .support.fault_smtp import FaultyServer

ADDRESSES = [["anna@example.com"], ["bob@example.com"], ["carl@example.com"]]
OPEN = "SELECT count(*) FROM mail_tracking_incident WHERE kind = 'server' AND closed_on IS NULL"
ALL = "SELECT count(*) FROM mail_tracking_incident WHERE kind = 'server'"
MESSAGES = """
    SELECT count(*) FROM mail_message
     WHERE model = 'discuss.channel' AND body LIKE '%%/odoo/email-incidents%%'
"""
ACTIVITIES = """
    SELECT count(*) - count(DISTINCT user_id), count(*) > 0 FROM mail_activity
     WHERE res_model = 'mail.tracking.incident' AND active
"""
#: seconds from the third failure to the incident
DELAY = """
    SELECT extract(epoch FROM incident.create_date) - max(event.timestamp)
      FROM mail_tracking_incident AS incident, mail_tracking_event AS event
     WHERE incident.kind = 'server' AND event.event_type = 'error'
  GROUP BY incident.id
"""


@tagged("post_install", "-at_install", "mail_tracking_faults")
class TestIncidentsProcesses(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.filled = cls.make_database("incidents")
        with cls.driver(cls.filled) as driver:
            driver.run("fill_queue", {"port": free_port(), "recipients": ADDRESSES})

    def test_many_check_at_once_and_it_is_told_once(self):
        database = self.copy_of(self.filled, "incidents_many")
        server = FaultyServer()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        with self.driver(database) as driver:
            driver.run("send_queue")
            driver.run("check_incidents", *[{}] * 6)
            driver.run("check_incidents")  # what was busy
            self.assertEqual(self.sql(database, ALL), [(1,)])
            self.assertEqual(self.sql(database, MESSAGES), [(1,)])
            self.assertEqual(self.sql(database, ACTIVITIES), [(0, True)])
            driver.run("retry_queue", {"port": server.port})
            self.assertEqual(len(server.accepted), len(ADDRESSES))
            driver.run("check_incidents", *[{}] * 6)
            driver.run("check_incidents")
        self.assertEqual(self.sql(database, OPEN), [(0,)])
        self.assertEqual(self.sql(database, MESSAGES), [(2,)], "and that it is over")
        self.assertEqual(self.sql(database, ACTIVITIES), [(0, False)])

    def test_scheduled_actions_tell_within_a_minute(self):
        database = self.copy_of(self.filled, "incidents_cron")
        # nothing but the queue is due
        self.sql(
            database,
            """UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + CASE cron_name
                      WHEN 'Mail: Email Queue Manager' THEN interval '0' ELSE interval '1 day' END
               RETURNING id""",
        )
        # without its name, the scheduled actions of all databases of the server would run
        options = ("--max-cron-threads=1", "--database", database)
        with self.workers(database, options=options):
            self.wait_until(lambda: self.sql(database, OPEN) == [(1,)], "no incident")
        [(seconds,)] = self.sql(database, DELAY)
        self.assertLess(seconds, 60)
