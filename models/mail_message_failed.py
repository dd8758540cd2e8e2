from collections import defaultdict

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import smtp_setup

#: Reasons that lie with a mail server and not with an address or the content: when it
#: works again, the same mail to the same address may well arrive.
SERVER_REASONS = (*smtp_setup.REASONS, "mail_smtp", "network", "rate", "greylisted")

#: Failed emails without a message that are counted, at each start of the web client.
MAX_COUNTED_EMAILS = 1000


class MailMessage(models.Model):
    """The mailbox *Failed*: whose it is to mend a failure, and how many there are."""

    _inherit = "mail.message"

    _mail_tracking_failed_author_idx = models.Index(
        "(author_id, id) WHERE mail_tracking_needs_action IS TRUE"
    )
    _mail_tracking_failed_idx = models.Index("(id) WHERE mail_tracking_needs_action IS TRUE")

    # ------------------------------------------------------------
    # MAILBOX
    # ------------------------------------------------------------

    @api.depends("mail_tracking_needs_action", "author_id", "notified_partner_ids")
    @api.depends_context("uid")
    def _compute_is_failed_message(self):
        failed = self.filtered("mail_tracking_needs_action")
        mine = failed._filter_author_or_notified() if failed else failed
        for message in self:
            message.is_failed_message = message in mine

    def _search_is_failed_message(self, operator, value):
        if operator != "in":
            return NotImplemented
        if not self.env.user._is_internal():
            return Domain.FALSE
        # the flag is repeated for the planner: it walks the failed messages, not all
        return Domain("mail_tracking_needs_action", "=", True) & Domain(
            "id", "any", self._get_failed_query()
        )

    @api.model
    def _get_failed_query(self):
        """The ids of the messages in the user's mailbox *Failed*, as SQL.

        Two halves and no OR, each read from an index that holds nothing else: it takes as
        long as the user has unreviewed failures, however many mails, notifications and
        failures of others there are.

        :rtype: SQL
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
        """Those of these messages that the user wrote or was notified of; one query."""
        partner = self.env.user.partner_id
        # sudo: mail.message, mail.notification - whether the user takes part
        own = self.sudo().filtered(lambda message: message.author_id == partner)
        others = self - own
        notified = (
            self.env["mail.notification"]
            .sudo()
            .search_fetch(
                [("mail_message_id", "in", others.ids), ("res_partner_id", "=", partner.id)],
                ["mail_message_id"],
            )
            if others
            else self.env["mail.notification"]
        )
        ids = {*own.ids, *notified.mail_message_id.ids}
        return self.filtered(lambda message: message.id in ids)

    @api.model
    def get_failed_count(self):
        """Number of failures that are the user's to review: messages, and emails without one.

        :rtype: int
        """
        return sum(self._get_failed_counts())

    @api.model
    def _get_failed_counts(self):
        """Number of failed messages, and of failed emails whose message is gone; one query.

        Of the emails all that the user sees in the list, the own ones or a postmaster's: up to
        a limit, as strangers can cause any number of them.

        :rtype: tuple
        """
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
    def _get_failed_mailbox(self):
        """The mailbox *Failed*, as the client knows it.

        :rtype: dict
        """
        return self._get_failed_values()["failed"]

    @api.model
    def _get_failed_values(self):
        """What the client knows of the mailbox *Failed*, and of what it holds besides messages.

        :rtype: dict
        """
        messages, emails = self._get_failed_counts()
        return {
            "failed": {"counter": messages + emails, "id": "failed", "model": "mail.box"},
            "mail_tracking_failed_emails": emails,
        }

    # ------------------------------------------------------------
    # REVIEW
    # ------------------------------------------------------------

    def _check_can_mend(self):
        """Make sure that the user may review these failures, and send the messages again.

        That is the author, whoever was notified, whoever may write the record, and the
        postmaster.

        :raise AccessError: for anybody else, and for what the user may not even read
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
                    "may mend a failed message."
                )
            )

    @api.model
    def _check_is_internal(self):
        """Portal users and visitors mend nothing, not even what they wrote themselves.

        :raise AccessError: for them
        """
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only internal users may mend failed messages."))

    def _filter_record_writable(self):
        """Those of these messages whose record the user may write."""
        ids = set()
        for model, messages in self.filtered("res_id").grouped("model").items():
            if not model or model not in self.env or self.env[model]._abstract:
                continue
            records = self.env[model].browse(set(messages.mapped("res_id"))).exists()
            writable = set(records._filtered_access("write").ids)
            ids.update(message.id for message in messages if message.res_id in writable)
        return self.filtered(lambda message: message.id in ids)

    @api.model
    def set_all_need_action_done(self):
        """Mark all failures in the user's mailbox as reviewed.

        Of the emails without a message the own ones: a postmaster reviews those of others in
        the list, where they can be seen.
        """
        self.search([("is_failed_message", "=", True)]).set_need_action_done()
        Tracking = self.env["mail.tracking.email"]
        own = Domain("author_id", "=", self.env.user.partner_id.id)
        Tracking.search(Tracking._get_without_message_domain() & own).action_review()

    @api.model
    def get_failed_email_details(self, tracking_id):
        """The events of an email whose message is gone, in plain words.

        :param int tracking_id: a ``mail.tracking.email``
        :rtype: dict
        :raise AccessError: when the user sees it neither in the list nor on its record
        """
        self._check_is_internal()
        # sudo: mail.tracking.email - access is checked below
        rows = self.env["mail.tracking.email"].sudo()
        rows = rows.search([("id", "=", tracking_id), ("mail_message_id", "=", False)])
        own = rows.sudo(False)
        if not own._filtered_access("read") and not own._filter_by_record("read"):
            raise AccessError(self.env._("Only people who may read its record may see this email."))
        return rows._get_details()

    # ------------------------------------------------------------
    # FAILURES OF A SERVER
    # ------------------------------------------------------------

    @api.model
    def _get_failed_server_domain(self):
        """Domain of the rows in the user's mailbox that a server of ours failed."""
        return Domain(
            [
                ("needs_action", "=", True),
                ("successor_id", "=", False),
                ("state", "=", "error"),
                ("error_type", "in", SERVER_REASONS),
            ]
        ) & Domain("mail_message_id", "any", self._get_failed_query())

    @api.model
    def get_failed_servers(self):
        """The mail servers that failed mails in the user's mailbox, worst first.

        :return: dicts with ``server`` (host name) and ``count`` (recipients)
        :rtype: list[dict]
        """
        if not self.env.user._is_internal():
            return []
        # sudo: mail.tracking.email - of messages in the mailbox of the user
        groups = (
            self.env["mail.tracking.email"]
            .sudo()
            ._read_group(
                self._get_failed_server_domain(),
                ["error_smtp_server", "mail_message_id"],
                ["__count"],
            )
        )
        messages = self.union(*(message.sudo(False) for _server, message, _count in groups))
        permitted = set(messages._filter_resendable()._ids)
        counts = defaultdict(int)
        for server, message, count in groups:
            if message.id in permitted:
                counts[server or ""] += count
        servers = [{"server": server, "count": count} for server, count in counts.items()]
        return sorted(servers, key=lambda entry: (-entry["count"], entry["server"]))

    @api.model
    def resend_failed_of_server(self, server):
        """Send all again that a server failed in the user's mailbox, through the queue.

        :param str server: as ``get_failed_servers`` named it
        :return: number of mails queued
        :rtype: int
        :raise AccessError: for anybody but internal users
        """
        self._check_is_internal()
        domain = self._get_failed_server_domain() & Domain(
            "error_smtp_server", "=", str(server or "") or False
        )
        # sudo: mail.tracking.email - of messages in the mailbox of the user
        rows = self.env["mail.tracking.email"].sudo().search(domain)
        return len(rows._resend(rows._get_permitted_resends(), at_once=False))
