from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

from .mail_message import FAILED

#: What the chatter of a record shows of them; the next ones follow when these are reviewed.
MAX_SHOWN_FAILURES = 30


class MailTrackingEmail(models.Model):
    """Failures of mails whose message is gone: Odoo deletes many a mail once it is sent.

    They have no message that could be shown, so the tracking itself stands for them.
    """

    _inherit = "mail.tracking.email"

    model = fields.Char(
        "Related document model",
        readonly=True,
        help="The kind of record that the email was about, also after its message was deleted.",
    )
    res_id = fields.Many2oneReference(
        "Related document",
        model_field="model",
        readonly=True,
        help="The record that the email was about, also after its message was deleted.",
    )

    reviewed_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Who marked the failure as reviewed.",
    )
    reviewed_date = fields.Datetime(
        "Reviewed on",
        readonly=True,
        copy=False,
        help="When the failure was marked as reviewed.",
    )

    # of the chatter of a record
    _failed_record_idx = models.Index(
        "(model, res_id) WHERE needs_action IS TRUE AND mail_message_id IS NULL"
    )
    # of the counter of an author
    _failed_author_idx = models.Index(
        "(author_id) WHERE needs_action IS TRUE AND mail_message_id IS NULL"
    )

    @api.model
    def _add_records_of_messages(self, vals_list):
        """Add record and author where another addon names the message alone; one query."""
        without = [v for v in vals_list if v.get("mail_message_id") and "model" not in v]
        # sudo: mail.message - the tracking keeps of it what outlives it
        messages = self.env["mail.message"].sudo().browse(v["mail_message_id"] for v in without)
        for vals, message in zip(without, messages, strict=True):
            vals.update(model=message.model, res_id=message.res_id or False)
            vals.setdefault("author_id", message.author_id.id)

    @api.model
    def _get_without_message_domain(self):
        """Domain of the unreviewed failures whose message was deleted."""
        return Domain([("needs_action", "=", True), ("mail_message_id", "=", False)])

    @api.model
    def _get_own_without_message_domain(self):
        """Those of them that are of the user's emails."""
        own = Domain("author_id", "=", self.env.user.partner_id.id)
        return self._get_without_message_domain() & own

    # ------------------------------------------------------------
    # ACCESS
    # ------------------------------------------------------------

    def _filter_by_record(self, operation):
        """The trackings whose record lets the user read, or write, its messages.

        :param str operation: ``read`` or ``write``
        """
        # sudo: mail.tracking.email - only which records these are about
        trackings = self.sudo().filtered("res_id")
        ids = set()
        for model, own in trackings.grouped("model").items():
            if model not in self.env or self.env[model]._abstract:
                continue
            records = self.env[model].browse(set(own.mapped("res_id"))).exists()
            allowed = records.browse()
            for access, found in records._mail_group_by_operation_for_mail_message_operation(
                operation
            ).items():
                allowed |= found._filtered_access(access) if access else found.browse()
            ids.update(tracking.id for tracking in own if tracking.res_id in allowed._ids)
        return self.filtered(lambda tracking: tracking.id in ids)

    def _check_can_review(self):
        """Make sure that the user may review these failures.

        That is who sees them in the list (the author, the postmaster), who may review
        their message, and who may write their record.

        :raise AccessError: for anybody else
        """
        self.env["mail.message"]._check_is_internal()
        others = self - self._filtered_access("read")
        # sudo: mail.tracking.email - only which messages these are of
        with_message = others.sudo().filtered("mail_message_id")
        with_message.mail_message_id.sudo(False)._check_can_resolve()
        others -= with_message.sudo(False)
        if others - others._filter_by_record("write"):
            raise AccessError(
                self.env._(
                    "Only the author, the postmaster and those who may change the record "
                    "may review a failed email."
                )
            )

    # ------------------------------------------------------------
    # REVIEW
    # ------------------------------------------------------------

    def action_review(self):
        """Mark the failures of these trackings as reviewed.

        :return: client action that says how many, and offers to undo it
        :rtype: dict
        :raise AccessError: on one that is not the user's to review
        """
        self._check_can_review()
        # sudo: mail.tracking.email - bookkeeping; access was checked
        tracking_ids = self.sudo()._review()
        return {
            "type": "ir.actions.client",
            "tag": "mail_tracking.reviewed",
            "params": {"tracking_ids": tracking_ids},
        }

    def action_undo_review(self):
        """Bring back the failures that the user marked as reviewed.

        What arrived or was resent meanwhile is left alone.

        :raise AccessError: on one that is not the user's to review
        """
        self._check_can_review()
        failed_states = self._get_failed_states()
        # sudo: mail.tracking.email - bookkeeping; access was checked
        trackings = self.sudo().filtered(
            lambda tracking: (
                tracking.reviewed_by_id == self.env.user
                and tracking.state in failed_states
                and not tracking.successor_id
            )
        )
        trackings.write({"needs_action": True, "reviewed_by_id": False, "reviewed_date": False})
        trackings._sync_review()

    def _review(self):
        """Mark those of these trackings that need action as reviewed by the user.

        :return: their ids
        """
        trackings = self.filtered("needs_action")
        trackings.write(
            {
                "needs_action": False,
                "reviewed_by_id": self.env.uid,
                "reviewed_date": fields.Datetime.now(),
            }
        )
        trackings._sync_review()
        return trackings.ids

    def _sync_review(self):
        """Update messages, clients and core's notifications: a reviewed failure counts nowhere."""
        if not self:
            return
        self._sync_needs_action()
        # wait for others who write them: a user's click is retried, and not refused
        query = "SELECT FROM mail_notification WHERE mail_message_id = ANY(%s) ORDER BY id"
        lock = SQL(f"{query} FOR NO KEY UPDATE", self.mail_message_id.ids)
        self.env.cr.execute(lock, log_exceptions=False)
        self._sync_notifications()

    def _sync_needs_action(self):
        """Update messages and clients once these trackings need action, or no longer do."""
        self.mail_message_id._tracking_update_needs_action()
        if without := self.filtered(lambda tracking: not tracking.mail_message_id):
            without._notify_without_message()

    def action_open_document(self):
        """Open the record that an email was about.

        :raise UserError: where it is gone
        """
        self.ensure_one()
        self.check_access("read")
        Model = self.env.get(self.model)
        if Model is None or Model._abstract or not Model.browse(self.res_id).exists():
            raise UserError(self.env._("The record of this email does not exist any more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [[False, "form"]],
        }

    # ------------------------------------------------------------
    # CLIENT
    # ------------------------------------------------------------

    @api.model
    def _get_failed_of_records(self, records):
        """The failures without a message of these records, newest first; one search.

        :param records: of one model, which the user may read
        :return: ``mail.tracking.email`` with sudo, as who reads the record may see them
        """
        domain = self._get_without_message_domain() & Domain(
            [("model", "=", records._name), ("res_id", "in", records.ids)]
        )
        # sudo: mail.tracking.email - access follows the record
        trackings = self.sudo().search(domain, limit=MAX_SHOWN_FAILURES, order="id desc")
        return trackings and trackings.sudo(False)._filter_by_record("read").sudo()

    @api.model
    def _review_of_deleted(self, model, ids):
        """Settle the failures without a message of records that were deleted; one search.

        :param str model: of the records
        :param list ids: of the records
        """
        domain = self._get_without_message_domain() & Domain(
            [("model", "=", model), ("res_id", "in", ids)]
        )
        # sudo: mail.tracking.email - bookkeeping of records that the user could delete
        trackings = self.sudo().search(domain)
        trackings.needs_action = False
        trackings._sync_needs_action()

    def _to_store_defaults(self, target):
        """What the chatter shows of a failure without a message."""
        return [
            Store.Attr("author", lambda tracking: tracking.author_id.name or tracking.sender or ""),
            Store.Attr("date", lambda tracking: tracking.time),
            Store.Attr("is_own", lambda tracking: tracking.author_id == self.env.user.partner_id),
            Store.Attr("subject", lambda tracking: tracking.name or ""),
            Store.Attr("tracking", lambda tracking: tracking._prepare_recipient()),
        ]

    def _notify_without_message(self):
        """Notify those who see the failures of these trackings, which have no message."""
        for model, res_id in dict.fromkeys((tracking.model, tracking.res_id) for tracking in self):
            self.env["mail.message"]._send_tracking_update(
                model, res_id, message_ids=[], thread={"id": res_id, "model": model}
            )
        users = self.author_id.user_ids.filtered(lambda user: user._is_internal())
        group = self.env.ref("mail_tracking.group_postmaster", raise_if_not_found=False)
        # sudo: res.groups - who is notified
        for target in (*users.partner_id, *(group.sudo() if group else ())):
            target._bus_send(FAILED, {"message_ids": []})
