from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

from ..tools import body as body_tools
from ..tools.events import FAILED_STATES
from .doors import is_extended, is_extended_for_us
from .kept_fields import check_kept, without_defaults
from .statements import remember

#: Follows from what became of the mails.
KEPT = ("mail_tracking_needs_action",)
#: Locks messages, writes their flags to all their notifications, and tells whose they are.
SET_FLAGS = """
    SELECT id FROM mail_message WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE;
      WITH wrong AS MATERIALIZED (
           SELECT id, NOT flag AS flag
             FROM (SELECT message.id, message.mail_tracking_needs_action IS TRUE AS flag,
                          EXISTS (SELECT FROM mail_tracking_email row
                                   WHERE row.mail_message_id = message.id
                                     AND row.needs_action IS TRUE) AS is_needed
                     FROM mail_message message WHERE message.id = ANY(%(ids)s)) AS flags
            WHERE flag <> is_needed),
           notifications AS (
           UPDATE mail_notification SET mail_tracking_needs_action = wrong.flag FROM wrong
            WHERE mail_message_id = wrong.id AND res_partner_id IS NOT NULL
              AND mail_tracking_needs_action IS DISTINCT FROM wrong.flag)
           %(message_changes)s
    SELECT wrong.id, wrong.flag, owner.partner_id
      FROM wrong
 LEFT JOIN (SELECT DISTINCT people.message_id, people.partner_id
              FROM (SELECT message.id AS message_id, author_id AS partner_id
                      FROM mail_message message JOIN wrong ON wrong.id = message.id
                     UNION ALL
                    SELECT mail_message_id, res_partner_id
                      FROM mail_notification JOIN wrong ON wrong.id = mail_message_id) AS people
              JOIN res_users ON res_users.partner_id = people.partner_id
             WHERE res_users.active IS TRUE AND res_users.share IS NOT TRUE
           ) AS owner ON owner.message_id = wrong.id
  ORDER BY wrong.id, owner.partner_id
"""

#: context key: the messages that are deleted go with their mails, and their failures stay
KEEP_FAILURES = "mail_tracking_keep_failures"


