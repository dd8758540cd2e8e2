import time
from types import SimpleNamespace
from unittest.mock import patch

import psycopg2

from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tools.discuss import Store
from odoo.addons.mail_tracking.controllers.main import PIXEL
from odoo.addons.mail_tracking.models.opens import mail_tracking_email as hits
from odoo.addons.mail_tracking.tools import tokens

from .support.common import MailTrackingCommon

THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
APPLE = "Mozilla/5.0"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/141.0.0.0 Safari/537.36"
)


@tagged("post_install", "-at_install")
class TestOpens(MailTrackingCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.message = self.post(self.anna)
        self.tracking = self.row(self.message, self.anna)
        self.age(self.tracking)

    def age(self, row, seconds=3600):
        """Let the sending lie an hour back: nobody opens a mail at once."""
        for event in row.tracking_event_ids:
            event.timestamp -= seconds
        self.env.flush_all()

    def url(self, row=None):
        path = (row or self.tracking)._get_pixel_url()
        return path[path.index("/mail_tracking/") :]

    def hit(self, url, agent=THUNDERBIRD, method=None, **headers):
        response = self.url_open(
            url, headers={"User-Agent": agent, **headers}, method=method, allow_redirects=False
        )
        self.env.invalidate_all()
        return response

    def assert_is_pixel(self, response):
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.content, PIXEL)
        self.assertEqual(response.headers["Content-Type"], "image/gif")
        self.assertIn("no-store", response.headers["Cache-Control"])
        self.assertNotIn("Set-Cookie", response.headers)

    def test_an_open_turns_the_row_to_opened(self):
        self.assert_is_pixel(self.hit(self.url()))
        self.assertEqual(self.tracking.state, "opened")
        self.assertEqual(self.tracking.open_count, 1)
        self.assertTrue(self.tracking.first_open)
        self.assertEqual(self.tracking.first_open, self.tracking.last_open)
        self.assertEqual(self.status(self.message), {"Anna": "opened"})
        event = self.tracking.tracking_event_ids.filtered(lambda e: e.event_type == "open")
        self.assertEqual(event.open_kind, "person")
        self.assertEqual(event.user_agent, THUNDERBIRD)
        self.assertTrue(event.ip)
        self.assertEqual(event._get_detail(), "Thunderbird, Linux")

    def test_repeats_within_seconds_are_one_open(self):
        # the beginning of a slot of time
        now = time.time() // hits.REPEAT_SECONDS * hits.REPEAT_SECONDS + 1
        self.patch(hits, "time", SimpleNamespace(time=lambda: now))
        for _i in range(3):
            self.assert_is_pixel(self.hit(self.url()))
        self.assertEqual(self.tracking.open_count, 1)
        opened = self.tracking.tracking_event_ids.filtered(lambda e: e.event_type == "open")
        opened.write({"timestamp": opened.timestamp - 60, "event_key": "a minute ago"})
        self.env.flush_all()
        self.hit(self.url())
        self.assertEqual(self.tracking.open_count, 2)
        self.assertGreater(self.tracking.last_open, self.tracking.first_open)

    def test_only_get_counts(self):
        row, db = self.tracking, self.env.cr.dbname
        for method in ("HEAD", "OPTIONS"):
            for url in (self.url(), f"/mail/tracking/open/{db}/{row.id}/{row.token}/blank.gif"):
                with self.subTest(method=method, url=url[:25]):
                    self.assertEqual(self.hit(url, method=method).status_code, 200)
                    self.assertEqual(self.events(row), ["sent"])
        self.hit(self.url(), method="POST")
        self.assertEqual(self.events(row), ["sent"])

    def test_apples_prefetch_is_logged_but_opens_nothing(self):
        self.hit(self.url(), agent=APPLE)
        self.assertEqual(self.tracking.state, "sent")
        self.assertEqual((self.tracking.open_count, self.tracking.machine_open_count), (0, 1))
        event = self.tracking.tracking_event_ids.filtered(lambda e: e.event_type == "open")
        self.assertEqual(event.open_kind, "machine")

    def test_a_hit_right_after_sending_is_a_machine(self):
        row = self.row(self.post(self.bob), self.bob)
        self.age(row, -60)  # however slow this machine is
        self.hit(self.url(row), agent=CHROME)
        self.assertEqual((row.state, row.open_count, row.machine_open_count), ("sent", 0, 1))

    def test_whatever_the_token_the_image_is_the_same_and_nothing_is_written(self):
        row, db = self.tracking, self.env.cr.dbname
        events = self.env["mail.tracking.event"].sudo().search_count([])
        for url in (
            "/mail_tracking/open/nonsense.gif",
            "/mail_tracking/open/%00%ff.gif",
            f"/mail_tracking/open/{'x' * 3000}.gif",
            f"/mail_tracking/open/{tokens.pixel_token(db, row.id, '0' * 32)}.gif",
            f"/mail_tracking/open/{tokens.pixel_token(db, 2**31 - 1, row.token)}.gif",
            f"/mail_tracking/open/{tokens.pixel_token('no such db', row.id, row.token)}.gif",
            f"/mail/tracking/open/{db}/{row.id}/blank.gif",
            f"/mail/tracking/open/{db}/{row.id}/{'0' * 32}/blank.gif",
            f"/mail/tracking/open/{db}/99999999999999/{row.token}/blank.gif",
            f"/mail/tracking/open/other/{row.id}/{row.token}/blank.gif",
        ):
            with self.subTest(url=url[:80]):
                self.assert_is_pixel(self.hit(url))
                self.assertEqual(self.env["mail.tracking.event"].sudo().search_count([]), events)
                self.assertEqual(row.state, "sent")

    def test_old_urls_keep_working(self):
        row, db = self.tracking, self.env.cr.dbname
        self.assert_is_pixel(self.hit(f"/mail/tracking/open/{db}/{row.id}/{row.token}/blank.gif"))
        self.assertEqual(row.state, "opened")

    def test_old_rows_without_token_open_without_one(self):
        row, db = self.tracking, self.env.cr.dbname
        row.token = False
        self.env.flush_all()
        for url in (
            f"/mail/tracking/open/{db}/{row.id}/{'0' * 32}/blank.gif",
            f"/mail_tracking/open/{tokens.pixel_token(db, row.id, '0' * 32)}.gif",
            f"/mail_tracking/open/{tokens.pixel_token(db, row.id, '')}.gif",
        ):
            self.assert_is_pixel(self.hit(url))
            self.assertEqual(row.state, "sent", "any key is the wrong one")
        self.assert_is_pixel(self.hit(f"/mail/tracking/open/{db}/{row.id}/blank.gif"))
        self.assertEqual(row.state, "opened")

    def test_deleted_rows_and_messages(self):
        url = self.url()
        self.message.unlink()
        self.assert_is_pixel(self.hit(url))
        self.assertEqual(self.tracking.state, "opened", "the row outlives its message")
        self.tracking.unlink()
        self.assert_is_pixel(self.hit(url))

    def test_an_internal_user_of_this_database_does_not_count(self):
        self.authenticate(self.user_employee.login, self.user_employee.login)
        self.hit(self.url())
        self.assertEqual(self.tracking.state, "sent")
        event = self.tracking.tracking_event_ids.filtered(lambda e: e.event_type == "open")
        self.assertEqual(event.open_kind, "self")

    def test_a_portal_user_who_is_logged_in_counts(self):
        user = self._create_portal_user()
        self.authenticate(user.login, user.login)
        self.hit(self.url())
        self.assertEqual(self.tracking.state, "opened")

    def test_a_shared_pixel_opens_the_rows_of_the_whole_envelope(self):
        mail = self.send_mail(email_to="dora@example.com, emil@example.com")
        rows = self.rows(mail.mail_message_id)
        self.age(rows)
        self.hit(self.url(rows[0]))
        self.assertEqual(rows.mapped("state"), ["opened", "opened"])
        self.assertEqual(mail.mail_message_id.tracking_status()[0]["shared"], 2)
        titles = [event["title"] for event in rows[1]._get_details()["events"]]
        self.assertIn("Opened by someone among 2 recipients", titles)

    def test_a_broken_database_still_yields_an_image(self):
        with (
            patch(
                "odoo.addons.mail_tracking.controllers.databases.Registry",
                side_effect=psycopg2.OperationalError("down"),
            ),
            self.assertLogs("odoo.addons.mail_tracking.controllers.main", "WARNING"),
        ):
            self.assert_is_pixel(self.hit(self.url()))

    def test_an_override_that_breaks_still_yields_an_image(self):
        def breaks(events, tracking, metadata):
            raise ValueError("a mistake of another addon")

        Event = type(self.env["mail.tracking.event"])
        with (
            patch.object(Event, "process_open", breaks),
            self.assertLogs("odoo.addons.mail_tracking.models.guard", "ERROR"),
        ):
            self.assert_is_pixel(self.hit(self.url()))
        self.assertEqual(self.tracking.state, "sent")

    def test_pixels_in_incoming_mails_and_displayed_bodies_are_stripped(self):
        pixel = f'<img src="{self.tracking._get_pixel_url()}" width="1" height="1"/>'
        reply = (
            "From: anna@example.com\nTo: catchall.test@test.mycompany.com\n"
            f"In-Reply-To: {self.message.message_id}\nMessage-ID: <reply-1@example.com>\n"
            "Subject: Re: Offer\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
            f"<p>Thank you</p><blockquote>Hello{pixel}</blockquote>"
        )
        self.env["mail.thread"].message_process("res.partner", reply)
        answer = self.env["mail.message"].search([("message_id", "=", "<reply-1@example.com>")])
        self.assertIn("Thank you", answer.body)
        self.assertNotIn("/mail_tracking/open/", answer.body)
        self.message.body = f"<p>old</p>{pixel}"
        store = Store().add(self.message.with_user(self.user_employee))
        self.assertNotIn("/mail_tracking/open/", str(store.get_result()["mail.message"]))
