from odoo import api, fields, models

from ...tools import summary

WITHIN_HELP = "Among those whose delivery time is known."


class MailTrackingCounts(models.AbstractModel):
    """What is counted of the emails of a day."""

    _name = "mail.tracking.counts"
    _description = "Numbers of emails"
    _order = "day desc, id desc"
    _rec_name = "day"

    day = fields.Date(readonly=True, help="When the emails were created, in UTC.")
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Whose emails they are.",
    )
    provider = fields.Char(readonly=True, help="Who runs the mail servers of the recipients.")
    emails = fields.Integer(readonly=True, help="How many emails, each to one recipient.")
    tried = fields.Integer(readonly=True, help="Emails that Odoo tried to send.")
    sent = fields.Integer(readonly=True, help="Emails that a mail server accepted from Odoo.")
    arrived = fields.Integer(
        readonly=True, help="Emails that were delivered or opened, as far as is known."
    )
    unknown = fields.Integer(
        "Delivery not known",
        readonly=True,
        help="Emails for which nobody reports whether they arrived.",
    )
    delivery_known = fields.Integer(
        "Delivery can be known",
        readonly=True,
        help="Sent emails for which the mail server or the email service reports each delivery.",
    )
    delivered = fields.Integer(
        readonly=True,
        help="Emails that the recipient's server accepted, among those for which this can be "
        "known.",
    )
    open_known = fields.Integer(
        "Opens can be known",
        readonly=True,
        help="Sent emails that did not fail and whose opens may be noted for each recipient.",
    )
    opened = fields.Integer(
        readonly=True,
        help="Emails that were opened or answered, among those whose opens can be known.",
    )
    answered = fields.Integer(readonly=True, help="Emails that were answered.")
    failed = fields.Integer(readonly=True, help="Emails that did not arrive, complaints aside.")
    refused = fields.Integer(
        readonly=True, help="Failed emails that the recipient's server refused or returned."
    )
    complaints = fields.Integer(readonly=True, help="Emails that were reported as spam.")
    delay_known = fields.Integer(
        "Delivery time known",
        readonly=True,
        help="Delivered emails of which it is known how long this took, from the first attempt "
        "until the recipient's server accepted them.",
    )
    within_10s = fields.Integer("Delivered within 10 seconds", readonly=True, help=WITHIN_HELP)
    within_1m = fields.Integer("Delivered within 1 minute", readonly=True, help=WITHIN_HELP)
    within_5m = fields.Integer("Delivered within 5 minutes", readonly=True, help=WITHIN_HELP)
    within_15m = fields.Integer("Delivered within 15 minutes", readonly=True, help=WITHIN_HELP)
    within_1h = fields.Integer("Delivered within 1 hour", readonly=True, help=WITHIN_HELP)
    within_4h = fields.Integer("Delivered within 4 hours", readonly=True, help=WITHIN_HELP)
    within_1d = fields.Integer("Delivered within 1 day", readonly=True, help=WITHIN_HELP)

    @api.model
    def _get_numbers(self, domain, groupby=()):
        """The numbers of all records that match, in one query, under the rights of the user.

        :param domain: of this model
        :param groupby: as ``_read_group`` takes it
        :return: values of ``groupby``, as a tuple -> {number: total} of all numbers
        """
        size, names = len(groupby), summary.COUNTS
        groups = self._read_group(domain, groupby, [f"{name}:sum" for name in names])
        return {
            group[:size]: {
                name: total or 0 for name, total in zip(names, group[size:], strict=True)
            }
            for group in groups
        }
