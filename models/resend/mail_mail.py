import ast
from collections import defaultdict

from odoo import Command, api, models, tools
from odoo.tools.mail import email_normalize, email_normalize_all, email_split_and_format

from ..guard import tracking_savepoint

#: Header in which core lists recipients for the sake of "Reply all"; not the envelope.
NAMED_TO_HEADER = "X-Msg-To-Add"


class MailMail(models.Model):
    """The mail that carries a message once more."""

    _inherit = "mail.mail"

    # ------------------------------------------------------------
    # CONTENT
    # ------------------------------------------------------------

    @api.model
    def _prepare_resend_plans(self, resends):
        """The mails that carry messages to their recipients once more.

        The content is that of the first mail, where it still exists and was made for this
        very recipient; else it is made from the message as core makes it.

        :param list resends: ``Resend`` objects
        :return: pairs of values for ``create`` and the ``Resend`` objects served
        """
        old_ids = {resend.trackings[-1:].mail_id_int for resend in resends} - {0}
        existing = {mail.id: mail for mail in self.browse(old_ids).exists()}
        groups = defaultdict(list)
        for resend in resends:
            mail = existing.get(resend.trackings[-1:].mail_id_int)
            if not mail or not mail._is_made_for(resend):
                mail = self.browse()
            groups[resend.message, mail].append(resend)
        plans = []
        for (message, mail), group in groups.items():
            contents = (
                [(mail._prepare_resend_copy_vals(group), group)]
                if mail
                else message._prepare_resend_contents(group)
            )
            for vals, members in contents:
                plans += self._split_resends(vals, members)
        return plans

    def _is_made_for(self, resend):
        """Whether the content of this mail may go to where a recipient gets it again.

        It may hold keys of the contact it was rendered for: see ``doc/security.md``.
        """
        if resend.is_for_stranger:
            return False
        if resend.partner:
            return resend.partner in self.recipient_ids
        return resend.address in email_normalize_all(f"{self.email_to or ''},{self.email_cc or ''}")

    @api.model
    def _split_resends(self, vals, resends):
        """Address a mail: contacts at their own address share one, as core does it."""
        contacts = [resend for resend in resends if resend.is_partner_mail]
        if contacts:
            ids = {resend.partner.id: None for resend in contacts}
            yield {**vals, "recipient_ids": [Command.link(pid) for pid in ids]}, contacts
        for resend in resends:
            if not resend.is_partner_mail:
                yield {**vals, "email_to": resend.email_to}, [resend]

    def _prepare_resend_copy_vals(self, resends):
        """Values of a mail like this one; whatever else it shows is its message's."""
        return {
            "mail_message_id": self.mail_message_id.id,
            "is_notification": True,
            "body_html": self.body_html,
            "references": self.references,
            "headers": self._prepare_resend_headers(resends),
            "auto_delete": self.auto_delete,
        }

    def _prepare_resend_headers(self, resends):
        """The headers of this mail, with corrected addresses in those that name people."""
        corrected = {
            tracking.recipient_address: resend.address
            for resend in resends
            for tracking in resend.trackings
        }
        try:
            headers = dict(ast.literal_eval(self.headers or "{}"))
        except (ValueError, TypeError, SyntaxError):
            return self.headers  # core ignores them in the same way
        if named := headers.get(NAMED_TO_HEADER):
            headers[NAMED_TO_HEADER] = ",".join(
                correct_address(address, corrected) for address in email_split_and_format(named)
            )
        return repr(headers)

    # ------------------------------------------------------------
    # THE OLD MAIL
    # ------------------------------------------------------------

    def _resend_retire(self):
        """Take the superseded recipients out of these mails: a retry must not serve them twice."""
        waiting = self.filtered(lambda mail: mail.state in ("exception", "outgoing"))
        # sudo: mail.tracking.email - mails that were just resent
        Tracking = self.env["mail.tracking.email"].sudo()
        found = Tracking.search([("mail_id_int", "in", waiting.ids)])
        trackings_by_mail = found.grouped("mail_id_int")
        given_up = self.browse()
        for mail in waiting:
            trackings = trackings_by_mail.get(mail.id, Tracking)
            gone = trackings.filtered("successor_id")
            live = trackings - gone
            if gone and not live:
                given_up |= mail
            elif gone:
                mail.write(mail._prepare_narrowed_vals(gone, live))
        if given_up:
            given_up.cancel()

    def _prepare_narrowed_vals(self, gone, live):
        """Values of this mail without some recipients."""
        addresses = set(gone.mapped("recipient_address")) - set(live.mapped("recipient_address"))
        vals = {
            "recipient_ids": [
                Command.unlink(partner.id) for partner in gone.partner_id - live.partner_id
            ]
        }
        for field in ("email_to", "email_cc"):
            if self[field]:
                kept = [
                    address
                    for address in email_split_and_format(self[field])
                    if email_normalize(address, strict=False) not in addresses
                ]
                vals[field] = ", ".join(kept)
        return vals

    # ------------------------------------------------------------
    # OUTCOME
    # ------------------------------------------------------------

    def _tracking_supersede(self, outdated, created):
        """Settle the trackings of addresses that were removed from this mail.

        A retry may go to another address of the same contact, and the recipient may have
        got a mail of the same message meanwhile. A tracking that was never tried gives its place
        in the history to the new one; without one, the failure before it needs action again.

        :param outdated: trackings of this mail whose address is no longer in use
        :param created: trackings that stand for the addresses in use
        """
        outdated = outdated.filtered(lambda tracking: not tracking.successor_id)
        messages, before = outdated.mail_message_id, outdated.predecessor_ids
        with tracking_savepoint(self.env):
            elsewhere = outdated.search(
                [
                    ("mail_message_id", "in", outdated.mail_message_id.ids),
                    ("mail_id_int", "!=", self.id),
                    ("successor_id", "=", False),
                ],
                order="id",
            )
            newest = {tracking._get_recipient_key(): tracking for tracking in elsewhere}
            for tracking in outdated:
                same = created.filtered(
                    lambda new, tracking=tracking: (
                        tracking.partner_id and new.partner_id == tracking.partner_id
                    )
                ).sorted("id")[-1:]
                if tracking.resent_by_id and not tracking.state:
                    created.resent_by_id = tracking.resent_by_id
                    if len(created) == 1 and not created.partner_id:
                        same = created
                        same.partner_id = tracking.partner_id
                newer = same or newest.get(tracking._get_recipient_key())
                if tracking.state and newer and newer.id > tracking.id:
                    tracking._supersede(newer)
                elif same and not tracking.state:
                    tracking.predecessor_ids.successor_id = same
                elif tracking.predecessor_ids and not tracking.state:
                    tracking.unlink()
            (outdated | before | created).flush_recordset()
            messages._tracking_update_needs_action()


def correct_address(text, corrected):
    """An address with its name, or another address with that name.

    :param str text: address, with or without a name
    :param dict corrected: bare address -> the address to use instead
    """
    [(name, address)] = tools.mail.email_split_tuples(text) or [("", text)]
    new = corrected.get(email_normalize(address, strict=False))
    return tools.formataddr((name, new)) if new else text
