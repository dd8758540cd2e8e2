from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..guard import run_in_halves
from .mail_tracking_rule_actions import link

#: Failures of one company that are looked at, the oldest first.
MAX_FAILURES = 1_000
#: So long after an activity the next one, at the earliest.
AGAIN = timedelta(days=1)


class MailTrackingEscalation(models.Model):
    """When somebody was last reminded of failures that nobody reviewed: once a day at most."""

    _name = "mail.tracking.escalation"
    _description = "Reminder of failed emails"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        ondelete="cascade",
        help="Who is responsible for the failed emails.",
    )
    time = fields.Datetime(readonly=True, help="When the last activity was scheduled.")
    activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The last activity; it is removed once nothing is left to review.",
    )

    _user_unique = models.UniqueIndex("(user_id)")

    @api.model
    def _run(self):
        """Remind of old failures, and take back the reminders that are settled.

        The scheduled action calls it.
        """
        failures, is_all = defaultdict(self.env["mail.tracking.email"].browse), True
        companies = self.env["res.company"].search([("mail_tracking_escalation_hours", ">", 0)])
        for company in companies:
            due = self._search_due(company, with_others=company == companies[:1])
            is_all &= len(due) < MAX_FAILURES
            for user, own in due._group_by_responsible(company).items():
                failures[user] |= own
        known = self.search([("user_id", "in", [user.id for user in failures])])
        if is_all:
            settled = self.search([("activity_id.active", "=", True)]) - known
            settled.activity_id.unlink()
        by_user = {escalation.user_id: escalation for escalation in known}
        limit = fields.Datetime.now() - AGAIN
        recent = known.filtered(lambda escalation: escalation.time and escalation.time > limit)
        run_in_halves(
            self.env["res.users"].union(*failures) - recent.user_id,
            lambda users: self._remind({user: failures[user] for user in users}, by_user),
            "reminding users of failures",
            lets_through=(),
        )

    @api.model
    def _search_due(self, company, with_others):
        """The failures that nobody reviewed for too long; one query.

        :param bool with_others: also those of no company
        """
        hours = timedelta(hours=company.mail_tracking_escalation_hours)
        companies = [company.id, False] if with_others else [company.id]
        return self.env["mail.tracking.email"].search(
            Domain(
                [
                    ("needs_action", "=", True),
                    ("company_id", "in", companies),
                    ("state_time", "<=", fields.Datetime.now() - hours),
                ]
            ),
            order="state_time, id",
            limit=MAX_FAILURES,
        )

    @api.model
    def _remind(self, failures, by_user):
        """Give each of these users one activity, instead of an earlier one that is still open.

        :param dict failures: user -> ``mail.tracking.email``
        :param dict by_user: user -> ``mail.tracking.escalation``, of those who have one
        """
        reminded = self.union(*(by_user[user] for user in failures if user in by_user))
        reminded.activity_id.filtered("active").unlink()
        activities = (
            self.env["mail.activity"]
            # who gets an activity sees it at once: no email about an email
            .with_context(mail_activity_quick_update=True)
            .create([self._prepare_reminder(user, own) for user, own in failures.items()])
        )
        now = fields.Datetime.now()
        for user, activity in zip(failures, activities, strict=True):
            vals = {"time": now, "activity_id": activity.id}
            if user in by_user:
                by_user[user].write(vals)
            else:
                self.create({"user_id": user.id, **vals})

    @api.model
    def _prepare_reminder(self, user, failures):
        """Values of the activity; it hangs on no record."""
        env = self.with_context(lang=user.lang, tz=user.tz).env
        summary = env._("Failed emails that nobody reviewed: %(count)s", count=len(failures))
        return {
            "activity_type_id": env.ref("mail.mail_activity_data_todo").id,
            "automated": True,
            "user_id": user.id,
            "summary": summary,
            "note": failures.with_env(env)._word_links(summary)
            + link("/odoo/discuss?active_id=mail.box_failed", env._("Open the mailbox Failed")),
            "date_deadline": fields.Date.context_today(self.with_env(env)),
        }


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    _unreviewed_idx = models.Index("(company_id, state_time, id) WHERE needs_action IS TRUE")

    def _group_by_responsible(self, company):
        """User -> those of these emails that are theirs; the postmasters get what is nobody's."""
        found = defaultdict(self.browse)
        postmasters = self.env["res.users"]._tracking_get_postmasters()
        postmasters = postmasters.filtered(lambda user: company in user.company_ids)
        responsible = self._get_responsible()
        for tracking in self:
            for user in responsible.get(tracking.id) or postmasters:
                found[user] |= tracking
        return found

    def _get_responsible(self):
        """Tracking id -> who is responsible for its record; only where there is somebody."""
        found = {}
        for model, trackings in self.filtered("res_id").grouped("model").items():
            Model = self.env.get(model)
            field = None if Model is None else Model._fields.get("user_id")
            if not field or field.comodel_name != "res.users" or Model._abstract:
                continue
            records = Model.browse(set(trackings.mapped("res_id"))).exists()
            users = {record.id: record.user_id for record in records}
            for tracking in trackings:
                user = users.get(tracking.res_id)
                if user and user.active and user._is_internal():
                    found[tracking.id] = user
        return found
