import time
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.mail_tracking.models.opens import mail_tracking_email as hits
from odoo.addons.mail_tracking.models.state import mail_tracking_email as road
from odoo.addons.mail_tracking.tools import opens

from .support.common import MailTrackingCommon

THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
OUTLOOK = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"


@tagged("post_install", "-at_install")
class TestOpenRepeats(MailTrackingCommon, HttpCase):
    """Which hits on a pixel are one opening, and whose hits count."""

    def setUp(self):
        super().setUp()
        self.message = self.post(self.anna | self.bob)
        self.tracking = self.row(self.message, self.anna)
        self.age(self.message_rows(), 3600)
        # at the beginning of a slot of time
        self.clock = time.time() // hits.REPEAT_SECONDS * hits.REPEAT_SECONDS + 1
        self.patch(hits, "time", SimpleNamespace(time=lambda: self.clock))

    def message_rows(self):
        return self.rows(self.message)

    def age(self, rows, seconds):
        """Let what happened lie further back."""
        for event in rows.tracking_event_ids:
            event.timestamp -= seconds
        self.env.flush_all()

    def hit(self, row=None, agent=THUNDERBIRD):
        path = (row or self.tracking)._get_pixel_url()
        response = self.url_open(
            path[path.index("/mail_tracking/") :], headers={"User-Agent": agent}, timeout=60
        )
        self.assertEqual(response.status_code, 200)
        with patch.object(road.time, "sleep"):
            self.process_pending()

    def assert_the_window(self):
        self.hit()
        self.assertEqual(self.tracking.open_count, 1)
        self.clock += 3
        self.hit()
        self.assertEqual(self.tracking.open_count, 1, "soon afterwards it is the same opening")
        self.clock += 10
        self.hit()
        self.assertEqual(self.tracking.open_count, 2, "10 seconds later it is another one")

    def test_hits_within_ten_seconds_are_one_opening(self):
        self.assert_the_window()

    def test_hits_within_ten_seconds_are_one_opening_in_a_burst_as_well(self):
        self.patch(opens, "BURST_EVENTS", 1)
        self.patch(opens, "BURST_SECONDS", 1e6)
        self.hit(self.row(self.message, self.bob))
        self.assert_the_window()

    def test_another_program_opens_it_by_itself(self):
        self.hit()
        self.hit(agent=OUTLOOK)
        self.assertEqual(self.tracking.open_count, 2)
        self.hit(agent=OUTLOOK)
        self.hit()
        self.assertEqual(self.tracking.open_count, 2, "the first one did so a moment ago")

    def test_another_client_opens_it_by_itself(self):
        for ip in ("198.51.100.7", "198.51.100.8"):
            self.tracking._pixel_hit(
                self.tracking.id, self.tracking.token, {"ip": ip, "user_agent": THUNDERBIRD}
            )
        self.assertEqual(self.tracking.open_count, 2)

    def test_another_mail_opens_by_itself(self):
        bob_row = self.row(self.message, self.bob)
        self.hit()
        self.hit(bob_row)
        self.assertEqual((self.tracking.open_count, bob_row.open_count), (1, 1))

    def test_a_click_is_no_opening_that_an_image_repeats(self):
        self.tracking.event_create(
            "click", {"ip": "127.0.0.1", "user_agent": THUNDERBIRD, "url": "https://example.com"}
        )
        self.env.flush_all()
        self.hit()
        self.assertEqual((self.tracking.open_count, self.tracking.click_count), (1, 1))

    # ------------------------------------------------------------
    # WHO IS LOGGED IN
    # ------------------------------------------------------------

    def open_as(self, user, row):
        self.authenticate(user.login, user.login)
        self.hit(row)
        return row.tracking_event_ids.filtered(lambda event: event.event_type == "open")

    def test_a_portal_user_opens_what_was_sent_to_them(self):
        """They read their mail in the browser that they are logged in with."""
        user = self._create_portal_user()
        message = self.post(user.partner_id)
        row = self.row(message, user.partner_id)
        self.age(row, 3600)
        event = self.open_as(user, row)
        self.assertEqual(event.open_kind, "person")
        self.assertEqual((row.state, row.open_count), ("opened", 1))
        self.assertFalse(event.create_uid == user, "the log does not say who")

    def test_a_portal_user_opens_what_was_sent_to_somebody_else(self):
        """A mailbox that several people read; nothing says that it was not opened there."""
        event = self.open_as(self._create_portal_user(), self.tracking)
        self.assertEqual(event.open_kind, "person")
        self.assertEqual(self.tracking.state, "opened")
