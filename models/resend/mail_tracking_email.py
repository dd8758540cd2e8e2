from odoo import api, fields, models
from odoo.tools import SQL, clean_context
from odoo.tools.mail import email_normalize_all

from .mail_message import UNCERTAIN_STATES
from .resend import Resend, read_address


class MailTrackingEmail(models.Model):
    """A mail that is sent again gets a new tracking: the old one stays as it is, as evidence."""

    _inherit = "mail.tracking.email"

    successor_id = fields.Many2one(
        "mail.tracking.email",
        "Sent again as",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The tracking of the email that was sent again in the place of this one.",
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
        "Sent again by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Who sent the message again, to this address and at this time.",
    )

    # ------------------------------------------------------------
    # CHAINS OF ATTEMPTS
    # ------------------------------------------------------------

    def _get_current(self):
        """The newest attempts that these trackings led to.

        :return: trackings without successor
        """
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
        """Let another tracking stand for these: whatever becomes of them needs nobody any more.

        :param successor: the tracking of the newer attempt
        """
        self.write({"successor_id": successor.id, "needs_action": False})

    def unlink(self):
        # a mail that was to be sent again and never was: the failure before it stands
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
        """Who sent the message again, when, and to which address, in time order."""
        return [
            {
                "id": tracking.id,
                "time": fields.Datetime.to_string(tracking.time),
                "text": self.env._(
                    "Sent again by %(user)s to %(address)s",
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
        """What tells the recipients of a message apart."""
        return (
            self.mail_message_id.id,
            self.partner_id.id,
            self.recipient_address or self.recipient or "",
        )

    def _get_resends(self):
        """What it takes to send the messages of these trackings again; one query.

        Rows whose mail is on its way, or that stand for nobody any more, are left out.

        :return: one ``Resend`` for each recipient
        :rtype: list
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
        """What can be sent again of these trackings without asking, as far as the user may.

        :return: ``Resend`` objects
        :rtype: list
        """
        messages = self.mail_message_id.sudo(False)._filter_resendable()
        trackings = self.filtered(lambda tracking: tracking.mail_message_id.id in messages._ids)
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

    def action_resend(self):
        """Send the mails of these trackings again, through the queue.

        Only trackings that failed or of which nobody knows, with a usable address, of messages
        that the user may read with their records.

        :return: a notification for the client that tells how many
        :rtype: dict
        :raise AccessError: on trackings that the user may not see: their own mails are the
            authors' to send again, all of them the postmasters'
        """
        self.check_access("read")
        # sudo: mail.tracking.email - the record rules have let the user pass
        states = {*self._get_failed_states(), *UNCERTAIN_STATES}
        trackings = self.sudo().filtered(lambda tracking: tracking.state in states)
        resends = trackings._get_permitted_resends()
        trackings._resend(resends, at_once=False)
        return self._get_resend_notification(len(resends), len(self) - len(resends))

    @api.model
    def _get_resend_notification(self, count, skipped):
        text = self.env._("Emails to send again: %(count)s.", count=count)
        if skipped:
            text += " " + self.env._(
                "Left out: %(count)s. They wait to be sent, have arrived, were sent again "
                "already, have no usable address, or you may not read their message.",
                count=skipped,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": text,
                "type": "warning" if skipped else "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------
    # SENDING AGAIN
    # ------------------------------------------------------------

    @api.model
    def _resend(self, resends, at_once=True):
        """Send messages again, each to the chosen recipients only.

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
        """Make sure that nobody else sends these again at the same moment.

        Who comes second gets a serialization failure, is tried again by Odoo, and finds
        that it was done. It has to come here: where mails are created, whatever goes
        wrong with tracking is swallowed for the sake of the mail. It is no defect, so
        it is not logged as one.

        :param list resends: ``Resend`` objects; those without trackings have a notification
        """
        self.env.flush_all()
        row_ids = [tracking.id for resend in resends for tracking in resend.trackings]
        message_ids = [resend.message.id for resend in resends if not resend.trackings]
        for query, ids in (
            ("SELECT FROM mail_tracking_email WHERE id = ANY(%s)", row_ids),
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
                }
            )
            if successor:
                resend.trackings._supersede(successor)
        messages = self.env["mail.message"].union(*(resend.message for _mail, resend in sent))
        messages._tracking_update_needs_action()

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
