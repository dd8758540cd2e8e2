import time
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.mail_tracking.models.opens import mail_tracking_email as hits
from odoo.addons.mail_tracking.models.state import mail_tracking_email as road
from odoo.addons.mail_tracking.tools import opens as burst
from odoo.addons.mail_tracking.tools import tokens

from .support.common import MailTrackingCommon

AGENTS = {
    "thunderbird": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0",
    "chrome": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36",
    "apple": "Mozilla/5.0",
    "gmail": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com)",
    "phone": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/141 Mobile",
    "script": "curl/8.0",
    "hostile": "<b>\xe9" + "x" * 5000,
    "nothing": "",
}
#: what two events of the same hit may differ in
OWN = {
    "id",
    "tracking_email_id",
    "display_name",
    "event_key",
    "is_pending",
    "recipient",
    "recipient_address",
}
CLOCK = {"timestamp", "time", "create_date", "write_date"}
USERS = {"create_uid", "write_uid"}


@tagged("post_install", "-at_install")
class TestBursts(MailTrackingCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.set_burst(True)
        # a burst is a burst of opens
        other = self.row(self.post(self.carl), self.carl)
        other.event_create("open", {"open_kind": "person"})
        message = self.post(self.anna | self.bob)
        self.anna_row, self.bob_row = (self.row(message, p) for p in (self.anna, self.bob))
        self.cron = self.env.ref("mail_tracking.ir_cron_fold")
        self.triggers().unlink()
        self.age(self.anna_row | self.bob_row)

    def set_burst(self, is_burst):
        """Let each hit be one of many, or one by itself."""
        self.patch(burst, "BURST_EVENTS", 1)
        self.patch(burst, "BURST_SECONDS", 1e6 if is_burst else -1e6)

    def triggers(self):
        return self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", self.cron.id)])

    def age(self, rows, seconds=3600):
        for event in rows.tracking_event_ids:
            event.timestamp -= seconds
        self.env.flush_all()

    def hit(self, row, agent="thunderbird", secret=None):
        token = tokens.pixel_token(self.env.cr.dbname, row.id, secret or row.token)
        response = self.url_open(
            f"/mail_tracking/open/{token}.gif", headers={"User-Agent": AGENTS.get(agent, agent)}
        )
        self.assertEqual(response.headers["Content-Type"], "image/gif")
        self.env.invalidate_all()

    def opens(self, row):
        return row.tracking_event_ids.filtered(lambda event: event.event_type == "open")

    def fold(self):
        with patch.object(road.time, "sleep"):
            self.process_pending()

    def test_a_hit_is_logged_at_once_and_counts_when_the_cron_has_run(self):
        self.hit(self.anna_row)
        event = self.opens(self.anna_row)
        self.assertTrue(event.is_pending)
        self.assertEqual((event.open_kind, event.recipient_address), ("person", self.anna.email))
        self.assertEqual((self.anna_row.state, self.anna_row.open_count), ("sent", 0))
        self.assertTrue(self.triggers(), "the cron was woken")
        self.fold()
        self.assertFalse(event.is_pending)
        self.assertEqual((self.anna_row.state, self.anna_row.open_count), ("opened", 1))
        self.assertEqual(self.bob_row.state, "sent")

    def test_the_cron_is_woken_once_for_many(self):
        for agent in ("thunderbird", "chrome", "phone"):
            self.hit(self.anna_row, agent)
            self.hit(self.bob_row, agent)
        self.assertEqual(len(self.triggers()), 1)
        self.fold()
        self.assertEqual((self.anna_row | self.bob_row).mapped("open_count"), [3, 3])

    def test_the_cron_waits_for_the_rest_of_a_burst(self):
        def meanwhile(seconds):
            self.assertEqual(self.anna_row.state, "opened", "the first does not wait")
            if not self.opens(self.bob_row):
                self.hit(self.bob_row)
                self.assertEqual(self.bob_row.state, "sent")

        clock = SimpleNamespace(time=time.time, sleep=meanwhile)
        Cron = type(self.env["ir.cron"])
        self.hit(self.anna_row)
        with (
            patch.object(road, "time", clock),
            patch.object(Cron, "_commit_progress", return_value=60),
        ):
            self.env["mail.tracking.email"]._process_pending_events()
        self.assertEqual(self.bob_row.state, "opened")

    def test_the_cron_waits_for_nothing_else(self):
        self.set_burst(False)
        self.hit(self.anna_row)
        with (
            patch.object(road, "time", SimpleNamespace(time=time.time)),  # without sleep
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60),
        ):
            self.env["mail.tracking.email"]._process_pending_events()

    def test_events_are_the_same_as_those_of_single_hits(self):
        Event = self.env["mail.tracking.event"]
        names = [name for name in Event._fields if name not in OWN | CLOCK | USERS]
        for name in AGENTS:
            for age in (-3600, 3600):  # too soon after the mail was sent, and later
                with self.subTest(name, age=age):
                    rows = self.rows(self.post(self.anna | self.bob))
                    self.age(rows, age)
                    for row, is_burst in zip(rows, (True, False), strict=True):
                        self.set_burst(is_burst)
                        self.hit(row, name)
                    one, other = (self.opens(row) for row in rows)
                    self.assertEqual((one.is_pending, other.is_pending), (True, False))
                    self.assertEqual(
                        one.read(names)[0] | {"id": 0}, other.read(names)[0] | {"id": 0}
                    )
                    for event, row in zip((one, other), rows, strict=True):
                        self.assertEqual(event.recipient, row.recipient)
                        self.assertEqual(event.recipient_address, row.recipient_address)
                        self.assertAlmostEqual(
                            event.time, event.create_date, delta=timedelta(minutes=30)
                        )
                    self.fold()
                    told = ("state", "open_count", "machine_open_count")
                    self.assertEqual(*([row[name] for name in told] for row in rows))

    def test_repetitions_and_strangers_log_nothing(self):
        self.hit(self.anna_row)
        self.hit(self.anna_row)
        self.hit(self.bob_row, secret="0" * 32)
        self.assertEqual(len(self.opens(self.anna_row)), 1)
        self.assertFalse(self.opens(self.bob_row))
        self.assertEqual(len(self.triggers()), 1)

    def test_hits_have_an_end(self):
        self.patch(hits, "MAX_HITS", 1)
        self.hit(self.anna_row)
        self.fold()
        self.hit(self.anna_row, "chrome")
        self.assertEqual(len(self.opens(self.anna_row)), 1)

    def test_without_the_cron_a_hit_counts_when_somebody_looks(self):
        self.hit(self.anna_row)
        self.assertEqual(self.anna_row.state, "sent")
        self.anna_row.mail_message_id.tracking_status()
        self.assertEqual((self.anna_row.state, self.anna_row.open_count), ("opened", 1))
        self.assertFalse(self.opens(self.anna_row).is_pending)

    def test_without_the_cron_a_hit_counts_in_lists_and_forms(self):
        self.hit(self.anna_row)
        user = self.user_employee
        [values] = self.anna_row.with_user(user).sudo(False).web_read({"state": {}})
        self.assertEqual(values["state"], "opened")

    def test_single_hits_count_at_once(self):
        self.set_burst(False)
        self.hit(self.anna_row)
        self.assertEqual((self.anna_row.state, self.anna_row.open_count), ("opened", 1))
        self.assertFalse(self.triggers())

    def test_somebody_logged_in_is_told_apart(self):
        self.authenticate(self.user_employee.login, self.user_employee.login)
        self.hit(self.anna_row)
        self.assertEqual(self.opens(self.anna_row).open_kind, "self")
        self.assertEqual(self.anna_row.open_count, 0)

    def test_all_who_share_an_image_have_the_hit(self):
        mail = self.send_mail(email_to="dora@example.com, emil@example.com")
        rows = self.rows(mail.mail_message_id)
        self.age(rows)
        self.hit(rows[0])
        self.fold()
        self.assertEqual(rows.mapped("state"), ["opened", "opened"])

    def test_who_wants_to_know_of_each_hit_does(self):
        Event = type(self.env["mail.tracking.event"])
        for name in ("process_open", "_prepare_log_vals"):
            original = getattr(Event, name)

            def changed(records, *args, original=original):
                return {**original(records, *args), "ua_type": "mine"}

            with self.subTest(name), patch.object(Event, name, changed):
                self.hit(self.anna_row, name)
                self.assertEqual(self.opens(self.anna_row)[:1].ua_type, "mine")
        self.fold()
        self.assertEqual((self.anna_row.state, self.anna_row.open_count), ("opened", 2))

    def test_a_hit_of_a_burst_is_three_statements(self):
        row = self.anna_row
        self.hit(row)  # fills the caches, and wakes the cron
        metadata = {"user_agent": "Thunderbird", "ip": "192.0.2.1"}
        secret = row.token
        row.state_time = "2026-01-01"
        self.env.flush_all()
        self.env.invalidate_all()
        # its tracking, the latest opens, and the event
        with self.assertQueryCount(3):
            self.assertTrue(row.browse()._pixel_hit(row.id, secret, metadata))
        self.assertEqual(len(self.opens(row)), 2)
