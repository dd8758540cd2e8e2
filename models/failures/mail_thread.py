from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.mail.tools.discuss import Store

FILTER_NAME = "failed_message_ids"
#: What else is said of the emails of a record, to those alone who may read its messages.
EMAIL_FIELDS = (
    "mail_tracking_last_email",
    "mail_tracking_last_email_column",
    "mail_tracking_last_date",
    "mail_tracking_not_opened",
    "mail_tracking_not_answered",
    "mail_tracking_address_bounced",
)


class MailThread(models.AbstractModel):
    """The failed messages of a record: in its chatter, and in the filters of its list."""

    _inherit = "mail.thread"

    # found through core's ``message_ids``, whose groups hold here as well
    failed_message_ids = fields.One2many(
        "mail.message",
        string="Failed messages",
        compute="_compute_failed_message_ids",
        search="_search_failed_message_ids",
        groups="base.group_user",
        help="Messages that a recipient did not get, and that nobody reviewed yet.",
    )

    @api.depends_context("uid")
    def _compute_failed_message_ids(self):
        domain = self._get_failed_domain() & Domain("message_type", "!=", "user_notification")
        failed = self.env["mail.message"].search(domain).grouped("res_id")
        for record in self:
            record.failed_message_ids = failed.get(record._origin.id, False)

    @api.model
    def _search_failed_message_ids(self, operator, value):
        """Who may read the record knows whether there is one; its content is searched in the
        messages that the user may read only."""
        failed = Domain("mail_tracking_needs_action", "=", True)
        if operator == "in":
            ids = [message_id for message_id in value if message_id]
            none = Domain("message_ids", "not any", failed) if False in value else Domain.FALSE
            if not ids:
                return none
            return none | self._search_failed_message_ids("any", Domain("id", "in", ids))
        if operator != "any":
            return NotImplemented
        found = self.env["mail.message"]._search(failed & Domain("model", "=", self._name) & value)
        return Domain("message_ids", "any", Domain("id", "in", found))

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        res = super().fields_get(allfields, attributes)
        if not self._has_field_access(self._fields["message_ids"], "read"):
            for name in (FILTER_NAME, *EMAIL_FIELDS):
                res.pop(name, None)
        return res

    def unlink(self):
        """Override of ``mail``: the failures of a record are settled with it."""
        res = super().unlink()
        if self:
            self.env["mail.tracking.email"]._review_of_deleted(self._name, self.ids)
        return res

    @api.model
    def notify_cancel_by_type(self, notification_type):
        """Override of ``mail``: who dismisses core's failures of a model has reviewed them."""
        res = super().notify_cancel_by_type(notification_type)
        if notification_type == "email":
            own = Domain("model", "=", self._name) & Domain(
                "author_id", "=", self.env.user.partner_id.id
            )
            failed = Domain("is_failed_message", "=", True)
            self.env["mail.message"].search(failed & own).set_need_action_done()
        return res

    # ------------------------------------------------------------
    # CHATTER
    # ------------------------------------------------------------

    def _thread_to_store(self, store: Store, fields, *, request_list=None):
        res = super()._thread_to_store(store, fields, request_list=request_list)
        if "failed_messages" in (request_list or ()) and store.target.is_internal(self.env):
            messages = self._get_failed_messages().grouped("res_id")
            Tracking = self.env["mail.tracking.email"]
            emails = Tracking._get_failed_of_records(self).grouped("res_id")
            for thread in self:
                values = {
                    "failed_emails": Store.Many(emails.get(thread.id, Tracking)),
                    "failed_messages": Store.Many(
                        messages.get(thread.id, self.env["mail.message"])
                    ),
                }
                store.add(thread, values, as_thread=True)
        return res

    def _get_failed_messages(self):
        """The failed and unreviewed messages of these records, newest first; one search.

        :return: ``mail.message`` records that the user may read
        """
        return self.env["mail.message"].sudo(False).search(self._get_failed_domain())

    def _get_failed_domain(self):
        """Domain of the failed and unreviewed messages of these records."""
        return (
            Domain("mail_tracking_needs_action", "=", True)
            & Domain("model", "=", self._name)
            & Domain("res_id", "in", self.ids)
        )
