from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from .support.common import MailTrackingCommon


@tagged("post_install", "-at_install")
class TestRetention(MailTrackingCommon):
    def setUp(self):
        super().setUp()
        self.Tracking = self.env["mail.tracking.email"].sudo()
        self.old = fields.Datetime.now() - timedelta(days=100)

    def old_rows(self, number, **values):
        return self.Tracking.create(
            [{"name": "old", "time": self.old, "recipient": "a@example.com", **values}] * number
        )

    def test_nothing_is_deleted_unless_asked(self):
        rows = self.old_rows(2)
        self.assertEqual(self.Tracking._gc_trackings(), (0, False))
        self.assertEqual(len(rows.exists()), 2)

    def test_old_rows_go_in_batches_and_failures_stay(self):
        self.env["ir.config_parameter"].set_param(
            "mail_tracking.mail_tracking_email_max_age_days", "30"
        )
        # of a form of a website, say, whose messages are deleted with their mails
        author = self.env.user.partner_id
        rows = self.old_rows(4)
        rows |= self.old_rows(1, needs_action=True, state="bounced", author_id=author.id)
        message = self.env["mail.message"].create({"body": "x"})
        failed = self.old_rows(1, needs_action=True, state="bounced", mail_message_id=message.id)
        young = self.Tracking.create({"name": "young"})
        with patch("odoo.addons.mail_tracking.models.gc.GC_BATCH", 3):
            self.assertEqual(self.Tracking._gc_trackings(), (1 + 3, True))
            self.assertEqual(self.Tracking._gc_trackings(), (1, False))
        self.assertFalse(rows.exists())
        self.assertTrue(failed.exists() and young.exists())

    def test_a_number_with_many_nines_keeps_everything(self):
        rows = self.old_rows(2)
        row = rows[0]
        row.event_create("open", {"ip": "203.0.113.9", "timestamp": self.old.timestamp()})
        for name in ("mail_tracking_email_max_age_days", "client_details_max_age_days"):
            self.env["ir.config_parameter"].set_param(f"mail_tracking.{name}", "999999999")
        self.assertEqual(self.Tracking._gc_trackings(), (0, False))
        self.assertEqual(self.env["mail.tracking.event"]._gc_client_details(), (0, False))
        self.assertEqual(len(rows.exists()), 2)

    def test_client_details_go_earlier_than_the_event(self):
        self.env["ir.config_parameter"].set_param("mail_tracking.client_details_max_age_days", "7")
        row = self.Tracking.create({"name": "x"})
        events = row.event_create(
            "open",
            {"ip": "203.0.113.9", "user_agent": "Thunderbird", "timestamp": self.old.timestamp()},
        ) | row.event_create("open", {"ip": "203.0.113.10", "user_agent": "Thunderbird"})
        self.assertEqual(self.env["mail.tracking.event"]._gc_client_details(), (1, False))
        self.assertEqual(events.mapped("ip"), [False, "203.0.113.10"])
        self.assertEqual(row.open_count, 2)

    def test_a_neutralized_copy_tracks_nothing(self):
        with open(file_path("mail_tracking/data/neutralize.sql")) as file:
            self.env.cr.execute(file.read())
        self.env.registry.clear_cache()
        self.assertTrue(self.env["ir.mail_server"]._tracking_img_disabled(1))

    @mute_logger("odoo.sql_db")
    def test_every_foreign_key_and_search_has_an_index(self):
        self.env.cr.execute(
            """
            SELECT c.conrelid::regclass::text, a.attname
              FROM pg_constraint c
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f'
               AND c.conrelid::regclass::text IN ('mail_tracking_email', 'mail_tracking_event')
               AND a.attname NOT IN ('create_uid', 'write_uid')
               AND NOT EXISTS (
                   SELECT 1 FROM pg_index i
                    WHERE i.indrelid = c.conrelid AND i.indkey[0] = a.attnum
               )
            """
        )
        self.assertEqual(self.env.cr.fetchall(), [])
