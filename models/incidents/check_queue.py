from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import incidents
from .check import CRON, LATE, is_starting
from .mail_tracking_incident import MAX_EMAILS

#: key of an incident -> the scheduled action that sends what waits
QUEUES = {
    "mail": "mail.ir_cron_mail_scheduler_action",
    "notification": "mail.ir_cron_send_scheduled_message",
    "scheduled": "mail.ir_cron_post_scheduled_message",
    "alerts": CRON,
}
#: A scheduled action that failed so often in a row does not work.
FAILURES = 3
#: What waits for so long though the scheduled action runs is stuck.
STUCK_HOURS = {"mail": 4, "notification": 2, "scheduled": 2}


class MailTrackingIncident(models.Model):
    """Emails that wait for too long, and the scheduled actions that should send them."""

    _inherit = "mail.tracking.incident"

    @api.model
    def _find_queue(self, lasting):
        """Scheduled actions that are off, late or fail, and what waits all the same."""
        now, found, late = fields.Datetime.now(), {}, self.env["ir.cron"]
        waiting = self._read_waiting(now)
        # sudo: ir.cron - whether they do their work
        crons = {key: self._get_cron(xmlid).sudo() for key, xmlid in QUEUES.items()}
        present = self.env["ir.cron"].union(*crons.values()).sudo().exists()
        # our own run is late as well: Odoo was off, and the others come after this one
        is_own_run = self.env.context.get("cron_id") in crons["alerts"].ids
        was_off = is_own_run and crons["alerts"].nextcall < now - LATE
        if is_starting() and ("queue", "cron") not in lasting._get_keys():
            was_off = True
        for key, cron in crons.items():
            cron &= present
            counts, oldest = waiting[key]["counts"], waiting[key]["oldest"]
            vals = {"severity": incidents.URGENT, "last_on": now, "counts": counts}
            if not cron.active:
                code = "alerts_off" if key == "alerts" else "queue_off"
                since = oldest or now
            elif cron.failure_count >= FAILURES:
                code, since = "queue_failing", cron.first_failure_date or oldest or now
            elif cron.nextcall < now - LATE and not self._is_running(cron, now):
                if not was_off:
                    late |= cron
                continue
            elif oldest and oldest < now - timedelta(hours=STUCK_HOURS[key]):
                code, since = "queue_stuck" if key == "mail" else "scheduled_stuck", oldest
            else:
                continue
            facts = {"cron_id": cron.id, "hours": STUCK_HOURS.get(key)}
            found["queue", key] = {**vals, "code": code, "facts": facts, "opened_on": since}
        if late:
            found["queue", "cron"] = {
                "severity": incidents.URGENT,
                "code": "cron_late",
                "counts": waiting["mail"]["counts"],
                "last_on": now,
                "opened_on": min(late.mapped("nextcall")),
            }
        return found

    @api.model
    def _is_running(self, cron, now):
        """Whether a scheduled action that is late is at work: a long queue takes its time."""
        # sudo: ir.cron.progress - whether it does its work
        progress = self.env["ir.cron.progress"].sudo()
        return bool(
            progress.search_count(
                [("cron_id", "=", cron.id), ("write_date", ">=", now - LATE)], limit=1
            )
        )

    @api.model
    def _read_waiting(self, now):
        """What is due: key -> ``counts`` by company, and ``oldest``, since when; three queries."""
        self.env["mail.mail"].flush_model(["state", "scheduled_date"])
        query = SQL(
            """
            SELECT tracking.company_id, count(*), count(DISTINCT tracking.recipient_address),
                   min(waiting.due)
              FROM (SELECT id, greatest(scheduled_date, write_date, create_date) AS due
                      FROM mail_mail
                     WHERE state = 'outgoing'
                       AND greatest(scheduled_date, write_date, create_date) <= %(now)s
                  ORDER BY id LIMIT %(limit)s) AS waiting
         LEFT JOIN mail_tracking_email AS tracking
                ON tracking.mail_id_int = waiting.id AND tracking.state IS NULL
          GROUP BY tracking.company_id
            """,
            limit=MAX_EMAILS,
            now=now,
        )
        result = defaultdict(lambda: {"counts": {}, "oldest": False})
        for company_id, emails, people, oldest in self.env.execute_query(query):
            queue = result["mail"]
            queue["counts"][str(company_id or 0)] = [emails, people]
            queue["oldest"] = min(filter(None, (queue["oldest"], oldest)))
        for key, model, name in (
            ("notification", "mail.message.schedule", "scheduled_datetime"),
            ("scheduled", "mail.scheduled.message", "scheduled_date"),
        ):
            # sudo: mail.message.schedule, mail.scheduled.message - how many are overdue
            [(number, oldest)] = (
                self.env[model]
                .sudo()
                ._read_group([(name, "<=", now)], aggregates=["__count", f"{name}:min"])
            )
            if number:
                # whose they are is not known
                counts = {"0": [number, 0]} if self._is_single_company() else {}
                result[key] = {"counts": counts, "oldest": oldest}
        return result
