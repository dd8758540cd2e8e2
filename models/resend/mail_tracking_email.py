from collections import Counter, defaultdict
from smtplib import SMTPException

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, clean_context
from odoo.tools.mail import email_normalize_all

from ...tools import smtp
from .mail_message import UNCERTAIN_STATES
from .resend import Resend, read_address


class MailTrackingEmail(models.Model):
    """A mail that is resent gets a new tracking: the old one stays as it is, as evidence."""

    _inherit = "mail.tracking.email"

    successor_id = fields.Many2one(
        "mail.tracking.email",
        "Resent as",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The tracking of the email that was resent in the place of this one.",
    )
    predecessor_ids = fields.One2many(
        "mail.tracking.email",
        "successor_id",
        "Earlier attempts",
        readonly=True,
        help="The attempts before this one.",
    )
    resent_by_id = fields.Many2one(
        "res.users",
        "Resent by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Who resent the message, to this address and at this time.",
    )

    # ------------------------------------------------------------
    # CHAINS OF ATTEMPTS
    # ------------------------------------------------------------

    def _get_current(self):
        """The newest attempts that these trackings led to."""
        trackings, seen = self, self.browse()
        while superseded := trackings.filtered("successor_id") - seen:
            seen |= superseded
            trackings = (trackings - superseded) | superseded.successor_id
        return trackings

    def _get_chain(self):
        """These trackings and all earlier attempts at the same recipients, but those never made."""
        chain, trackings = self, self
        while trackings := trackings.predecessor_ids - chain:
            trackings = trackings.filtered(
                lambda tracking: tracking.state or not tracking.is_cancelled
            )
            chain |= trackings
        return chain

    def _supersede(self, successor):
        """Replace these trackings by another: they need no action any more, whatever happens."""
        self.write({"successor_id": successor.id, "needs_action": False})

    def unlink(self):
        # a mail that was to be resent and never was: the failure before it stands
        given_up = self.filtered(lambda tracking: not tracking.state)
        failed_states = self._get_failed_states()
        failed = given_up.predecessor_ids.filtered(
            lambda tracking: tracking.state in failed_states and tracking not in self
        )
        res = super().unlink()
        failed.needs_action = True
        failed._sync_needs_action()
        return res

    def _prepare_resend_lines(self):
        """Who resent the message, when, and to which address, in time order."""
        return [
            {
                "id": tracking.id,
                "time": fields.Datetime.to_string(tracking.time),
                "text": self.env._(
                    "Resent by %(user)s to %(address)s",
                    user=tracking.resent_by_id.name,
                    address=tracking.recipient_address or tracking.recipient,
                ),
            }
            for tracking in self.filtered("resent_by_id").sorted("id")
        ]

    # ------------------------------------------------------------
    # WHO GETS IT
    # ------------------------------------------------------------

    def _get_recipient_key(self):
        """The key of a recipient within a message."""
        return (
            self.mail_message_id.id,
            self.partner_id.id,
            self.recipient_address or self.recipient or "",
        )

    def _get_resends(self):
        """What it takes to resend the messages of these trackings; one query.

        Those whose mail is on its way, or that were resent already, are left out.

        :return: one ``Resend`` for each recipient
        """
        siblings = self.search(
            [
                ("mail_message_id", "in", self.mail_message_id.ids),
                ("successor_id", "=", False),
            ],
            order="id",
        )
        siblings.partner_id.mapped("email")  # of all at once
        resends = []
        for trackings in siblings.grouped(lambda tracking: tracking._get_recipient_key()).values():
            tracking = trackings[-1]
            if tracking in self and tracking.state:
                address = tracking._get_resend_address()
                resends.append(
                    Resend(tracking.mail_message_id, trackings, tracking.partner_id, address)
                )
        return resends

    def _get_permitted_resends(self):
        """What can be resent of these trackings to the addresses known, as far as the user may.

        :return: ``Resend`` objects of those that failed, or of which nobody knows
        """
        states = {*self._get_failed_states(), *UNCERTAIN_STATES}
        messages = self.mail_message_id.sudo(False)._filter_readable_with_record()
        trackings = self.filtered(
            lambda tracking: (
                tracking.state in states and tracking.mail_message_id.id in messages._ids
            )
        )
        return [
            resend
            for resend in trackings._get_resends()
            if read_address(resend.address) and resend.message._can_render_for(resend)
        ]

    def _get_resend_address(self):
        """The address to try next: the old one, or that of the contact if it was changed."""
        addresses = email_normalize_all(self.partner_id.email or "")
        if len(addresses) == 1 and self.recipient_address not in addresses:
            return addresses[0]
        return self._get_whole_address() or ""

    # ------------------------------------------------------------
    # MANY AT ONCE
    # ------------------------------------------------------------

    def action_resend(self):
        """Ask in a dialog which of the emails of these trackings to resend.

        :raise AccessError: on trackings that the user may not see
        """
        self.check_access("read")
        return {
            "type": "ir.actions.client",
            "tag": "mail_tracking.resend",
            "params": {"tracking_ids": self.ids},
        }

    @api.model
    def action_resend_choices(self, tracking_ids=None):
        """What can be resent of these emails, by reason.

        :param list tracking_ids: else the user's mailbox *Failed* is meant
        :return: ``groups`` with ``reason``, ``tracking_ids`` and ``selected``, the largest
            first; ``doubtful``, those to choose one by one, with ``id``, ``recipient``,
            ``email`` and ``reason``; and ``left_out``, the number of the others
        :rtype: dict
        :raise AccessError: on trackings that the user may not resend
        """
        if tracking_ids is None:
            trackings = self._search_failed_of_user()
        else:
            trackings = self.browse(tracking_ids).exists()
            trackings._check_can_review()
        # sudo: mail.tracking.email - access was checked, or is that of the user's mailbox
        resends = trackings.sudo()._get_permitted_resends()
        dead = self._search_dead({resend.address for resend in resends})
        dead_addresses = set(dead.mapped("recipient_address"))
        failed_states = self._get_failed_states()
        doubtful, ids_by_reason = [], defaultdict(list)
        for resend in resends:
            tracking = resend.trackings[-1]
            reason = tracking._get_failure_label()
            if resend.is_doubtful or resend.address in dead_addresses:
                doubtful.append(
                    {
                        "id": tracking.id,
                        "recipient": tracking._get_recipient_name(),
                        "email": resend.address,
                        "reason": reason,
                    }
                )
            else:
                ids_by_reason[reason, tracking.state in failed_states].append(tracking.id)
        return {
            "groups": [
                {"reason": reason, "selected": failed, "tracking_ids": ids}
                for (reason, failed), ids in sorted(
                    ids_by_reason.items(), key=lambda item: (-item[0][1], -len(item[1]), item[0])
                )
            ],
            "doubtful": doubtful,
            "left_out": len(trackings) - len(resends),
        }

    @api.model
    def _search_failed_of_user(self):
        """The failures of the messages in the user's mailbox *Failed*."""
        Message = self.env["mail.message"]
        Message._check_is_internal()
        # sudo: mail.tracking.email - of messages in the mailbox of the user
        return self.sudo().search(
            [("needs_action", "=", True), ("mail_message_id", "any", Message._get_failed_query())]
        )

    def _get_failure_label(self):
        """Why this failed, in few words: all that have them in common are resent together."""
        states = dict(self._fields["state"]._description_selection(self.env))
        reason = "" if self.state == "spam" else self._get_plain_reason()
        return reason or states[self.state]

    def action_test_resend(self):
        """Connect to the mail servers that these emails would take, without sending anything.

        :return: ``server`` and ``reason`` of the first that cannot be used, or an empty dict
        :rtype: dict
        :raise AccessError: on trackings that the user may not resend
        """
        self._check_can_review()
        # sudo: ir.mail_server, mail.message - where a resend of the user would go
        MailServer = self.env["ir.mail_server"].sudo()
        servers = MailServer.search(
            MailServer._find_mail_server_allowed_domain(), order="sequence, id"
        )
        senders = {
            (message.mail_server_id.id, message.email_from)
            for message in self.sudo().mail_message_id
        }
        tested = set()
        for server_id, sender in senders:
            server = MailServer.browse(server_id)
            if not server:
                found, sender = MailServer._find_mail_server(sender, servers)
                server = found or server
            if server in tested:
                continue
            tested.add(server)
            try:
                connection = MailServer._connect__(mail_server_id=server.id, smtp_from=sender)
            except (OSError, SMTPException, UnicodeError, UserError) as error:
                return {"server": server.name or "", "reason": self._get_server_reason(error)}
            if connection:  # none in tests
                connection.close()
        return {}

    @api.model
    def _get_server_reason(self, error):
        """Why there is no session with a mail server, in words."""
        failure = smtp.describe(error)
        label = self._get_reason_label(failure.error_type)
        return self._join_reason(label, failure.text or str(error))

    def action_confirm_resend(self):
        """Resend the emails of these trackings, through the queue.

        Only trackings that failed or of which nobody knows, with a usable address, of messages
        that the user may read with their records.

        :return: ids of those that are resent, see ``action_resend_progress``
        :rtype: list
        :raise AccessError: on trackings that the user may not resend
        """
        self._check_can_review()
        # sudo: mail.tracking.email - access was checked
        resends = self.sudo()._get_permitted_resends()
        self.sudo()._resend(resends, at_once=False)
        return [resend.trackings[-1].id for resend in resends]

    def action_resend_progress(self):
        """What came of trackings that were resent.

        :return: numbers ``waiting`` and ``sent``, and ``failed``: dicts with ``reason`` and
            ``count``
        :rtype: dict
        :raise AccessError: on trackings that the user may not resend
        """
        trackings = self.exists()
        trackings._check_can_review()
        failed_states = self._get_failed_states()
        waiting, sent, failed = 0, 0, Counter()
        # sudo: mail.tracking.email - access to what was resent was checked
        for tracking in trackings.sudo()._get_current():
            if tracking.state in failed_states:
                failed[tracking._get_failure_label()] += 1
            elif tracking.state:
                sent += 1
            else:
                waiting += 1
        return {
            "waiting": waiting,
            "sent": sent,
            "failed": [{"reason": reason, "count": n} for reason, n in failed.most_common()],
        }

    # ------------------------------------------------------------
    # RESENDING
    # ------------------------------------------------------------

    @api.model
    def _resend(self, resends, at_once=True):
        """Resend messages, each to the chosen recipients only.

        :param list resends: ``Resend`` objects; their access was checked
        :param bool at_once: when the transaction is committed, instead of by the queue
        :return: the new ``mail.mail`` records
        """
        # sudo: mail.mail - nobody but administrators may create these by hand
        Mail = self.env["mail.mail"].sudo().with_context(clean_context(self.env.context))
        if not resends:
            return Mail
        outdated = self.union(*(resend.trackings for resend in resends))
        old_ids = set(outdated.mapped("mail_id_int")) - {0}
        self._lock_for_resend(resends)
        plans = Mail._prepare_resend_plans(resends)
        mails = Mail.create([vals for vals, _group in plans])
        sent = [
            (mail, resend)
            for mail, (_vals, group) in zip(mails, plans, strict=True)
            for resend in group
        ]
        self._resend_link(mails, sent)
        self._resend_sync_notifications(sent)
        self.env.flush_all()  # a conflict has to come out here, see _lock_for_resend
        Mail.browse(old_ids).exists()._resend_retire()
        if at_once:
            mails.send_after_commit()
        else:
            # sudo: ir.cron - the queue of core
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return mails

    @api.model
    def _lock_for_resend(self, resends):
        """Make sure that nobody else resends these at the same time.

        The second one gets a serialization failure here, is retried by Odoo, and finds that it
        was done. Later, where mails are created, the tracking guard would swallow the error.

        :param list resends: ``Resend`` objects; those without trackings have a notification
        """
        self.env.flush_all()
        tracking_ids = [tracking.id for resend in resends for tracking in resend.trackings]
        message_ids = [resend.message.id for resend in resends if not resend.trackings]
        for query, ids in (
            ("SELECT FROM mail_tracking_email WHERE id = ANY(%s)", tracking_ids),
            ("SELECT FROM mail_notification WHERE mail_message_id = ANY(%s)", message_ids),
        ):
            if ids:
                locking = SQL(f"{query} ORDER BY id FOR NO KEY UPDATE", ids)
                self.env.cr.execute(locking, log_exceptions=False)

    @api.model
    def _resend_link(self, mails, sent):
        """Tie the new trackings to the old ones.

        :param mails: the new mails, whose trackings exist already
        :param list sent: pairs of a mail and a ``Resend``
        """
        created = self.search([("mail_id_int", "in", mails.ids)])
        by_key = {
            (new.mail_id_int, new.partner_id.id, new.recipient_address): new for new in created
        }
        for mail, resend in sent:
            successor = by_key.get((mail.id, resend.partner.id, resend.address))
            successor = successor or by_key.get((mail.id, False, resend.address), self.browse())
            successor.write(
                {
                    # the mail may name an address only; the tracking knows whose it is
                    "partner_id": resend.partner.id,
                    "is_cc": resend.trackings[-1:].is_cc,
                    "resent_by_id": self.env.uid,
                    "template_id": resend.trackings[-1:].template_id.id,
                }
            )
            if successor:
                resend.trackings._supersede(successor)
        messages = self.env["mail.message"].union(*(resend.message for _mail, resend in sent))
        messages._tracking_update_needs_action()
        # sudo: mail.tracking.reminder - those of others, who wait for the same email
        self.env["mail.tracking.reminder"].sudo()._renew_failed(messages)

    @api.model
    def _resend_sync_notifications(self, sent):
        """Let core's notifications wait for the new mails.

        :param list sent: pairs of a mail and a ``Resend``
        """
        message_ids = {resend.message.id for _mail, resend in sent}
        # sudo: mail.notification - follows the mail, not a user's wish
        notifications = (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("mail_message_id", "in", list(message_ids)),
                    ("notification_type", "=", "email"),
                ]
            )
        )
        by_key = {
            (n.mail_message_id.id, n.res_partner_id.id or n.mail_email_address): n
            for n in notifications
        }
        for mail, resend in sent:
            old = resend.partner.id or resend.trackings[-1:].recipient_address
            notification = by_key.get((resend.message.id, old))
            if notification:
                notification.write(notification._prepare_resend_vals(mail, resend.address))
