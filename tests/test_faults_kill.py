"""The process that sends the queue is killed, again and again."""

import os
import random
import signal
from collections import Counter

from aiosmtpd.controller import Controller

from odoo.tests import tagged

from .support.common import RecordingHandler, free_port
from .support.fault_process import FaultCase

MAILS = 500
#: every so many mails have two recipients
DOUBLE = 10
NOTES = 2000
KILLS = 5
SEED = 20260101
#: what the mail server is doing at the moment of the kill; twice each
PHASES = ("mail", "rcpt", "data", "accepted", "answered") * 2
LAG = 0.03  # seconds after an answer within which the client is killed


class KillingHandler(RecordingHandler):
    """A mail server that has its client killed at chosen moments."""

    def __init__(self, moments):
        super().__init__()
        self.moments = moments  # (number of mails taken so far, phase, lag), in order
        self.client = None
        self.accepted = Counter()  # address -> how often its mail was taken
        self.caught = []  # recipients of the envelope at each kill
        self.recipients = []

    def reach(self, phase, server=None):
        if not self.moments or self.moments[0][1] != phase:
            return
        number, _phase, lag = self.moments[0]
        if self.accepted.total() < number:
            return
        self.moments.pop(0)
        if phase == "answered":
            server.loop.call_later(lag, self.kill)
        else:
            self.kill()

    def kill(self):
        # by now a quick client may have come to another mail than at the moment chosen
        self.caught.append(list(self.recipients))
        os.kill(self.client, signal.SIGKILL)

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        # the mail before may be the same one, to its first recipient
        self.reach("mail")
        self.recipients = []
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        self.recipients.append(address)
        self.reach("rcpt")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.reach("data")
        self.accepted.update(envelope.rcpt_tos)
        self.reach("accepted")
        self.reach("answered", server)
        return "250 2.0.0 Ok: queued as TEST"


@tagged("post_install", "-at_install", "mail_tracking_faults")
class TestFaultsKill(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.make_database("kill")

    def setUp(self):
        super().setUp()
        self.mails = [
            [f"m{number}r{i}@example.com" for i in range(2 if number % DOUBLE == 0 else 1)]
            for number in range(MAILS)
        ]
        self.mail_of = {address: mail for mail in self.mails for address in mail}

    def moments(self):
        rng = random.Random(SEED)  # noqa: S311
        numbers = sorted(rng.sample(range(1, MAILS - 20), len(PHASES)))
        phases = rng.sample(PHASES, len(PHASES))
        return [(n, p, rng.uniform(0, LAG)) for n, p in zip(numbers, phases, strict=True)]

    def rows(self):
        return self.sql(
            self.database,
            """
            SELECT row.recipient_address, row.state, mail.state, notification.notification_status,
                   (SELECT string_agg(event_type, ' ') FROM mail_tracking_event event
                     WHERE event.tracking_email_id = row.id)
              FROM mail_tracking_email row
         LEFT JOIN mail_mail mail ON mail.id = row.mail_id_int
         LEFT JOIN mail_notification notification
                ON notification.mail_message_id = row.mail_message_id
               AND notification.res_partner_id = row.partner_id
            """,
        )

    def assert_no_row_lies(self, accepted):
        """Each recipient has one row, which says what became of the mail."""
        rows = self.rows()
        self.assertEqual(sorted(row[0] for row in rows), sorted(self.mail_of))
        for address, state, mail_state, notified, events in rows:
            if state is None:
                self.assertEqual((mail_state, notified, events), ("outgoing", "ready", None))
            else:
                # the mail itself is deleted when it was sent
                self.assertEqual(
                    (state, mail_state, notified, events), ("sent", None, "sent", "sent")
                )
                self.assertTrue(accepted[address], f"{address} never left")
        return Counter(row[1] for row in rows)

    def test_a_queue_survives_ten_kills_of_its_sender(self):
        handler = KillingHandler(self.moments())
        controller = Controller(handler, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
        controller.start()
        self.addCleanup(controller.stop)
        with self.driver(self.database) as driver:
            driver.run("fill_queue", {"port": controller.port, "recipients": self.mails})
            sent = [0]
            for number in range(len(PHASES)):
                (handler.client,) = driver.start("send_queue")
                self.assertEqual(driver.end(), [-signal.SIGKILL], f"kill {number}")
                self.wait_alone(self.database)
                driver.run("tell")  # what was logged with the last mails is applied by the cron
                sent.append(self.assert_no_row_lies(handler.accepted)["sent"])
                self.assertGreaterEqual(sent[-1], sent[-2])
            driver.run("send_queue")
            driver.run("tell")
        self.assertEqual(self.assert_no_row_lies(handler.accepted), {"sent": len(self.mail_of)})
        self.assert_sent_once(handler)
        self.assert_clean_log()

    def notes_waiting(self):
        """How many notes wait."""
        ((waiting,),) = self.sql(
            self.database, "SELECT count(*) FROM mail_tracking_event WHERE is_pending"
        )
        return waiting

    def notes(self):
        """How many notes wait, and how many there are of each text."""
        written = self.sql(
            self.database,
            """
            SELECT message.body, count(*) FROM mail_message message
              JOIN res_partner partner ON partner.id = message.res_id
             WHERE message.model = 'res.partner' AND partner.name ~ '^N[0-9]+$'
               AND message.body ~ '[0-9]'
          GROUP BY message.body
            """,
        )
        return self.notes_waiting(), dict(written)

    def test_notes_survive_kills_of_the_cron_and_come_once(self):
        with self.driver(self.database) as driver:
            driver.run("fill_notes", {"notes": NOTES})
            self.assertEqual(self.notes(), (NOTES, {}))
            waiting = NOTES
            for _number in range(KILLS):
                (child,) = driver.start("tell")
                # as soon as a batch is done: the rest would be done a moment later
                self.wait_until(
                    lambda before=waiting: self.notes_waiting() < before, "no note was written"
                )
                os.kill(child, signal.SIGKILL)
                self.assertEqual(driver.end(), [-signal.SIGKILL])
                self.wait_alone(self.database)
                waiting, written = self.notes()
                self.assertEqual(waiting + len(written), NOTES)
            self.assertTrue(waiting)
            driver.run("tell")
        waiting, written = self.notes()
        self.assertEqual((waiting, len(written)), (0, NOTES))
        self.assertEqual(set(written.values()), {1})
        self.assert_clean_log()

    def assert_sent_once(self, handler):
        """Mails were sent again only if they were on their way in a kill."""
        kills = Counter()
        for recipients in handler.caught:
            if recipients:
                kills.update(self.mail_of[recipients[0]])
        for address in self.mail_of:
            self.assertIn(handler.accepted[address] - 1, range(kills[address] + 1), address)
        # killed after the mail was taken, and before anybody heard of it
        self.assertGreaterEqual(handler.accepted.total() - len(self.mail_of), 2)