class MailMessage(models.Model):
    _inherit = "mail.message"

    mail_tracking_ids = fields.One2many(
        "mail.tracking.email",
        "mail_message_id",
        "Tracking emails",
        groups="base.group_system",
        copy=False,
        help="What became of the emails of this message, one line for each recipient.",
    )
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
    email_to = fields.Char(
        "To",
        compute="_compute_email_headers",
        inverse="_inverse_email_to",
        help="To whom a received email was addressed.",
    )
    email_cc = fields.Char(
        "Cc",
        compute="_compute_email_headers",
        inverse="_inverse_email_cc",
        help="Who got a copy of a received email.",
    )

    # the ORM asks "IS TRUE", and PostgreSQL uses a partial index of the very same words only
    _mail_tracking_needs_action_idx = models.Index(
        "(model, res_id, author_id) WHERE mail_tracking_needs_action IS TRUE"
    )

    @api.depends("incoming_email_to", "incoming_email_cc")
    def _compute_email_headers(self):
        """Names of an earlier version for what core stores itself since Odoo 19."""
        for message in self:
            message.email_to = message.incoming_email_to
            message.email_cc = message.incoming_email_cc

    def _inverse_email_to(self):
        for message in self:
            message.incoming_email_to = message.email_to

    def _inverse_email_cc(self):
        for message in self:
            message.incoming_email_cc = message.email_cc

    # ------------------------------------------------------------
    # FAILURES
    # ------------------------------------------------------------

    @api.model
    @api.private
    def get_failed_states(self):
        """The states of a tracking in which somebody should look at its mail.

        :rtype: set
        """
        return set(FAILED_STATES)

    def set_need_action_done(self):
        """Mark the failures of these messages as reviewed.

        :raise AccessError: on a message that the user may not read, or that is not the
            user's to mend
        """
        self._check_can_mend()
        # sudo: mail.tracking.email - bookkeeping of messages whose access was checked
        self.env["mail.tracking.email"].sudo().search(
            [("mail_message_id", "in", self.ids), ("needs_action", "=", True)]
        ).needs_action = False
        self._tracking_update_needs_action()

    def _tracking_update_needs_action(self):
        """Let the flag of these messages follow the flags of their trackings.

        One after the other: who does not see what another transaction does to a
        recipient of the same message would leave a wrong flag.
        """
        if not self:
            return
        # sudo: mail.message - bookkeeping, in a field that nobody else writes
        messages = self.sudo()
        by_record = is_extended_for_us(messages, "write")
        found = messages._tracking_set_flags(by_record=by_record)
        flags = {message_id: flag for message_id, flag, _partner_id in found}
        vals_by_id = {
            message_id: {"mail_tracking_needs_action": flag} for message_id, flag in flags.items()
        }
        changed = messages.browse(flags)
        if by_record:
            for message in changed:
                message.write(vals_by_id[message.id])
        else:
            remember(changed, vals_by_id)
        if flags:
            self.env["mail.notification"].invalidate_model(["mail_tracking_needs_action"])
        changed._tracking_ping_owners(
            [(message_id, partner_id) for message_id, _flag, partner_id in found if partner_id]
        )

    def _tracking_set_flags(self, *, by_record):
        """Lock these messages, and set right those of their flags that are wrong.

        :param bool by_record: leave those of the messages themselves to the caller
        :return: message id, its flag, and the contact of an internal user who wrote it or was
            notified, or None; those that are right are left out
        :rtype: list[tuple]
        """
        self.env["mail.tracking.email"].flush_model(["mail_message_id", "needs_action"])
        # who wrote it and when are written here too, past what waits to be written
        log = ["write_uid", "write_date"]
        self.flush_recordset(["mail_tracking_needs_action", "author_id", *log])
        Notification = self.env["mail.notification"]
        Notification.flush_model(
            ["mail_message_id", "res_partner_id", "mail_tracking_needs_action"]
        )
        self.env["res.users"].flush_model(["partner_id", "active", "share"])
        changes = SQL(
            """, messages AS (
                UPDATE mail_message
                   SET mail_tracking_needs_action = wrong.flag, write_uid = %s, write_date = %s
                  FROM wrong WHERE mail_message.id = wrong.id)""",
            self.env.uid,
            self.env.cr.now(),
        )
        query = SQL(SET_FLAGS, ids=list(self._ids), message_changes=SQL() if by_record else changes)
        self.env.cr.execute(query, log_exceptions=False)
        found = self.env.cr.fetchall()
        self._tracking_make_sure(list({key for key, flag, _partner_id in found if not flag}))
        return found

    @api.model
    def _tracking_make_sure(self, message_ids):
        """Make sure that nothing failed of these messages that this transaction cannot see.

        Their flag goes. Who failed meanwhile left the message as it was, as it had
        the flag already.

        :raise psycopg2.Error: where a recipient is being written, or was; whoever called
            comes again, or leaves it to the cron
        """
        if message_ids:
            query = """
                SELECT FROM mail_tracking_email WHERE mail_message_id = ANY(%s)
                 ORDER BY id FOR NO KEY UPDATE NOWAIT
            """
            self.env.cr.execute(SQL(query, message_ids), log_exceptions=False)

    @api.model_create_multi
    def create(self, vals_list):
        check_kept(self, KEPT, vals_list)
        return super(MailMessage, without_defaults(self, KEPT)).create(vals_list)

    def write(self, vals):
        check_kept(self, KEPT, [vals])
        return super().write(vals)

    def unlink(self):
        # core deletes mails that were sent, and these, before the outcome is written
        if self:
            # sudo: mail.tracking.email - bookkeeping of messages that the user may delete
            rows = self.env["mail.tracking.email"].sudo()
            rows = rows.search(
                [
                    ("mail_message_id", "in", self.ids),
                    "|",
                    ("state", "=", False),
                    ("needs_action", "=", True),
                ]
            )
            # what was never tried waits for nothing any more
            waiting = rows.filtered(lambda row: not row.state)
            failed = rows._get_chain() - waiting
            waiting.unlink()
            if not self.env.context.get(KEEP_FAILURES):
                # who deletes a message, or its record, needs not hear of its failures any more
                failed.needs_action = False
        return super().unlink()

    # ------------------------------------------------------------
    # CLIENT
    # ------------------------------------------------------------

    @api.private
    def tracking_status(self):
        """What became of this message, for each recipient.

        :return: dicts with ``status``, ``status_human``, ``error_type``,
            ``error_description``, ``tracking_id``, ``recipient``, ``partner_id``, ``isCc`` ...
        :rtype: list[dict]
        """
        self.ensure_one()
        return self.env["mail.tracking.email"]._get_status_by_message(self).get(self.id, [])

    def get_tracking_details(self, tracking_id):
        """The events of one recipient of this message, in plain words.

        :param int tracking_id: a ``mail.tracking.email`` of this message
        :rtype: dict
        :raise AccessError: when the user may not read the message
        """
        self.ensure_one()
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only internal users may see the tracking of emails."))
        self.check_access("read")
        # sudo: mail.tracking.email - whoever may read the message may see what became of it
        row = (
            self.env["mail.tracking.email"]
            .sudo()
            .search([("id", "=", tracking_id), ("mail_message_id", "=", self.id)])
        )
        return row._get_details() if row else {"events": []}

    def _to_store_defaults(self, target):
        defaults = super()._to_store_defaults(target)
        if target.is_internal(self.env):
            defaults.append("partner_trackings")
        return defaults

    def _to_store(self, store: Store, fields, **kwargs):
        wanted = "partner_trackings" in fields
        fields = [field for field in fields if field != "partner_trackings"]
        super()._to_store(store, fields, **kwargs)
        if not wanted or kwargs.get("msg_vals"):
            # a message that is just being pushed has no news yet, and costs no query
            return
        tracked = self.filtered(lambda message: message.model != "discuss.channel")
        if not is_extended(self, "tracking_status"):
            # sudo inside: whoever may read the message may see what became of it
            self.env["mail.tracking.email"]._add_lines_to_store(store, tracked)
            return
        for message in tracked:
            if status := message.tracking_status():
                flag = message.mail_tracking_needs_action
                values = {"mail_tracking_needs_action": flag, "partner_trackings": status}
                store.add(message, values)

    def _tracking_to_store(self, store):
        """News about messages for a client, which knows them or not.

        The counter of the Failed mailbox goes along, as it follows them.

        :param Store store: of the user
        """
        store.add_global_values(**self._get_failed_values())
        store.add(self)
        for message in self:
            store.add(message, {"mail_tracking_needs_action": message.mail_tracking_needs_action})

    def _field_store_repr(self, field_name):
        if field_name == "body":
            return [Store.Attr("body", lambda message: message._get_clean_body())]
        return super()._field_store_repr(field_name)

    def _get_clean_body(self):
        """The body without the pixels that came with a quoted mail.

        Showing them in the chatter would count as an opening.
        """
        if not self.body:
            return self.body
        # the body was sanitized when it was stored; taking images out keeps it so
        return Markup(body_tools.strip_pixels(self.body))  # noqa: S704
