from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: Rows that are deleted, and events that are cleaned, between two commits.
GC_BATCH = 10_000
#: Longer ago than this nothing is looked for: some write "for ever" as a number with many nines.
MAX_DAYS = 36_500


class MailTrackingEmail(models.Model):
    """How long rows are kept."""

    _inherit = "mail.tracking.email"

    # whose opens keep all that is known of them
    _legal_idx = models.Index("(id) WHERE open_mode = 'legal'")

    @api.autovacuum
    def _gc_trackings(self):
        """Delete a batch of what is older than the administrator wants to keep.

        Messages that still need somebody keep their trackings. A failure without a message does
        not: strangers cause many of these, with made-up addresses in the forms of a website. The
        cron commits after each batch, and calls again while there is more.

        :return: how many were deleted, and whether there are more
        """
        days = self._get_max_age("mail_tracking.mail_tracking_email_max_age_days")
        if not days:
            return 0, False
        before = fields.Datetime.now() - timedelta(days=days)
        done = self._gc_tried(before)
        if done == GC_BATCH:
            return done, True
        # what was never tried may leave behind a failure that needs somebody again
        # sudo: mail.tracking.email - upkeep
        waiting = self.sudo().search(
            [
                ("time", "<", before),
                ("state", "=", False),
                "|",
                ("needs_action", "=", False),
                ("mail_message_id", "=", False),
            ],
            limit=GC_BATCH,
            order="time, id",
        )
        waiting.unlink()
        return done + len(waiting), len(waiting) == GC_BATCH

    def _gc_tried(self, before):
        """Delete old trackings of mails that were tried, and their events.

        There may be millions; ``unlink`` is not called for them. The daily numbers stay.

        :param datetime before: delete what is older
        :return: how many
        """
        self.env.flush_all()
        query = """
              SELECT id, is_counted FROM mail_tracking_email
               WHERE time < %(before)s AND state IS NOT NULL
                 AND (needs_action IS NOT TRUE OR mail_message_id IS NULL)
            ORDER BY time, id LIMIT %(limit)s
                 FOR UPDATE SKIP LOCKED
        """
        old = dict(self.env.execute_query(SQL(query, before=before, limit=GC_BATCH)))
        self.env["mail.tracking.day"]._count([each for each in old if not old[each]])
        query = """
              WITH events AS (
                   DELETE FROM mail_tracking_event WHERE tracking_email_id = ANY(%(ids)s)
                   )
            DELETE FROM mail_tracking_email WHERE id = ANY(%(ids)s)
        """
        self.env.cr.execute(SQL(query, ids=list(old)))
        self.env.invalidate_all(flush=False)
        return len(old)

    @api.model
    def _get_max_age(self, parameter):
        """A number of days from the system parameters; 0 means for ever."""
        # sudo: ir.config_parameter - settings of the database
        value = self.env["ir.config_parameter"].sudo().get_param(parameter) or "0"
        return min(int(value), MAX_DAYS) if value.strip().isdecimal() else 0


class MailTrackingEvent(models.Model):
    """How long it is kept who opened from where."""

    _inherit = "mail.tracking.event"

    @api.autovacuum
    def _gc_client_details(self):
        """Forget who opened from where, after the days that the administrator set.

        Legal notices keep it as long as their proof.

        :return: how many were cleaned, and whether there are more
        """
        days = self.env["mail.tracking.email"]._get_max_age(
            "mail_tracking.client_details_max_age_days"
        )
        if not days:
            return 0, False
        # sudo: mail.tracking.event - upkeep
        events = self.sudo().search_fetch(
            [
                ("time", "<", fields.Datetime.now() - timedelta(days=days)),
                *("|", "|", "|", "|"),
                ("ip", "!=", False),
                ("user_agent", "!=", False),
                ("os_family", "!=", False),
                ("ua_family", "!=", False),
                *("&", ("source", "=", "pixel"), ("event_key", "!=", False)),
                ("tracking_email_id", "not any", [("open_mode", "=", "legal")]),
            ],
            ["source"],
            limit=GC_BATCH,
            order="time, id",
        )
        events.write(self._prepare_forgotten_vals())
        # it is made of them, and keeps apart hits of ten seconds that are long over
        events.filtered(lambda event: event.source == "pixel").event_key = False
        return len(events), len(events) == GC_BATCH

    @api.model
    def _prepare_forgotten_vals(self):
        """Values of an event of which nobody shall know any more who made it."""
        return {
            "ip": False,
            "user_agent": False,
            "user_country_id": False,
            "os_family": False,
            "ua_family": False,
            "ua_type": False,
            "mobile": False,
        }
