import logging
import time
from ast import literal_eval
from datetime import timedelta
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...tools import events as ev
from ...tools import modes
from ..guard import (
    TRANSIENT_ERRORS,
    lock,
    run_in_halves,
    tracking_guard,
    tracking_savepoint,
    try_lock,
)
from ..records.mail_tracking_email import ARRIVED_STATES, SILENT_STATES

_logger = logging.getLogger(__name__)

#: What *Try it* looks at, and how much of it is listed.
TRIED_DAYS = 30
MAX_TRIED = 1_000
#: Sent emails that a rule that waits for days looks at between two commits.
BATCH = 500
#: Recipients of one message are tracked within moments, not at the same instant.
SAME_MESSAGE = timedelta(minutes=1)
MAX_DAYS = 365
HITS = (ev.OPEN, ev.CLICK)
#: Fields that decide for which events somebody waits.
AWAITED_FIELDS = {"active", "trigger", "model_id"}

FAILED = [
    ("state", "in", [ev.ERROR, ev.REJECTED, ev.BOUNCED, ev.SOFT_BOUNCED]),
    ("successor_id", "=", False),
]
DEAD = [
    "|",
    "|",
    ("is_address_dead", "=", True),
    "&",
    ("state", "=", ev.BOUNCED),
    ("is_unproven", "=", False),
    "&",
    ("state", "=", ev.ERROR),
    ("tracking_event_ids", "any", [("is_address_refused", "=", True)]),
]
DELIVERED = [
    ("tracking_event_ids", "any", [("event_type", "=", ev.DELIVERED), ("is_unproven", "=", False)])
]
NOT_ANSWERED = [
    ("state", "in", ARRIVED_STATES),
    ("first_reply", "=", False),
    ("successor_id", "=", False),
]
# of those whose opens cannot be known, nobody can say that they were not opened
NOT_OPENED = [
    ("state", "in", SILENT_STATES),
    ("open_mode", "in", modes.PERSONAL),
    ("opens_refused", "=", False),
    ("successor_id", "=", False),
]
SEEN = [
    "|",
    "|",
    ("first_open", "!=", False),
    ("first_reply", "!=", False),
    ("click_count", ">", 0),
]


class Trigger(NamedTuple):
    """When a rule fires.

    :param list domain: of emails, as they are at that moment
    :param frozenset event_types: that make it look; without any, it looks after some days
    :param list settled: domain of emails that make the wait for another one pointless
    :param bool is_settled_by_record: those are later ones about the same record as well, and not
        of the same message only
    """

    domain: list
    event_types: frozenset = frozenset()
    settled: list | None = None
    is_settled_by_record: bool = False


