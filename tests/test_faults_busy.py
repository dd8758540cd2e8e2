"""What comes while somebody else writes the same records is not lost."""

import contextlib
import re

from aiosmtpd.controller import Controller

from odoo.tests import tagged

from odoo.addons.mail_tracking.controllers.main import PIXEL

from .support.common import RecordingHandler, free_port
from .support.fault_process import FaultCase
from .support.process_webhook import Client, TrackedMails, fill
from .support.report_common import RECIPIENT, REPORT, UNKNOWN

MESSAGES = 6
#: a read receipt (RFC 8098)
RECEIPT = """\
From: {address}
To: bounce@odoo.test
Subject: Read
Message-ID: <receipt@example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="xx"

--xx
Content-Type: text/plain

It was displayed.

--xx
Content-Type: message/disposition-notification

Final-Recipient: rfc822; {address}
Disposition: manual-action/MDN-sent-manually; displayed

--xx
Content-Type: text/rfc822-headers

X-Odoo-MailTracking-Token: {token}

--xx--
"""
#: core logs that it could not count or note what came back, or not delete what was sent
CORES_OWN = re.compile('"message_bounce" =|"failure_reason" = "__tmp"|DELETE FROM "mail_message"')
#: what another transaction changes while a report is read, by the id of the row
CHANGES = {
    "contact": "UPDATE res_partner SET comment = 'x' WHERE id ="
    " (SELECT partner_id FROM mail_tracking_email WHERE id = %s)",
    "notification": "UPDATE mail_notification SET is_read = true WHERE mail_message_id ="
    " (SELECT mail_message_id FROM mail_tracking_email WHERE id = %s)",
    "row": "UPDATE mail_tracking_email SET is_cc = false WHERE id = %s",
    "message": "UPDATE mail_message SET write_uid = 1 WHERE id ="
    " (SELECT mail_message_id FROM mail_tracking_email WHERE id = %s)",
}
#: what counting does with the failed email, which it locks until its transaction is over
COUNT = """
    UPDATE mail_tracking_email SET is_counted = TRUE
     WHERE id IN (SELECT id FROM mail_tracking_email WHERE recipient_address = 'x@example.com'
                     FOR NO KEY UPDATE SKIP LOCKED)
 RETURNING id"""
BLOCKED = """
    SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'"""
#: state of the email, its message, and mails that are left
LEFT = """
    SELECT state, mail_message_id, (SELECT count(*) FROM mail_mail WHERE id = mail_id_int)
      FROM mail_tracking_email WHERE recipient_address = 'x@example.com'"""
FORGET = "DELETE FROM mail_tracking_email WHERE recipient_address = 'x@example.com'"


class CountingHandler(RecordingHandler):
    """A mail server; while it takes a mail, its email is counted."""

    is_counting = False

    def __init__(self, count):
        super().__init__()
        self.count = count

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.is_counting:
            self.count()
        return await super().handle_DATA(server, session, envelope)


def has_ended(pid):
    """Whether a process is over, though nobody has waited for it yet."""
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "Z"
    return True


