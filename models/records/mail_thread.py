from odoo import api, fields, models
from odoo.fields import Domain

from .mail_tracking_email import (
    ADDRESS_BOUNCED,
    NOT_ANSWERED,
    NOT_OPENED,
    SENT,
    SENT_BEFORE,
    SENT_SINCE,
)


class MailThread(models.AbstractModel):
    """What became of the emails of a record, for its lists.

    The groups of core's ``message_ids`` hold here as well.
    """

    _inherit = "mail.thread"

    mail_tracking_last_email = fields.Json(
        "Last email",
        compute="_compute_mail_tracking_last_email",
        search="_search_mail_tracking_last_email",
        groups="base.group_user",
        exportable=False,
        help="What became of the last email to somebody outside your company. With several "
        "recipients, the worst is shown.",
    )
    mail_tracking_last_date = fields.Datetime(
        "Last email on",
        compute="_compute_mail_tracking_last_date",
        search="_search_mail_tracking_last_date",
        groups="base.group_user",
        help="When the last email to somebody outside your company was sent.",
    )
    mail_tracking_not_opened = fields.Boolean(
        "Email not opened",
        compute="_compute_mail_tracking_flags",
        search="_search_mail_tracking_not_opened",
        groups="base.group_user",
        help="Somebody outside your company has not opened the last email. Emails whose opens "
        "cannot be known are left out.",
    )
    mail_tracking_not_answered = fields.Boolean(
        "Email not answered",
        compute="_compute_mail_tracking_flags",
        search="_search_mail_tracking_not_answered",
        groups="base.group_user",
        help="Nobody outside your company has answered the last email or written since.",
    )
    mail_tracking_address_bounced = fields.Boolean(
        "Email address bounced",
        compute="_compute_mail_tracking_flags",
        search="_search_mail_tracking_address_bounced",
        groups="base.group_user",
        help="Somebody did not get an email about this record, because their address is dead.",
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    @api.depends_context("uid", "lang", "tz")
    def _compute_mail_tracking_last_email(self):
        found = self.env["mail.tracking.email"]._get_last_emails(self._filter_emails_readable())
        for record in self:
            record.mail_tracking_last_email = found.get(record._origin.id, False)

    @api.depends("mail_tracking_last_email")
    def _compute_mail_tracking_last_date(self):
        for record in self:
            value = record.mail_tracking_last_email
            record.mail_tracking_last_date = value and value["time"]

    @api.depends_context("uid")
    def _compute_mail_tracking_flags(self):
        records = self._filter_emails_readable()
        for name in (
            "mail_tracking_not_opened",
            "mail_tracking_not_answered",
            "mail_tracking_address_bounced",
        ):
            found = records.with_context(active_test=False).search(
                [("id", "in", records.ids), (name, "=", True)]
            )
            for record in self:
                record[name] = record._origin.id in found._ids

    def _filter_emails_readable(self):
        """Those of these records whose messages the user may read."""
        if not self._has_field_access(self._fields["message_ids"], "read"):
            return self.browse()
        allowed = self.browse()
        grouped = self._origin._mail_group_by_operation_for_mail_message_operation("read")
        for operation, records in grouped.items():
            if operation:
                allowed |= records._filtered_access(operation)
        return allowed

    # ------------------------------------------------------------
    # SEARCH
    # ------------------------------------------------------------

    @api.model
    def _search_mail_tracking_last_email(self, operator, value):
        """Whether there was one."""
        if operator != "in" or set(value) != {False}:
            return NotImplemented
        return ~self._get_emails_domain(SENT)

    @api.model
    def _search_mail_tracking_last_date(self, operator, value):
        if operator == "in":
            return self._search_mail_tracking_last_email(operator, value)
        conditions = {">=": SENT_SINCE, "<": SENT_BEFORE}
        if operator not in conditions:
            return NotImplemented
        return self._get_emails_domain(conditions[operator], time=value)

    @api.model
    def _search_mail_tracking_not_opened(self, operator, value):
        return self._get_emails_domain(NOT_OPENED) if operator == "in" else NotImplemented

    @api.model
    def _search_mail_tracking_not_answered(self, operator, value):
        return self._get_emails_domain(NOT_ANSWERED) if operator == "in" else NotImplemented

    @api.model
    def _search_mail_tracking_address_bounced(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_emails_domain(ADDRESS_BOUNCED)
        if "email_bounced" in self._fields:
            domain |= Domain("email_bounced", "=", True)
        return domain

    @api.model
    def _get_emails_domain(self, condition, **values):
        """The same of ``mail.tracking.email``, for those who may read the messages of records."""
        for name in ("message_ids", "mail_tracking_last_email"):  # Odoo asks of stored fields only
            self._check_field_access(self._fields[name], "read")
        return self.env["mail.tracking.email"]._get_emails_domain(condition, **values)
