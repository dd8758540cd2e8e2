from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import email_normalize
from odoo.tools.mail import html_to_inner_content

from ..guard import lock, without_defaults
from ..mail_tracking_email import MAX_NAME, bounded

#: What an address that works again does not have.
CLEARED = {
    "email_bounced": False,
    "email_bounced_date": False,
    "email_bounced_reason": False,
    "email_bounced_source": False,
}


class MailBouncedMixin(models.AbstractModel):
    """A record whose email address can turn out to be dead."""

    _name = "mail.bounced.mixin"
    _description = "Mail bounced mixin"
    _primary_email = "email"

    # a group of their own: names of contacts are read all the time, these are not
    email_bounced = fields.Boolean(
        "Address bounced",
        readonly=True,
        copy=False,
        prefetch="mail_tracking",
        groups="base.group_user",
        help="A mail server said that this address does not exist. The flag goes when the address "
        "is changed, when an email to it or from it arrives, or when you remove it.",
    )
    email_bounced_date = fields.Datetime(
        "Bounced on",
        readonly=True,
        copy=False,
        prefetch="mail_tracking",
        groups="base.group_user",
        help="When a server said that the address does not exist.",
    )
    email_bounced_reason = fields.Text(
        "Bounced because",
        readonly=True,
        copy=False,
        prefetch="mail_tracking",
        groups="base.group_user",
        help="What the mail server answered.",
    )
    email_bounced_source = fields.Char(
        "Bounce reported by",
        readonly=True,
        copy=False,
        prefetch="mail_tracking",
        groups="base.group_user",
        help="The mail server or email service that reported it.",
    )

    # of those that another addon gives this mixin; contacts have a better one
    _email_bounced_idx = models.Index("(id) WHERE email_bounced IS TRUE")

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._without_marks(vals) for vals in vals_list]
        records = super(MailBouncedMixin, without_defaults(self, CLEARED)).create(vals_list)
        records._mark_dead_addresses()
        return records

    def write(self, vals):
        vals = self._without_marks(vals)
        if "email_bounced" in vals:
            res = super().write(vals if vals["email_bounced"] else {**CLEARED, **vals})
            if not vals["email_bounced"]:
                self._forget_dead_addresses()
            return res
        if self._primary_email not in vals:
            return super().write(vals)
        before = {record.id: record._get_bounceable_address() for record in self}
        res = super().write(vals)
        moved = self.filtered(lambda record: before[record.id] != record._get_bounceable_address())
        # sudo: marks of records that the user may write, and need not be able to see
        if flagged := moved.sudo().filtered("email_bounced"):
            super(MailBouncedMixin, flagged).write(dict(CLEARED))
        moved._mark_dead_addresses()
        return res

    @api.model
    def _without_marks(self, vals):
        """Values that users may write: they can take a mark away, and set none.

        Left out without a word, as merging two contacts writes all their fields.
        """
        if self.env.su:
            return vals
        return {name: value for name, value in vals.items() if name not in CLEARED or not value}

    def _get_bounceable_address(self):
        """The address of this record, the first one where there are several.

        :return: normalised, or an empty text
        """
        return (email_normalize(self[self._primary_email] or "", strict=False) or "").lower()

    def _mark_dead_addresses(self):
        """Mark those of these records whose address was proved dead before; one query."""
        addresses = {record._get_bounceable_address() for record in self} - {""}
        proofs = self.env["mail.tracking.email"]._search_dead(addresses)
        if proofs:
            dead = set(proofs.mapped("recipient_address"))
            # sudo: follows evidence, also where the user may only create
            found = self.sudo().filtered(lambda record: record._get_bounceable_address() in dead)
            found.email_bounced_set(proofs, "")

    def _forget_dead_addresses(self):
        """Somebody says that the addresses of these records work: nothing proves more."""
        addresses = {record._get_bounceable_address() for record in self} - {""}
        self.env["mail.tracking.email"]._search_dead(addresses).is_address_dead = False

    @api.model
    def _search_bounceable(self, addresses, *, is_bounced):
        """Records that hold one of these addresses, and are flagged or are not.

        :param addresses: bare addresses, lower case
        :param bool is_bounced: which of them
        """
        domain = fields.Domain("email_bounced", "=", is_bounced)
        normalized = self._fields.get("email_normalized")
        if normalized and normalized.store:
            domain &= fields.Domain("email_normalized", "in", list(addresses))
        else:
            domain &= fields.Domain.OR(
                fields.Domain(self._primary_email, "ilike", address) for address in addresses
            )
        return (
            self.with_context(active_test=False)
            .search(domain)
            .filtered(lambda record: record._get_bounceable_address() in addresses)
        )

    @api.private
    def email_bounced_set(self, tracking_emails, reason, event=None):
        """Mark these records, whose address does not work any more, and say so in their chatter.

        :param tracking_emails: the ``mail.tracking.email`` that proved it
        :param str reason: what the mail server said
        :param event: the ``mail.tracking.event``, if there is one
        :raise LockError: where somebody is writing these records
        """
        lock(self)
        fresh = self.filtered(lambda record: not record.email_bounced)
        tracking_by_address = {each.recipient_address: each for each in tracking_emails}
        bodies, ids_by_vals = {}, defaultdict(list)
        for record in fresh:
            tracking = tracking_by_address.get(record._get_bounceable_address())
            vals = record._prepare_bounced_vals(tracking or tracking_emails[:0], reason, event)
            ids_by_vals[tuple(vals.items())].append(record.id)
            bodies[record.id] = self.env._(
                "Email to this address was returned: %(reason)s",
                reason=vals["email_bounced_reason"],
            )
        for vals, ids in ids_by_vals.items():
            self.sudo().browse(ids).write(dict(vals))  # sudo: a mark follows from evidence
        if fresh and hasattr(fresh, "_message_log_batch"):
            fresh -= fresh._filter_noted(bodies)
            # sudo: what happened, also on records that the user does not see
            fresh.sudo()._message_log_batch(bodies={id_: bodies[id_] for id_ in fresh.ids})

    def _filter_noted(self, bodies):
        """Those of these records that got the same note within the last minute; one query.

        :param dict bodies: id of a record -> its note
        """
        # sudo: mail.message - notes of ours, also on records that the user does not see
        messages = self.env["mail.message"].sudo()
        messages = messages.search(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("message_type", "=", "notification"),
                ("date", ">", fields.Datetime.now() - timedelta(minutes=1)),
            ]
        )
        noted = {
            message.res_id
            for message in messages
            if html_to_inner_content(message.body) == " ".join(bodies[message.res_id].split())
        }
        return self.filtered(lambda record: record.id in noted)

    def _prepare_bounced_vals(self, tracking, reason, event):
        """Values of a record whose address does not work any more.

        :param tracking: the ``mail.tracking.email`` to this very address, may be empty
        :param str reason: what is known of all that are flagged together
        :param event: the ``mail.tracking.event`` that proved it, or None
        """
        source = event and (event.reporting_server or event.smtp_server or event.source)
        bounced = tracking.state in ("bounced", "soft-bounced", "error")
        return {
            "email_bounced": True,
            "email_bounced_date": (bounced and tracking.state_time)
            or (event and event.time)
            or fields.Datetime.now(),
            "email_bounced_reason": bounded((bounced and tracking._get_reason()) or reason or ""),
            "email_bounced_source": bounded(
                (bounced and (tracking.reporting_server or tracking.error_smtp_server))
                or source
                or "",
                MAX_NAME,
            )
            or False,
        }
