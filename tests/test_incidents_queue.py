import time
from unittest.mock import patch

from odoo import fields, modules
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.incidents import check
from ..models.incidents.check_queue import QUEUES
from .support.incident_common import IncidentCommon


@tagged("post_install", "-at_install")
class TestIncidentsQueue(IncidentCommon):
    """The queue stands still: and nobody would tell."""

    def hours_ago(self, hours):
        return fields.Datetime.subtract(fields.Datetime.now(), hours=hours)

    def wait(self, hours, **values):
        """A mail that has waited for so long."""
        mail = self.prepare_mail(recipient_ids=[fields.Command.set(self.anna.ids)], **values)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_mail SET create_date = %(time)s, write_date = %(time)s WHERE id = %(id)s",
            {"time": self.hours_ago(hours), "id": mail.id},
        )
        self.env.invalidate_all()
        return mail

    def test_scheduled_action_that_is_off(self):
        for key, xmlid in QUEUES.items():
            with self.subTest(key):
                cron = self.env.ref(xmlid)
                cron.active = False
                self.check()
                incident = self.incidents("queue")
                self.assertEqual(incident.key, key)
                self.assertEqual(incident.severity, "urgent")
                self.assertIn(cron.name, incident.cause)
                cron.active = True
                self.check()
                self.assertTrue(incident.closed_on)

    def test_scheduled_action_that_fails(self):
        self.crons[:1].write(
            {"failure_count": 3, "first_failure_date": self.hours_ago(3).replace(microsecond=0)}
        )
        self.wait(1)
        self.check()
        incident = self.incidents("queue")
        self.assertEqual((incident.key, incident.code), ("mail", "queue_failing"))
        self.assertEqual(incident.opened_on, self.crons[:1].first_failure_date)
        self.assertEqual((incident.email_count, incident.recipient_count), (1, 1))
        found = self.env["mail.tracking.email"].search([("incident_id", "=", incident.id)])
        self.assertIn("anna@example.com", found.mapped("recipient_address"))

    def test_scheduled_actions_that_do_not_run(self):
        self.crons.nextcall = self.hours_ago(2)
        self.check()
        incident = self.incidents("queue")
        self.assertEqual((incident.key, incident.code), ("cron", "cron_late"), "one for all")
        self.assertEqual(incident.opened_on, self.crons[0].nextcall)

    def test_long_queue_that_is_being_sent(self):
        self.crons[0].nextcall = self.hours_ago(2)
        self.env["ir.cron.progress"].create({"cron_id": self.crons[0].id, "remaining": 5000})
        self.check()
        self.assertFalse(self.incidents("queue"))

    def test_email_that_is_tried_for_ever(self):
        self.wait(3)
        self.wait(5, scheduled_date=fields.Datetime.add(fields.Datetime.now(), hours=1))
        self.check()
        self.assertFalse(self.incidents("queue"))
        mail = self.wait(5)
        self.check()
        incident = self.incidents("queue")
        self.assertEqual((incident.key, incident.code), ("mail", "queue_stuck"))
        self.assertIn("4 hours", incident.cause)
        self.assertEqual(incident.opened_on, mail.create_date.replace(microsecond=0))
        mail.cancel()
        self.check()
        self.assertTrue(incident.closed_on)

    def test_email_that_is_queued_again_is_no_old_one(self):
        mail = self.wait(50)
        mail.write({"state": "exception"})
        mail.action_retry()
        self.check()
        self.assertFalse(self.incidents("queue"))

    def test_overdue_messages(self):
        message = self.record.message_post(body="Later")
        self.env["mail.message.schedule"].create(
            {"mail_message_id": message.id, "scheduled_datetime": self.hours_ago(3)}
        )
        self.check()
        self.assertEqual(self.incidents("queue").key, "notification")
        scheduled = self.env["mail.scheduled.message"].create(
            {
                "author_id": self.author.id,
                "body": "Later",
                "model": self.record._name,
                "res_id": self.record.id,
                "scheduled_date": fields.Datetime.add(fields.Datetime.now(), hours=1),
            }
        )
        scheduled.flush_recordset()
        self.env.cr.execute(
            "UPDATE mail_scheduled_message SET scheduled_date = %s", [self.hours_ago(3)]
        )
        self.check()
        keys = self.incidents("queue").mapped("key")
        self.assertEqual(sorted(keys), ["notification", "scheduled"])

    # ------------------------------------------------------------
    # WITHOUT THE SCHEDULED ACTION
    # ------------------------------------------------------------

    def test_who_looks_finds_out_where_nothing_runs(self):
        self.crons.nextcall = self.hours_ago(2)
        setup = self.env["mail.tracking.setup"]
        results = setup.run_check("incidents")
        self.assertIn("Scheduled actions", results[0]["sentence"])
        self.assertEqual(results[0]["verdict"], "problem")
        self.assertEqual(self.incidents().code, "cron_late")
        self.assertTrue(self.messages())

    def test_set_up_page_where_all_is_well(self):
        [result] = self.env["mail.tracking.setup"].run_check("incidents")
        self.assertEqual(result["verdict"], "ok")

    def test_login_of_a_postmaster_finds_out(self):
        self.crons.active = False
        with patch.object(modules.module, "current_test", None):
            self.env["res.users"].with_user(self.user_employee)._update_last_login()
            self.assertFalse(self.incidents())
            self.env["res.users"].with_user(self.postmaster)._update_last_login()
        self.assertEqual(len(self.incidents()), len(self.crons))

    @mute_logger("odoo.addons.mail_tracking.models.guard")
    def test_login_works_whatever_happens(self):
        self.crons.active = False
        with (
            patch.object(modules.module, "current_test", None),
            patch.object(type(self.Incident), "_check", side_effect=ValueError),
        ):
            self.env["res.users"].with_user(self.postmaster)._update_last_login()
        self.assertFalse(self.incidents())

    def test_nobody_looks_twice_where_the_scheduled_action_runs(self):
        with patch.object(type(self.Incident), "_check") as checked:
            self.Incident._look()
            self.crons.nextcall = self.hours_ago(2)
            self.Incident._look()
        checked.assert_called_once()

    def test_nobody_is_alarmed_while_odoo_starts(self):
        """It was off for hours; what is late has its turn within minutes."""
        self.crons.nextcall = self.hours_ago(2)
        own = self.Incident.with_context(cron_id=self.env.ref(check.CRON).id)
        with patch.object(check, "STARTED", time.monotonic()):
            self.Incident._look()
            own._check()
            self.assertFalse(self.incidents())
            self.env.ref(check.CRON).nextcall = fields.Datetime.now()  # woken once more
            own._check()
            self.assertFalse(self.incidents())
        own._check()
        incident = self.incidents()
        self.assertEqual(incident.code, "cron_late")
        with patch.object(check, "STARTED", time.monotonic()):
            own._check()
        self.assertFalse(incident.closed_on, "a start alone settles nothing")

    def test_copies_of_a_database_are_quiet(self):
        self.crons.active = False
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        self.Incident._look()
        self.assertFalse(self.incidents())