class MailTrackingRule(models.Model):
    """What is done when something becomes of an email, or does not.

    Administrators write rules, and the scheduled actions run them with all rights, as Odoo does
    with automation rules: after the commit, and never while an event is logged.
    """

    _name = "mail.tracking.rule"
    _description = "Email rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, help="What the rule is for, in your words.")
    sequence = fields.Integer(default=10, help="Rules run in this order.")
    active = fields.Boolean(
        default=True, help="A rule that is switched off does nothing, and does not catch up later."
    )
    owner_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        ondelete="set null",
        domain=[("share", "=", False)],
        help="Is told when the rule fails, and gets the activities for which nobody else is found. "
        "Without an owner, an administrator is told and gets them.",
    )
    # when
    trigger = fields.Selection(
        [
            ("failed", "Email failed"),
            ("dead", "Address is dead"),
            ("delivered", "Email delivered"),
            ("opened", "Email opened"),
            ("clicked", "Link clicked"),
            ("answered", "Email answered"),
            ("complained", "Reported as spam"),
            ("not_answered", "Email not answered"),
            ("not_opened", "Email not opened"),
        ],
        "What happens",
        required=True,
        default="failed",
        help="The rule runs when this happens to an email to somebody outside your company. Opens "
        "and clicks by programs, and your own, do not count. An email whose opens cannot be known "
        "never counts as not opened.",
    )
    is_timed = fields.Boolean(
        "Waits for days",
        compute="_compute_is_timed",
        help="The rule looks at an email some days after it was sent.",
    )
    days = fields.Integer(
        default=3, help="The rule looks at an email this many days after it was sent."
    )
    checked_until = fields.Float(
        readonly=True,
        copy=False,
        help="The rule has looked at all emails that were sent up to this time, in seconds since "
        "1970 (UTC). It starts when the rule is switched on.",
    )
    model_id = fields.Many2one(
        "ir.model",
        "Records",
        required=True,
        ondelete="cascade",
        domain=[("is_mail_thread", "=", True), ("transient", "=", False)],
        help="The kind of records that the emails are about.",
    )
    model_name = fields.Char(
        "Model", related="model_id.model", help="The technical name of this kind of records."
    )
    domain = fields.Char(
        "Only these",
        default="[]",
        help="Only emails about these records. Empty: about all of them.",
    )
    template_id = fields.Many2one(
        "mail.template",
        "Sent by template",
        ondelete="cascade",
        help="Only emails made from this template; the rule is deleted with it. Empty: all emails.",
    )
    run_ids = fields.One2many(
        "mail.tracking.rule.run", "rule_id", "Runs", help="The emails that the rule ran for."
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    @api.depends("trigger")
    def _compute_is_timed(self):
        triggers = self._get_triggers()
        for rule in self:
            rule.is_timed = bool(rule.trigger) and not triggers[rule.trigger].event_types

    @api.onchange("model_id")
    def _onchange_model_id(self):
        self.domain = "[]"
        self.template_id = False

    @api.constrains("model_id", "template_id")
    def _check_model(self):
        for rule in self:
            Model = self.env.get(rule.model_name)
            if Model is None or Model._abstract or not rule.model_id.is_mail_thread:
                raise ValidationError(self.env._("Choose records that have a chatter."))
            if rule.template_id and rule.template_id.model != rule.model_name:
                raise ValidationError(
                    self.env._(
                        "The template %(name)s is for other records.", name=rule.template_id.name
                    )
                )

    @api.constrains("domain", "model_id")
    def _check_domain(self):
        for rule in self:
            try:
                rule._get_record_domain().validate(self.env[rule.model_name])
            except (ValueError, SyntaxError, TypeError) as error:
                raise ValidationError(
                    self.env._("The filter of records does not work: %(error)s", error=error)
                ) from error

    @api.constrains("days", "trigger")
    def _check_days(self):
        if any(rule.is_timed and not 1 <= rule.days <= MAX_DAYS for rule in self):
            raise ValidationError(self.env._("Choose 1 to %(days)s days.", days=MAX_DAYS))

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create([{**vals, "checked_until": time.time()} for vals in vals_list])
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        if vals.get("active") or "trigger" in vals:  # emails sent before are none of its business
            vals = {**vals, "checked_until": time.time()}
        res = super().write(vals)
        if not AWAITED_FIELDS.isdisjoint(vals):
            self.env.registry.clear_cache()
        return res

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # ------------------------------------------------------------
    # WHICH EMAILS
    # ------------------------------------------------------------

    @api.model
    def _get_triggers(self):
        """When rules fire: what the field ``trigger`` offers, and what it means.

        :return: value of ``trigger`` -> ``Trigger``
        """
        bounces = (ev.ERROR, ev.SOFT_BOUNCE, ev.HARD_BOUNCE)
        return {
            "failed": Trigger(FAILED, frozenset({*bounces, ev.REJECT})),
            "dead": Trigger(DEAD, frozenset(bounces)),
            "delivered": Trigger(DELIVERED, frozenset({ev.DELIVERED})),
            "opened": Trigger([("first_open", "!=", False)], frozenset({ev.OPEN})),
            "clicked": Trigger([("click_count", ">", 0)], frozenset({ev.CLICK})),
            "answered": Trigger([("first_reply", "!=", False)], frozenset({ev.REPLY})),
            "complained": Trigger([("state", "=", ev.SPAM)], frozenset({ev.SPAM})),
            "not_answered": Trigger(
                NOT_ANSWERED, settled=[("first_reply", "!=", False)], is_settled_by_record=True
            ),
            "not_opened": Trigger(NOT_OPENED, settled=SEEN),
        }

    @api.model
    def _is_awaited(self, tracking, event_type, vals):
        """Whether a rule waits for such an event; it costs no query.

        :param tracking: the ``mail.tracking.email`` that it happened to
        :param str event_type: one of ``tools.events.EVENT_TYPES``
        :param dict vals: values of the event
        """
        if not counts(event_type, vals.get("open_kind")):
            return False
        awaited = self._get_awaited()
        return bool(awaited) and (event_type, tracking.model) in awaited

    @api.model
    @tools.ormcache()
    def _get_awaited(self):
        """The types of events, and the models of emails, that rules wait for."""
        triggers = self._get_triggers()
        # sudo: mail.tracking.rule - the administrator's rules hold for events that anybody logs
        return frozenset(
            (event_type, rule.model_name)
            for rule in self.sudo().search([("active", "=", True)])
            for event_type in triggers[rule.trigger].event_types
        )

    def _get_record_domain(self):
        return Domain(literal_eval(self.domain or "[]"))

    def _get_email_domain(self):
        """Domain of the emails that this rule is for, as they are now.

        Mailings have their own statistics. What becomes of an email to a colleague is shown where
        it was written; a rule is about people outside.
        """
        self.ensure_one()
        Model = self.env[self.model_name].with_context(active_test=False)
        domain = Domain(
            [
                ("model", "=", self.model_name),
                ("res_id", "in", Model._search(self._get_record_domain())),
                ("mailing_id_int", "in", (False, 0)),
                ("is_outside", "=", True),
            ]
        )
        if self.template_id:
            domain &= Domain("template_id", "=", self.template_id.id)
        return domain & Domain(self._get_triggers()[self.trigger].domain)

    def _filter_emails(self, trackings):
        """Those of these emails for which this rule fires, one for each message.

        Four queries at most.
        """
        if not trackings:
            return trackings
        domain = Domain("id", "in", trackings.ids) & self._get_email_domain()
        return self._filter_messages(trackings.search(domain, order="id"))

    def _filter_messages(self, trackings):
        """One of these emails for each message, without those of which the wait is over.

        What was sent while a rule of this kind ran starts none: rules would go round in circles.
        """
        trackings = trackings.filtered(lambda each: not each._is_sent_by_rule(self.trigger))
        unsettled = trackings - self._filter_settled(trackings)
        return unsettled.browse(
            {tracking._get_message_key(): tracking.id for tracking in reversed(unsettled)}.values()
        ).sorted("id")

    def _filter_settled(self, trackings):
        """Those of these emails of which nobody needs to wait any longer; two queries at most."""
        trigger = self._get_triggers()[self.trigger]
        if not trackings or not trigger.settled:
            return trackings.browse()
        if trigger.is_settled_by_record:
            domain = Domain(
                [
                    ("model", "=", self.model_name),
                    ("res_id", "in", list(set(trackings.mapped("res_id")))),
                    ("time", ">=", min(trackings.mapped("time")) - SAME_MESSAGE),
                ]
            )
        else:
            domain = Domain("mail_message_id", "in", trackings.mail_message_id.ids)
        settling = trackings.search(domain & Domain(trigger.settled))
        messages, last = settling.mail_message_id, {}
        if trigger.is_settled_by_record:
            messages |= messages.union(*trackings.mail_message_id._get_written_since())
            for tracking in settling.sorted("time"):
                last[tracking.res_id] = tracking.time
        return trackings.filtered(
            lambda tracking: (
                tracking.mail_message_id in messages
                or (tracking.res_id in last and last[tracking.res_id] >= tracking.time)
            )
        )

    # ------------------------------------------------------------
    # WHEN
    # ------------------------------------------------------------

    @api.model
    def _run_on_events(self, events):
        """Run the rules that these events fulfil.

        :param events: ``mail.tracking.event`` whose states are applied
        """
        # only the superuser can do for all users what an administrator set up
        events = events.with_user(SUPERUSER_ID).filtered(
            lambda event: counts(event.event_type, event.open_kind)
        )
        triggers, types = self._get_triggers(), set(events.mapped("event_type"))
        names = [name for name, trigger in triggers.items() if trigger.event_types & types]
        for rule in self.with_user(SUPERUSER_ID).search([("trigger", "in", names)]):
            lock(rule)  # or two processes would each make a summary of their own
            is_own = Domain("event_type", "in", triggers[rule.trigger].event_types)
            rule._run(events.filtered_domain(is_own).tracking_email_id)

    @api.model
    def _run_timed(self):
        """Run the rules that wait for days, on what was sent since they last looked.

        The scheduled action calls it. A rule that another process is running is left alone.
        """
        names = [name for name, trigger in self._get_triggers().items() if not trigger.event_types]
        rules, seconds = self.search([("trigger", "in", names)]), 1
        for rule in rules:
            while seconds and rule._look_alone():
                seconds = self.env["ir.cron"]._commit_progress(1)
        self.env["ir.cron"]._commit_progress(remaining=0 if seconds else 1)

    def _look_alone(self):
        """Look at the next emails, unless somebody else is writing this rule or what it writes.

        :return: whether there may be more
        """
        try:
            with tracking_savepoint(self.env):
                return bool(try_lock(self)) and self._look_at_sent()
        except TRANSIENT_ERRORS:  # nothing is wrong, and the next run finds them
            _logger.info("Rule %s is busy", self.id)
            return False

    def _look_at_sent(self):
        """Look at the next emails whose days are over.

        :return: whether there may be more
        """
        until = time.time() - self.days * 86400
        if until <= self.checked_until:
            return False
        sent = Domain([("event_type", "=", ev.SENT), ("is_unproven", "=", False)])
        window = Domain([("timestamp", ">", self.checked_until), ("timestamp", "<=", until)])
        events = self.env["mail.tracking.event"].search(
            sent & window, limit=BATCH, order="timestamp, id"
        )
        is_full = len(events) == BATCH
        if is_full:  # with those of the same instant, of which the next search finds none
            until = events[-1].timestamp
            events |= events.search(sent & Domain("timestamp", "=", until))
        self._run(events.tracking_email_id)
        self.checked_until = until
        return is_full

    def _run(self, trackings):
        """Run this rule on those of these emails that it is for, each message once.

        Whatever fails is told to the owner of the rule, and costs nothing else.
        """
        # what an action finds locked is a failure of its rule: others do not wait for it
        retried = PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
        with (
            tracking_guard("looking for emails of a rule", "others go on", retried) as errors,
            tracking_savepoint(self.env),
        ):
            trackings = self._filter_emails(trackings)
        if not errors:
            errors = run_in_halves(trackings, self._act, f"running rule {self.id}")
        if errors:
            self._tell_failure(errors)

    # ------------------------------------------------------------
    # TRY IT
    # ------------------------------------------------------------

    def action_try(self):
        """List the emails of the last days that this rule would have run for; nothing changes."""
        self.check_access("read")
        self.ensure_one()
        # sudo: mail.tracking.email - as the scheduled action looks; the list shows users their own
        found = self.sudo()._search_tried()
        name = self.env._(
            "Try it, last %(days)s days: %(count)s", count=len(found), days=TRIED_DAYS
        )
        if len(found) >= MAX_TRIED:
            name = self.env._("Try it, last %(count)s emails", count=MAX_TRIED)
        domain = [("id", "in", found.ids)]
        return self.env["mail.tracking.email"]._prepare_list_action(domain, name)

    def _search_tried(self):
        """The emails of the last days for which this rule would fire as they are now."""
        until = fields.Datetime.now() - timedelta(days=self.days if self.is_timed else 0)
        window = Domain([("time", ">", until - timedelta(days=TRIED_DAYS)), ("time", "<=", until)])
        trackings = self.env["mail.tracking.email"].search(
            window & self._get_email_domain(), limit=MAX_TRIED, order="time DESC, id DESC"
        )
        return self._filter_messages(trackings)

    def action_open_emails(self):
        """List the emails that this rule ran for."""
        self.check_access("read")
        self.ensure_one()
        domain = [("rule_run_ids.rule_id", "=", self.id)]
        return self.env["mail.tracking.email"]._prepare_list_action(domain, self.name)


def counts(event_type, open_kind):
    """Whether an event may start a rule: opens and clicks by programs and our own do not."""
    return event_type not in HITS or not open_kind or open_kind in ev.COUNTED_OPEN_KINDS
