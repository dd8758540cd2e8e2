"""Mail servers that do not work, and what postmasters hear of it."""

from math import inf
from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.tests import new_test_user

from odoo.addons.mail_tracking.tools import summary

from ...models.incidents import check
from .common import MailTrackingCommon, free_port


class IncidentCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo has been running for long
        cls.enterClassContext(patch.object(check, "STARTED", -inf))
        cls.Incident = cls.env["mail.tracking.incident"].with_user(SUPERUSER_ID)
        cls.Incident.search([]).unlink()
        cls.channel = cls.env.ref("mail_tracking.channel_postmaster")
        cls.postmaster = new_test_user(
            cls.env, "postmaster", groups="base.group_user,mail_tracking.group_postmaster"
        )
        # all that the check reads works, but for what a test breaks
        now = fields.Datetime.now()
        cls.crons = cls.env["ir.cron"].union(
            *map(
                cls.env.ref,
                (
                    "mail.ir_cron_mail_scheduler_action",
                    "mail.ir_cron_send_scheduled_message",
                    "mail.ir_cron_post_scheduled_message",
                    "mail_tracking.ir_cron_incidents",
                ),
            )
        )
        cls.crons.write({"active": True, "failure_count": 0})
        cls.crons.nextcall = fields.Datetime.add(now, hours=1)
        cls.env["ir.cron.progress"].search([]).unlink()
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()
        cls.env["fetchmail.server"].search([]).unlink()
        cls.env["mail.tracking.webhook"].search([]).unlink()
        cls.env["mail.tracking.day"].search([]).unlink()
        cls.env["mail.tracking.day.total"].search([]).unlink()

    def check(self):
        """What the scheduled action does a moment later."""
        self.env.flush_all()
        self.Incident._check()
        self.env.invalidate_all()

    def incidents(self, kind=None, is_open=True):
        domain = [("kind", "=", kind)] if kind else []
        if is_open:
            domain.append(("closed_on", "=", False))
        return self.Incident.search(domain, order="id")

    def messages(self):
        """What was posted in the channel, oldest first."""
        return self.env["mail.message"].search(
            [("model", "=", "discuss.channel"), ("res_id", "=", self.channel.id)], order="id"
        )

    def activities(self, incident):
        return self.env["mail.activity"].search(
            [("res_model", "=", incident._name), ("res_id", "in", incident.ids)]
        )

    def send_in_vain(self, partners=None, server=None):
        """Send an email while nobody answers at its server."""
        server = server or self.mail_server
        port, server.smtp_port = server.smtp_port, free_port()
        message = self.post(partners or self.anna, mail_server_id=server.id)
        server.smtp_port = port
        return message

    def later(self, incident, **delta):
        """Let an incident, and what was said of it, be so much older."""
        for name in ("opened_on", "last_on", "closed_on"):
            if incident[name]:
                incident[name] = fields.Datetime.subtract(incident[name], **delta)
        for message in incident.message_id | incident.end_message_id:
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE mail_message SET create_date = %s WHERE id = %s",
                [fields.Datetime.subtract(message.create_date, **delta), message.id],
            )
        self.env.invalidate_all()

    def numbers(self, day=0, company=None, state="sent", emails=1, **values):
        """A daily number of so many days ago, of emails with this state."""
        today = fields.Date.today()
        status = summary.EmailStatus(state, "", "", False, False, "")
        total = {
            "day": fields.Date.subtract(today, days=day),
            "company_id": (company or self.env.company).id,
            "provider": values.pop("provider", "Google"),
            **dict.fromkeys(summary.COUNTS, 0),
            **dict.fromkeys(summary.counts_of(status), emails),
        }
        self.env["mail.tracking.day.total"].sudo().create(total)
        Day = self.env["mail.tracking.day"].sudo()
        key = f"test {Day.search_count([])}"
        return Day.create({"key": key, "server": "127.0.0.1", **total, **values})

    def no_email(self):
        """Make sure that nothing is told by email."""
        return patch.object(type(self.env["mail.mail"]), "create", side_effect=AssertionError)