@tagged("post_install", "-at_install", "mail_tracking_faults")
class TestFaultsBusy(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.make_database("busy")
        cls.helper = cls.enterClassContext(cls.driver(cls.database))
        cls.helper.run("fill_rows", fill(MESSAGES, 1))
        cls.tracked = TrackedMails(cls.database, cls.sql)

    def report(self, row):
        """The source of a report that the mail of a row came back, as its address is dead."""
        row_id, token, address = row
        block = RECIPIENT.format(
            address=address,
            action="failed",
            status="5.1.1",
            text=UNKNOWN,
            domain=address.partition("@")[2],
        )
        return REPORT.format(
            subject="Report",
            message_id=f"Message-ID: <report-{row_id}@mx.example.net>\n",
            to="bounce@odoo.test",
            recipients=block,
            headers=f"X-Odoo-MailTracking-Token: {token}",
            envid="",
        )

    def told(self, row):
        """State of a row, its events, and whether its contact is flagged."""
        [found] = self.sql(
            self.database,
            """
            SELECT state, partner.email_bounced IS TRUE,
                   (SELECT array_agg(event_type::text || is_pending::text ORDER BY event.id)
                      FROM (SELECT id, event_type, is_pending IS TRUE AS is_pending
                              FROM mail_tracking_event WHERE tracking_email_id = row.id) event)
              FROM mail_tracking_email row JOIN res_partner partner ON partner.id = partner_id
             WHERE row.id = %s
            """,
            [row[0]],
        )
        return found

    def assert_nothing_is_wrong(self):
        complaints = [line for line in self.log_lines() if not CORES_OWN.search(line)]
        self.assertEqual(complaints, [])

    def test_a_report_that_the_gateway_fetches_once(self):
        """Core marks a mail as read, whatever happened while it was taken in."""
        for row, (what, change) in zip(self.tracked.rows[:4], CHANGES.items(), strict=True):
            with self.subTest(what):
                self.sql(
                    self.database,
                    "UPDATE res_partner SET email_bounced = false, message_bounce = 0",
                )
                self.helper.run(
                    "receive_while", {"text": self.report(row), "change": change, "row": row[0]}
                )
                self.helper.run("fold")
                self.assertEqual(
                    self.told(row), ("bounced", True, ["sentfalse", "hard_bouncefalse"])
                )
        self.assert_nothing_is_wrong()

    def test_a_failure_that_comes_while_another_one_is_settled(self):
        """The message has the mark already, so that who fails second leaves it alone."""
        first, second = self.tracked.rows[4:6]
        self.sql(
            self.database,
            "UPDATE mail_tracking_email SET mail_message_id ="
            " (SELECT mail_message_id FROM mail_tracking_email WHERE id = %s) WHERE id = %s",
            [first[0], second[0]],
        )
        failed = (
            "UPDATE mail_tracking_email SET state = 'bounced', needs_action = true WHERE id = %s"
        )
        self.sql(self.database, failed, [first[0]])
        message = "(SELECT mail_message_id FROM mail_tracking_email WHERE id = %s)"
        self.sql(
            self.database,
            f"UPDATE mail_message SET mail_tracking_needs_action = true WHERE id = {message}",
            [first[0]],
        )
        receipt = RECEIPT.format(address=first[2], token=first[1])
        self.helper.run("receive_while", {"text": receipt, "change": failed, "row": second[0]})
        self.helper.run("fold")
        self.assertEqual(self.told(first)[0], "opened")
        [(flag,)] = self.sql(
            self.database,
            f"SELECT mail_tracking_needs_action FROM mail_message WHERE id = {message}",
            [first[0]],
        )
        self.assertTrue(flag)
        self.assert_nothing_is_wrong()

    def test_an_email_that_is_opened_while_the_cron_processes_its_events(self):
        row = self.tracked.rows[0]
        mark = "UPDATE mail_tracking_event SET is_pending = {} WHERE tracking_email_id = %s"
        self.sql(self.database, mark.format("true"), [row[0]])
        self.helper.run("read_while", {"change": mark.format("false"), "row": row[0]})
        self.assert_nothing_is_wrong()

    def test_a_failure_while_somebody_else_writes_the_message(self):
        handler = RecordingHandler()
        handler.refuse_rcpt = {"gone@example.com": "550 5.1.1 no"}
        controller = Controller(handler, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
        controller.start()
        self.addCleanup(controller.stop)
        self.helper.run(
            "fill_queue", {"port": controller.port, "recipients": [["gone@example.com"]]}
        )
        self.helper.run("send_while", {"change": "UPDATE mail_message SET write_uid = 1"})
        self.helper.run("fold")
        found = self.sql(
            self.database,
            """
            SELECT row.state, row.needs_action, message.mail_tracking_needs_action,
                   notification_status, failure_reason,
                   (SELECT array_agg(event_type::text) FROM mail_tracking_event
                     WHERE tracking_email_id = row.id)
              FROM mail_tracking_email row JOIN mail_message message ON message.id = mail_message_id
              JOIN mail_notification notification ON notification.mail_message_id = message.id
             WHERE row.recipient_address = 'gone@example.com'
            """,
        )
        self.assertEqual(found, [("error", True, True, "exception", "5.1.1 no", ["error"])])
        self.assert_nothing_is_wrong()

    def test_a_mail_that_is_tried_again_while_its_email_is_counted(self):
        """Whether that goes on or is over when the mail has left: it leaves once."""
        handler = CountingHandler(lambda: self.sql(self.database, COUNT))
        controller = Controller(handler, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
        controller.start()
        self.addCleanup(controller.stop)
        for is_over in (False, True):
            with self.subTest(is_over=is_over):
                handler.is_counting = is_over
                handler.envelopes.clear()
                self.helper.run(
                    "fill_own_messages", {"port": controller.port, "addresses": ["x@example.com"]}
                )
                with contextlib.closing(self.connect(self.database)) as other:
                    if not is_over:
                        with other.cursor() as cr:
                            cr.execute(COUNT)
                    (pid,) = self.helper.start("retry_queue", {"port": controller.port})
                    self.wait_until(
                        lambda pid=pid: self.sql(self.database, BLOCKED) or has_ended(pid),
                        "neither sent nor waiting",
                    )
                    other.commit()
                    self.assertEqual(self.helper.end(), [0])
                self.helper.run("fold")
                self.helper.run("send_queue")
                self.assertEqual(len(handler.envelopes), 1)
                self.assertEqual(self.sql(self.database, LEFT), [("sent", None, 0)])
                self.sql(self.database, FORGET)
        self.assert_nothing_is_wrong()

    def test_the_image_of_a_mail_to_a_contact_that_somebody_else_writes(self):
        self.assert_mark_goes_later(self.tracked.rows[1], CHANGES["contact"])

    def test_the_image_of_a_mail_while_somebody_else_writes_what_proves_its_address_dead(self):
        row, proof = self.tracked.rows[2:4]
        self.sql(
            self.database,
            "UPDATE mail_tracking_email SET is_address_dead = true, recipient_address = %s"
            " WHERE id = %s",
            [row[2], proof[0]],
        )
        change = "UPDATE mail_tracking_email SET is_cc = false WHERE is_address_dead AND id <> %s"
        self.assert_mark_goes_later(row, change)
        [(count,)] = self.sql(
            self.database,
            "SELECT count(*) FROM mail_tracking_email"
            " WHERE is_address_dead AND recipient_address = %s",
            [row[2]],
        )
        self.assertEqual(count, 0)

    def assert_mark_goes_later(self, row, change):
        """Load the image while this is changed: it counts, and the mark goes when that is over."""
        flag = "UPDATE res_partner SET email_bounced = true WHERE id ="
        mine = " (SELECT partner_id FROM mail_tracking_email WHERE id = %s)"
        self.sql(self.database, "DELETE FROM mail_tracking_event WHERE event_type <> 'sent'")
        self.sql(
            self.database, "UPDATE mail_tracking_email SET state = 'sent' WHERE id = %s", [row[0]]
        )
        self.sql(self.database, flag + mine, [row[0]])
        with (
            self.workers(self.database) as base,
            contextlib.closing(self.connect(self.database)) as other,
        ):
            with other.cursor() as cr:
                cr.execute(change, [row[0]])
                status, _headers, content = Client(base).hit(self.tracked.pixel(row))
                self.assertEqual((status, content), (200, PIXEL))
            other.commit()
        self.assertEqual(self.told(row)[2], ["sentfalse", "opentrue"])
        self.helper.run("fold")
        self.assertEqual(self.told(row), ("opened", False, ["sentfalse", "openfalse"]))
        self.assert_nothing_is_wrong()

    def test_the_image_of_a_mail_that_somebody_else_writes(self):
        with (
            self.workers(self.database) as base,
            contextlib.closing(self.connect(self.database)) as other,
        ):
            client = Client(base)
            row = self.tracked.rows[0]
            self.sql(
                self.database,
                "DELETE FROM mail_tracking_event WHERE event_type NOT IN ('sent')",
            )
            with other.cursor() as cr:
                cr.execute(
                    "UPDATE mail_tracking_email SET state = 'sent', open_count = 0 WHERE id = %s",
                    [row[0]],
                )
                status, _headers, content = client.hit(self.tracked.pixel(row))
                self.assertEqual((status, content), (200, PIXEL))
            other.commit()
        self.assertEqual(self.told(row)[2], ["sentfalse", "opentrue"])
        self.helper.run("fold")
        self.assertEqual(self.told(row)[0], "opened")
        self.assert_nothing_is_wrong()
