from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .mail_tracking_email import RULE_TRIGGERS

#: More emails of one rule and reason within the hour, for one responsible, share one activity
#: and one notification: an outage must not bury anybody.
MAX_SINGLE = 5
SINGLE_WINDOW = timedelta(hours=1)
#: So long what follows is added to an activity that is shared.
SUMMARY_WINDOW = timedelta(days=1)
#: Emails that a summary names; a link leads to all.
MAX_NAMED = 20
#: The owner is told of failures once in so long.
TELL_AGAIN = timedelta(days=1)
MAX_ERROR = 1_000
#: Of a subject, a name, or what a server said.
MAX_WORD = 300


class MailTrackingRule(models.Model):
    """What a rule does."""

    _inherit = "mail.tracking.rule"

    activity_type_id = fields.Many2one(
        "mail.activity.type",
        "Schedule an activity",
        ondelete="set null",
        help="Empty: none is scheduled.",
    )
    activity_summary = fields.Char(
        "Summary", translate=True, help="Title of the activity. Empty: what became of the email."
    )
    activity_days = fields.Integer("Due in", help="Days until the activity is due; 0 is today.")
    activity_for = fields.Selection(
        [
            ("author", "Author of the email"),
            ("responsible", "Person responsible for the record"),
            ("field", "User in a field of the record"),
            ("user", "Specific user"),
        ],
        "For",
        default="author",
        help="Who gets the activity. If nobody is found, the owner of the rule gets it.",
    )
    activity_field = fields.Char(
        "User field",
        help="A field of the record that leads to a user, such as team_id.user_id for the leader "
        "of the team.",
    )
    activity_user_id = fields.Many2one("res.users", "User", help="Who gets the activities.")
    has_note = fields.Boolean("Post a note", help="Say in the chatter what became of the email.")
    note = fields.Text("Text of the note", translate=True, help="What to add to the note.")
    notify_user_ids = fields.Many2many(
        "res.users",
        string="Notify",
        help="Each user is notified by email or in Odoo, as chosen in their preferences.",
    )
    server_action_id = fields.Many2one(
        "ir.actions.server",
        "Run a server action",
        ondelete="set null",
        help="It runs for each email, with all access rights. In it, record is what the email was "
        "about, and env.context['mail_tracking_email_id'] is the ID of the email.",
    )
    last_error = fields.Text(readonly=True, copy=False, help="Why the rule failed the last time.")
    last_error_date = fields.Datetime(
        "Failed on", readonly=True, copy=False, help="When the rule failed the last time."
    )
    last_told_date = fields.Datetime(
        "Owner told on", readonly=True, copy=False, help="When the owner was last told of failures."
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    @api.constrains(
        "activity_type_id", "has_note", "notify_user_ids", "server_action_id", "model_id"
    )
    def _check_actions(self):
        for rule in self:
            actions = (rule.activity_type_id, rule.notify_user_ids, rule.server_action_id)
            if not (rule.has_note or any(actions)):
                raise ValidationError(self.env._("Choose what the rule does."))
            if rule.activity_type_id and not rule.model_id.is_mail_activity:
                raise ValidationError(
                    self.env._("Activities cannot be scheduled on these records.")
                )
            if rule.server_action_id and rule.server_action_id.model_id != rule.model_id:
                raise ValidationError(
                    self.env._(
                        "The server action %(name)s is for other records.",
                        name=rule.server_action_id.name,
                    )
                )

    @api.constrains("activity_type_id", "activity_for", "activity_field", "model_id")
    def _check_activity_for(self):
        for rule in self.filtered("activity_type_id"):
            Model, path = self.env[rule.model_name], rule._get_user_path()
            for name in (path or "").split("."):
                field = Model._fields.get(name)
                Model = self.env.get(field.comodel_name) if field and field.relational else None
                if Model is None:
                    break
            if path is not None and (Model is None or Model._name != "res.users"):
                raise ValidationError(
                    self.env._(
                        "The field %(field)s of these records does not lead to a user.",
                        field=path or "?",
                    )
                )
            if rule.activity_for == "user" and not rule.activity_user_id:
                raise ValidationError(self.env._("Choose the user who gets the activities."))

    def _get_user_path(self):
        """The field that names who gets the activity; None where no field does."""
        if self.activity_for == "field":
            return self.activity_field or ""
        return "user_id" if self.activity_for == "responsible" else None

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def _act(self, trackings):
        """Do what this rule says for each of these emails, unless that was done before.

        The same number of queries for one or many, but for notifications, of which there are few,
        and server actions.

        :param trackings: ``mail.tracking.email``, one for each message
        """
        runs = self.env["mail.tracking.rule.run"]._claim(self, self._get_users(trackings))
        if not runs:
            return
        # what is sent now is known by it
        triggers = {
            self.trigger,
            *" ".join(filter(None, trackings.mapped("rule_triggers"))).split(),
        }
        runs = runs.with_context(**{RULE_TRIGGERS: " ".join(sorted(triggers))})
        rule = self.with_env(runs.env)
        singles = rule._filter_singles(runs)
        if self.activity_type_id:
            rule._schedule_singles(singles)
            rule._schedule_summaries(runs - singles)
        if self.has_note:
            rule._post_notes(runs.tracking_email_id)
        if self.notify_user_ids:
            rule._notify_users(singles, runs - singles)
        if self.server_action_id:
            rule._run_server_action(runs.tracking_email_id)

    def _get_users(self, trackings):
        """Who gets the activity of each of these emails: tracking -> user."""
        path, owner, found = self._get_user_path(), self._get_owner(), {}
        records = self.env[self.model_name].browse(trackings.mapped("res_id"))
        for tracking, record in zip(trackings, records, strict=True):
            if path is not None:
                users = record.mapped(path)
            elif self.activity_for == "user":
                users = self.activity_user_id
            else:
                users = tracking.author_id.user_ids
            users = users.filtered(lambda user: user.active and not user.share)
            found[tracking] = users[:1] or owner
        return found

    def _get_owner(self):
        """The owner of this rule, or an administrator."""
        if self.owner_id.active and self.owner_id._is_internal():
            return self.owner_id
        return self.env.ref("base.group_system").all_user_ids.filtered("active")[:1]

    def _filter_singles(self, runs):
        """Those of these new runs that get an activity, and a notification, of their own."""
        now = fields.Datetime.now()
        recent = self.env["mail.tracking.rule.run"]._read_group(
            [("rule_id", "=", self.id), ("create_date", ">", now - SINGLE_WINDOW)],
            ["user_id", "reason"],
            ["__count"],
        )
        counts = {(user, reason): count for user, reason, count in recent}
        return runs.filtered(lambda run: counts[run.user_id, run.reason] <= MAX_SINGLE)

    def _schedule_singles(self, runs):
        activities = self._create_activities(
            [
                {
                    **self._prepare_activity(run.user_id),
                    "res_model_id": self.model_id.id,
                    "res_id": run.tracking_email_id.res_id,
                    "note": self._in_language(run.user_id)._word(run.tracking_email_id),
                }
                for run in runs
            ]
        )
        for run, activity in zip(runs, activities, strict=True):
            run.activity_id = activity

    def _schedule_summaries(self, runs):
        """Let emails with the same reason share an activity of their responsible.

        It hangs on no record, and whatever follows within a day is added to it.
        """
        runs_by_key = runs.grouped(lambda run: (run.user_id, run.reason))
        earlier = runs._read_group(
            [
                ("rule_id", "=", self.id),
                ("create_date", ">", fields.Datetime.now() - SUMMARY_WINDOW),
                ("is_summary", "=", True),
                ("activity_id.active", "=", True),
                ("user_id", "in", runs.user_id.ids),
            ],
            ["user_id", "reason", "activity_id"],
        )
        activities = {(user, reason): activity for user, reason, activity in earlier}
        new = [key for key in runs_by_key if key not in activities]
        created = self._create_activities([self._prepare_activity(user) for user, _reason in new])
        activities.update(zip(new, created, strict=True))
        for key, own in runs_by_key.items():
            activity = activities[key]
            own.write({"is_summary": True, "activity_id": activity.id})
            if activity in created:
                rule = self._in_language(activity.user_id)
                activity.note = rule._word_list(own.tracking_email_id, activity)
        counts = runs._read_group(
            [("activity_id", "in", runs.activity_id.ids)], ["activity_id"], ["__count"]
        )
        for activity, count in counts:
            activity.summary = self._in_language(activity.user_id)._word_number(count)

    def _create_activities(self, vals_list):
        # who gets an activity sees it at once: no email about an email
        quiet = {"mail_activity_quick_update": True}
        return self.env["mail.activity"].with_context(**quiet).create(vals_list)

    def _prepare_activity(self, user):
        """Values of an activity of a user."""
        rule = self._in_language(user)
        today = fields.Date.context_today(rule)
        return {
            "activity_type_id": self.activity_type_id.id,
            "automated": True,
            "summary": rule.activity_summary or rule._get_trigger_label(),
            "date_deadline": today + timedelta(days=self.activity_days),
            "user_id": user.id,
        }

    def _post_notes(self, trackings):
        """Say on the records what became of their emails; nobody is notified."""
        rule, bodies = self._in_language(self._get_owner()), defaultdict(list)
        for tracking in trackings:
            bodies[tracking.res_id].append(rule._word(tracking, rule.note))
        records = self.env[self.model_name].browse(bodies)
        records._message_log_batch(
            bodies={res_id: Markup("<br/>").join(lines) for res_id, lines in bodies.items()}
        )

    def _notify_users(self, singles, others):
        """Notify users of single emails, and once an hour that there are many."""
        is_summary = others and not self._is_summary_told(others)
        for user in self.notify_user_ids:
            rule = self._in_language(user)
            for tracking in singles.tracking_email_id:
                record = self.env[self.model_name].browse(tracking.res_id)
                record.message_notify(
                    body=rule._word(tracking), subject=rule.name, partner_ids=user.partner_id.ids
                )
            if is_summary:
                trackings = others.tracking_email_id.with_env(rule.env)
                self.env["mail.thread"].message_notify(
                    body=trackings._word_links(rule._word_number(len(trackings))),
                    subject=rule.name,
                    partner_ids=user.partner_id.ids,
                )
        others.is_summary = True

    def _is_summary_told(self, runs):
        since = fields.Datetime.now() - SINGLE_WINDOW
        recent = [("rule_id", "=", self.id), ("create_date", ">", since), ("is_summary", "=", True)]
        return bool(runs.search([*recent, ("id", "not in", runs.ids)], limit=1, order="id"))

    def _run_server_action(self, trackings):
        for tracking in trackings:
            self.server_action_id.with_context(
                active_model=self.model_name,
                active_id=tracking.res_id,
                active_ids=[tracking.res_id],
                mail_tracking_email_id=tracking.id,
                mail_tracking_trigger=self.trigger,
            ).run()

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _in_language(self, user):
        return self.with_context(lang=user.lang, tz=user.tz)

    def _get_trigger_label(self):
        return dict(self._fields["trigger"]._description_selection(self.env))[self.trigger]

    def _word(self, tracking, text=""):
        """What became of one email, in a line of HTML.

        :param str text: what is said besides
        """
        tracking = tracking.with_env(self.env)
        words = tracking._get_rule_words(with_answer=True)
        return Markup(" · ").join(filter(None, [self._get_trigger_label(), *words, text]))

    def _word_number(self, count):
        label = self.activity_summary or self._get_trigger_label()
        return self.env._("%(what)s (emails: %(count)s)", what=label, count=count)

    def _word_list(self, trackings, activity):
        """The first of the emails of an activity, to which others may be added, in HTML."""
        trackings = trackings[:MAX_NAMED].with_env(self.env)
        return trackings._word_links(self._get_trigger_label()) + link(
            f"/odoo/mail.activity/{activity.id}/action-mail_tracking.action_rule_emails",
            self.env._("Show all these emails"),
        )

    # ------------------------------------------------------------
    # FAILURES OF THE RULE
    # ------------------------------------------------------------

    def _tell_failure(self, errors):
        """Tell the owner why this rule failed: the first exception, at most once a day."""
        error, now = errors[0], fields.Datetime.now()
        text = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        text = text.replace("\x00", "")[:MAX_ERROR]
        self.write({"last_error": text, "last_error_date": now})
        if self.last_told_date and self.last_told_date > now - TELL_AGAIN:
            return
        self.last_told_date = now
        rule = self._in_language(self._get_owner())
        note = link(f"/odoo/email-rules/{self.id}", rule.name) + Markup("<p>%s</p>") % text
        self._create_activities(
            [
                {
                    "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                    "automated": True,
                    "user_id": self._get_owner().id,
                    "summary": rule.env._("An email rule failed: %(rule)s", rule=rule.name),
                    "note": note,
                    "date_deadline": fields.Date.context_today(rule),
                }
            ]
        )


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    def _get_rule_reason(self):
        """Why this email failed, in one word; empty where it did not."""
        return self.state in self._get_failed_states() and self.error_type or ""

    def _get_rule_words(self, with_answer):
        """Subject, recipient, and why this email failed if it did, in the user's language.

        Each is bounded, as all of them come from outside.

        :param bool with_answer: whether the words of the server are wanted, too
        """
        failed = self.state in self._get_failed_states()
        words = (
            self.name or self.env._("(no subject)"),
            self._get_recipient_name(),
            failed and self._get_reason(with_answer=with_answer),
        )
        return [shorten(word) for word in words if word]

    def _word_links(self, head):
        """HTML: a line, and below it some of these emails with links, and how many more."""
        lines = [tracking._word_link() for tracking in self[:MAX_NAMED]]
        if len(self) > MAX_NAMED:
            lines.append(self.env._("and %(count)s more", count=len(self) - MAX_NAMED))
        items = Markup().join(Markup("<li>%s</li>") % line for line in lines)
        return Markup("<p>%s</p><ul>%s</ul>") % (head, items)

    def _word_link(self):
        """HTML that names this email, with a link to its record if there is one."""
        subject, *words = self._get_rule_words(with_answer=False)
        if self.res_id:
            url = Markup("<a href='/mail/view?model=%s&amp;res_id=%s'>%s</a>")
            subject = url % (self.model, self.res_id, subject)
        return Markup(" · ").join([subject, *words])


def shorten(text):
    """A text from outside, as much of it as somebody reads in a line."""
    return text if len(text) <= MAX_WORD else f"{text[:MAX_WORD]}…"


def link(url, text):
    """A link on a line of its own, as HTML."""
    return Markup("<p><a href='%s'>%s</a></p>") % (url, text)
