from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.events import FAILED_STATES
from ..guard import check_kept, without_defaults

#: Derived from the trackings of the message.
KEPT = ("mail_tracking_needs_action",)
#: Failed emails without a message that are counted, at each start of the web client.
MAX_COUNTED_EMAILS = 1000
#: Bus: a failure in the user's mailbox was added or settled.
FAILED = "mail_tracking/failed"
#: context key: messages are deleted together with their mails, and their failures stay
KEEP_FAILURES = "mail_tracking_keep_failures"


class MailMessage(models.Model):
    """The failures of a message, and the mailbox *Failed*: whose they are to resolve."""

    _inherit = "mail.message"

    mail_tracking_needs_action = fields.Boolean(
        "Needs action",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="A recipient did not get it, and nobody reviewed that yet.",
    )
    is_failed_message = fields.Boolean(
        "Failed message",
        compute="_compute_is_failed_message",
        search="_search_is_failed_message",
        groups="base.group_user",
        help="A recipient did not get it, and it is yours to review, as author or notified.",
    )

    # the ORM asks "IS TRUE", and PostgreSQL uses a partial index of the very same words only
    _mail_tracking_needs_action_idx = models.Index(
        "(model, res_id, author_id) WHERE mail_tracking_needs_action IS TRUE"
    )
    _mail_tracking_failed_author_idx = models.Index(
        "(author_id, id) WHERE mail_tracking_needs_action IS TRUE"
    )
    _mail_tracking_failed_idx = models.Index("(id) WHERE mail_tracking_needs_action IS TRUE")

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        check_kept(self, KEPT, vals_list)
        return super(MailMessage, without_defaults(self, KEPT)).create(vals_list)

    def write(self, vals):
        check_kept(self, KEPT, [vals])
        return super().write(vals)

    def unlink(self):
        if self:
            # sudo: mail.tracking.email - bookkeeping of messages that the user may delete
            trackings = self.env["mail.tracking.email"].sudo()
            trackings = trackings.search(
                [
                    ("mail_message_id", "in", self.ids),
                    "|",
                    ("state", "=", False),
                    ("needs_action", "=", True),
                ]
            )
            # of one that has events, the state is only not known yet
            waiting = trackings.filtered(lambda t: not t.state and not t.tracking_event_ids)
            failed = trackings._get_chain() - waiting
            waiting.unlink()
            if not self.env.context.get(KEEP_FAILURES):
                # who deletes a message, or its record, has seen its failures
                failed.needs_action = False
        return super().unlink()

    # ------------------------------------------------------------
    # THE FLAG
    # ------------------------------------------------------------

    @api.model
    @api.private
    def get_failed_states(self):
        """The states of a tracking that count as failures."""
        return set(FAILED_STATES)

    def _tracking_update_needs_action(self):
        """Derive the flag of these messages from the flags of their trackings.

        The messages are locked: a transaction that does not see what another one does to a
        recipient of the same message would leave a wrong flag.
        """
        if not self:
            return
        lock = SQL(
            "SELECT id FROM mail_message WHERE id IN %s ORDER BY id FOR NO KEY UPDATE", self._ids
        )
        self.env.cr.execute(lock, log_exceptions=False)
        # sudo: mail.message, mail.notification - bookkeeping, in a field that nobody else writes
        messages = self.sudo().browse(message_id for [message_id] in self.env.cr.fetchall())
        messages.fetch([*KEPT, "author_id"])
        needed = [("mail_message_id", "in", messages.ids), ("needs_action", "=", True)]
        groups = self.env["mail.tracking.email"].sudo()._read_group(needed, ["mail_message_id"])
        failed = messages.browse(message.id for [message] in groups)
        changed = messages.filtered(lambda m: m.mail_tracking_needs_action != (m in failed))
        if not changed:
            return
        if settled := changed - failed:
            settled._check_no_concurrent_failure()
            settled.mail_tracking_needs_action = False
        (changed & failed).mail_tracking_needs_action = True
        changed.flush_recordset(KEPT)  # searches of core do not wait for it
        notifications = changed._get_owner_notifications()
        for flag, group in notifications.grouped(
            lambda n: n.mail_message_id.mail_tracking_needs_action
        ).items():
            group.mail_tracking_needs_action = flag
        changed._notify_tracking_owners(notifications)

    def _get_owner_notifications(self):
        """The notifications of these messages that have the flag, or whose recipient is a user.

        Others have no mailbox: most recipients are customers.
        """
        of_user = Domain("mail_tracking_needs_action", "=", True)
        of_user |= Domain("res_partner_id.user_ids", "!=", False)
        return (
            self.env["mail.notification"]
            .with_context(active_test=False)
            .search_fetch(
                Domain("mail_message_id", "in", self.ids) & of_user,
                ["mail_message_id", "res_partner_id", *KEPT],
            )
        )

    def _check_no_concurrent_failure(self):
        """Raise where a recipient failed in a transaction that this one cannot see.

        The flag of these messages is about to be cleared, and a concurrent failure would not
        set it again, as it found it set.

        :raise psycopg2.Error: the caller is retried, or leaves it to the cron
        """
        query = """
            SELECT FROM mail_tracking_email WHERE mail_message_id IN %s
             ORDER BY id FOR NO KEY UPDATE NOWAIT
        """
        self.env.cr.execute(SQL(query, self._ids), log_exceptions=False)

    def _notify_tracking_owners(self, notifications):
        """Notify the authors of these messages, and who was notified of them.

        :param notifications: ``mail.notification`` of the latter
        """
        ids_by_partner = defaultdict(set)
        for message in self:
            ids_by_partner[message.author_id].add(message.id)
        for notification in notifications:
            ids_by_partner[notification.res_partner_id].add(notification.mail_message_id.id)
        partners = self.env["res.partner"].union(*ids_by_partner)
        internal = [
            ("share", "=", False),
            ("active", "=", True),
            ("partner_id", "in", partners.ids),
        ]
        for partner in self.env["res.users"].search_fetch(internal, ["partner_id"]).partner_id:
            partner._bus_send(FAILED, {"message_ids": sorted(ids_by_partner[partner])})

    def _message_notifications_to_store(self, store):
        """Override of ``mail``: the messaging menu has to know which failures are in *Failed*."""
        res = super()._message_notifications_to_store(store)
        if store.target.is_internal(self.env):
            store.add(self, ["mail_tracking_needs_action"])
        return res

    # ------------------------------------------------------------
    # MAILBOX
    # ------------------------------------------------------------

    @api.depends("mail_tracking_needs_action", "author_id", "notified_partner_ids")
    @api.depends_context("uid")
    def _compute_is_failed_message(self):
        failed = self.filtered("mail_tracking_needs_action")
        mine = failed._filter_author_or_notified()
        for message in self:
            message.is_failed_message = message in mine

    def _search_is_failed_message(self, operator, value):
        if operator != "in":
            return NotImplemented
        if not self.env.user._is_internal():
            return Domain.FALSE
        # the flag is repeated so that the planner uses its partial index
        return Domain("mail_tracking_needs_action", "=", True) & Domain(
            "id", "any", self._get_failed_query()
        )

    @api.model
    def _get_failed_query(self):
        """The ids of the messages in the user's mailbox *Failed*, as SQL.

        A UNION instead of an OR: each half reads a partial index of unreviewed failures only.
        """
        self.flush_model(["author_id", "mail_tracking_needs_action"])
        self.env["mail.notification"].flush_model(
            ["mail_message_id", "res_partner_id", "mail_tracking_needs_action"]
        )
        return SQL(
            "SELECT id FROM mail_message"
            " WHERE mail_tracking_needs_action IS TRUE AND author_id = %(pid)s"
            " UNION SELECT mail_message_id FROM mail_notification"
            " WHERE mail_tracking_needs_action IS TRUE AND res_partner_id = %(pid)s",
            pid=self.env.user.partner_id.id,
        )

    def _filter_author_or_notified(self):
        """The messages that the user wrote or was notified of; one query."""
        partner = self.env.user.partner_id
        # sudo: mail.message, mail.notification - whether the user takes part
        own = self.sudo().filtered(lambda message: message.author_id == partner)
        if others := self.sudo() - own:
            domain = [("mail_message_id", "in", others.ids), ("res_partner_id", "=", partner.id)]
            notified = self.env["mail.notification"].sudo()
            own |= notified.search_fetch(domain, ["mail_message_id"]).mail_message_id
        return self & own.sudo(False)

    @api.model
    def get_failed_count(self):
        """Number of failures that are the user's to review: messages, and emails without one."""
        return sum(self._get_failed_counts())

    @api.model
    def _get_failed_counts(self):
        """Number of failed messages, and of failed emails whose message is gone; one query.

        Of the emails all that the user sees in the list, the own ones or a postmaster's: up to
        a limit, as strangers can cause any number of them."""
        if not self.env.user._is_internal():
            return 0, 0
        Tracking = self.env["mail.tracking.email"]
        emails = Tracking._search(Tracking._get_without_message_domain(), limit=MAX_COUNTED_EMAILS)
        [counts] = self.env.execute_query(
            SQL(
                "SELECT (SELECT count(*) FROM (%s) AS failed),"
                " (SELECT count(*) FROM (%s) AS emails)",
                self._get_failed_query(),
                emails.select(),
            )
        )
        return counts

    @api.model
    def _get_failed_values(self):
        """What the client knows of the mailbox *Failed*, and of what it holds besides messages."""
        messages, emails = self._get_failed_counts()
        return {
            "failed": {"counter": messages + emails, "id": "failed", "model": "mail.box"},
            "mail_tracking_failed_emails": emails,
        }

    # ------------------------------------------------------------
    # REVIEW
    # ------------------------------------------------------------

    def set_need_action_done(self):
        """Mark the failures of these messages as reviewed.

        :return: ids of the trackings that were reviewed, for ``action_undo_review``
        :rtype: list
        :raise AccessError: on a message that the user may not read, or that is not the
            user's to resolve
        """
        self._check_can_resolve()
        # sudo: mail.tracking.email - bookkeeping of messages whose access was checked
        trackings = self.env["mail.tracking.email"].sudo()
        trackings = trackings.search(
            [("mail_message_id", "in", self.ids), ("needs_action", "=", True)]
        )
        return trackings._review()

    @api.model
    def set_all_need_action_done(self):
        """Mark all failures in the user's mailbox as reviewed.

        Of the emails without a message the own ones: a postmaster reviews those of others in
        the list, where they can be seen.

        :return: ids of the trackings that were reviewed, for ``action_undo_review``
        :rtype: list
        """
        tracking_ids = self.search([("is_failed_message", "=", True)]).set_need_action_done()
        Tracking = self.env["mail.tracking.email"]
        emails = Tracking.search(Tracking._get_own_without_message_domain())
        emails._check_can_review()
        # sudo: mail.tracking.email - bookkeeping; access was checked
        return tracking_ids + emails.sudo()._review()

    @api.model
    def get_review_count(self):
        """How many failures ``set_all_need_action_done`` would mark as reviewed."""
        messages, _emails = self._get_failed_counts()
        Tracking = self.env["mail.tracking.email"]
        return messages + Tracking.search_count(Tracking._get_own_without_message_domain())

    @api.model
    def get_failed_email_details(self, tracking_id):
        """The events of an email whose message is gone, in plain words.

        :param int tracking_id: a ``mail.tracking.email``
        :rtype: dict
        :raise AccessError: when the user sees it neither in the list nor on its record
        """
        self._check_is_internal()
        # sudo: mail.tracking.email - access is checked below
        tracking = self.env["mail.tracking.email"].sudo()
        tracking = tracking.search([("id", "=", tracking_id), ("mail_message_id", "=", False)])
        own = tracking.sudo(False)
        if not own._filtered_access("read") and not own._filter_by_record("read"):
            raise AccessError(self.env._("Only people who may read its record may see this email."))
        return tracking._get_details()

    def _check_can_resolve(self):
        """Make sure that the user may review these failures, and resend the messages.

        That is the author, those notified, those who may write the record, and the
        postmaster.

        :raise AccessError: for anybody else, and for messages that the user may not read
        """
        self._check_is_internal()
        self.check_access("read")
        if self.env.user.has_group("mail_tracking.group_postmaster"):
            return
        foreign = self - self._filter_author_or_notified()
        if foreign - foreign._filter_record_writable():
            raise AccessError(
                self.env._(
                    "Only the author, the notified people and those who may change the record "
                    "may resolve a failed message."
                )
            )

    @api.model
    def _check_is_internal(self):
        """Portal users resolve nothing, not even what they wrote.

        :raise AccessError: for them
        """
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only internal users may resolve failed messages."))

    def _filter_record_writable(self):
        """The messages whose record the user may write."""
        ids = set()
        for model, messages in self.filtered("res_id").grouped("model").items():
            if not model or model not in self.env or self.env[model]._abstract:
                continue
            records = self.env[model].browse(set(messages.mapped("res_id"))).exists()
            writable = set(records._filtered_access("write").ids)
            ids.update(message.id for message in messages if message.res_id in writable)
        return self.filtered(lambda message: message.id in ids)
